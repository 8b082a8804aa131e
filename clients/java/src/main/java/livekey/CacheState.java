package livekey;

/**
 * The laws of the cache, as decisions without threads and without a clock. All times are in milliseconds: {@code now} by the
 * wall clock, which a frozen process finds moved on, {@code tick} by a monotonic one, which no correction sets back.
 */
final class CacheState {
  private static final long FIRST_RETRY = 500;
  private static final long LAST_RETRY = 30_000;
  private static final long SHORTEST_PAUSE = 100;
  private static final long PROBE_COOLDOWN = 2_000;
  private static final int LARGEST_JUMP = 1_000;
  /** Far enough from both ends that sums with them stay numbers. */
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
  private long freshUntil = NEVER;
  private long usableUntil = NEVER;
  private long coolUntil = NEVER;
  private long coolForProbesUntil = NEVER;
  /** When the next read is due in the background, by tick. */
  private long readAt = FOREVER;
  /** No read that somebody waits for begins before, by tick. */
  private long retryAt = NEVER;

  CacheState(long ttl, long maxStale, long timeout, long cooldown) {
    this.ttl = ttl;
    this.maxStale = maxStale;
    this.timeout = timeout;
    this.cooldown = cooldown;
  }

  /** A read that has begun. Numbers are given out in that order. */
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
   * Takes in what a read has brought, however late. Returns whether it may be trusted: a revision far above the one in use is
   * a slip, as long as there is one in use.
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
      // Spread over time, so that a fleet does not read as one.
      readAt = tick + Math.max(SHORTEST_PAUSE, (long) (lifetime * (0.5 + 0.3 * chance)) - (now - read.started));
    }
    return true;
  }

  /** A read has failed, or brought what is no keyset. */
  void fail(Read read, long now, long tick, double chance) {
    if (read.number <= newest) return;
    // Never beyond the ttl: what is saved after an outage must be known as soon as what is saved without one.
    long longest = Math.min(Math.min(LAST_RETRY, lifetime()), FIRST_RETRY << Math.min(failures, 6));
    long pause = (long) (longest * (0.5 + 0.5 * chance));
    failures++;
    retryAt = tick + pause;
    readAt = tick + Math.max(SHORTEST_PAUSE, pause);
    // Until the next try has ended nobody has to wait for it. A try that never comes, in a process that was frozen again, is
    // waited for.
    usableUntil = Math.min(Math.max(usableUntil, now + pause + 2 * timeout), freshUntil + maxStale);
  }

  /** How long the keyset that is held may be used before it is read again. */
  private long lifetime() {
    return held == null ? ttl : Math.min(held.ttl(), ttl);
  }

  /** The keyset to verify with, without waiting; null when a read has to be waited for. */
  Keyset peek(long now) {
    return now < usableUntil ? held : null;
  }

  /** The keyset, if a read after this number brought it: new enough for whoever waited, whatever its ttl. */
  Keyset since(int number) {
    return newest > number ? held : null;
  }

  /** The keyset to verify with when a read does not help; null when maxStale has ended it. */
  Keyset lastResort(long now) {
    return now < freshUntil + maxStale ? held : null;
  }

  boolean fresh(long now) {
    return now < freshUntil;
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

  /** Whether an unknown signature is a reason to read. Probes do not wait for what strangers use up. */
  boolean takeCooldown(long tick, boolean probe) {
    if (tick < (probe ? coolForProbesUntil : coolUntil)) return false;
    if (probe) coolForProbesUntil = tick + PROBE_COOLDOWN;
    else coolUntil = tick + cooldown;
    return true;
  }
}
