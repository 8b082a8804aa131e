package livekey;

/**
 * The cache's decisions, without threads or a clock. Times are in milliseconds: {@code now} is wall-clock time, which moves on
 * while a process is frozen; {@code tick} is monotonic, so clock corrections do not affect it.
 */
final class CacheState {
  private static final long FIRST_RETRY = 500;
  private static final long LAST_RETRY = 30_000;
  private static final long SHORTEST_PAUSE = 100;
  private static final long PROBE_COOLDOWN = 2_000;
  private static final int LARGEST_JUMP = 1_000;
  /** While reads fail and the keyset is stale, the pause before a read that unknown signatures wait for. */
  private static final long STALE_PAUSE = 500;

  /** Far enough from the limits of long that sums do not overflow. */
  static final long NEVER = Long.MIN_VALUE / 4;

  static final long FOREVER = Long.MAX_VALUE / 4;

  private final long ttl;
  private final long maxStale;
  private final long timeout;
  private final long cooldown;

  private Keyset held;
  private int begun = 0;
  private int newest = 0;
  private int failures = 0;
  private long failedAt = NEVER;
  private long freshUntil = NEVER;
  private long usableUntil = NEVER;
  private long coolUntil = NEVER;
  private long coolForProbesUntil = NEVER;
  /** When the next background read is due, in tick time. */
  private long readAt = FOREVER;
  /** When the next read that someone waits for may begin, in tick time. */
  private long retryAt = NEVER;

  CacheState(long ttl, long maxStale, long timeout, long cooldown) {
    this.ttl = ttl;
    this.maxStale = maxStale;
    this.timeout = timeout;
    this.cooldown = cooldown;
  }

  /** A read that has begun. Numbers grow in the order in which reads begin. */
  static final class Read {
    final int number;
    final long started;

    Read(int number, long started) {
      this.number = number;
      this.started = started;
    }
  }

  Read begin(long now) {
    return new Read(++begun, now);
  }

  /**
   * Takes the result of a read, however late. Returns false if it is not trusted: as long as there is a usable keyset, a
   * revision far above it must be a mistake.
   */
  boolean succeed(Read read, Keyset keyset, long now, long tick, double chance) {
    boolean same = held != null && keyset.lineage().equals(held.lineage());
    if (lastResort(now) != null && keyset.revision() - held.revision() > LARGEST_JUMP) {
      fail(read, now, tick, chance);
      return false;
    }
    boolean later = read.number > newest;
    if (held == null || (same ? keyset.revision() > held.revision() : later)) held = keyset;
    if (later) {
      long lifetime = lifetime();
      newest = read.number;
      failures = 0;
      freshUntil = read.started + lifetime;
      usableUntil = freshUntil;
      retryAt = NEVER;
      // Jitter, so that a fleet does not read in lockstep.
      readAt = tick + Math.max(SHORTEST_PAUSE, (long) (lifetime * (0.5 + 0.3 * chance)) - (now - read.started));
    }
    return true;
  }

  /** Notes that a read failed or returned an invalid document. */
  void fail(Read read, long now, long tick, double chance) {
    if (read.number <= newest) return;
    // At most the ttl: after an outage, receivers must learn of a new revision as soon as they otherwise would.
    long longest = Math.min(Math.min(LAST_RETRY, lifetime()), FIRST_RETRY << Math.min(failures, 6));
    long pause = (long) (longest * (0.5 + 0.5 * chance));
    failures++;
    failedAt = tick;
    retryAt = tick + pause;
    readAt = tick + Math.max(SHORTEST_PAUSE, pause);
    // Nobody waits for the next attempt, until it should have ended. If it never comes, because the process was frozen again,
    // callbacks wait for a read.
    usableUntil = Math.min(Math.max(usableUntil, now + pause + 2 * timeout), freshUntil + maxStale);
  }

  /** How long the current keyset may be used before it has to be read again. */
  private long lifetime() {
    return held == null ? ttl : Math.min(held.ttl(), ttl);
  }

  /** The keyset to verify with, or null if a read must come first. */
  Keyset peek(long now) {
    return now < usableUntil ? held : null;
  }

  /** The keyset if a read after this number succeeded: fresh enough for a waiter, whatever its ttl. */
  Keyset since(int number) {
    return newest > number ? held : null;
  }

  /** The keyset to fall back on when reads fail, or null past maxStale. */
  Keyset lastResort(long now) {
    return now < freshUntil + maxStale ? held : null;
  }

  boolean fresh(long now) {
    return now < freshUntil;
  }

  /**
   * Whether reads fail and the keyset is past its ttl. A rotation may then set a new key the moment reads succeed again, so an
   * unknown signature waits for the next read. Otherwise the cooldown decides.
   */
  boolean stale(long now) {
    return held != null && failures > 0 && !fresh(now);
  }

  /** How long until the read that unknown signatures wait for may begin, while the keyset is stale. */
  long stalePause(long tick) {
    return Math.max(0, failedAt + STALE_PAUSE - tick);
  }

  int begun() {
    return begun;
  }

  long readAt() {
    return readAt;
  }

  long retryAt() {
    return retryAt;
  }

  /** Starts the cooldown and returns true, unless it is running. Probes have their own, which strangers cannot use up. */
  boolean takeCooldown(long tick, boolean probe) {
    if (tick < (probe ? coolForProbesUntil : coolUntil)) return false;
    if (probe) coolForProbesUntil = tick + PROBE_COOLDOWN;
    else coolUntil = tick + cooldown;
    return true;
  }
}
