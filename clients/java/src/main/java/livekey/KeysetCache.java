package livekey;

import java.lang.ref.WeakReference;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Caches the keyset of a group. Does no I/O until first used. Thread-safe. Reads in its own daemon threads, which end when the
 * cache is closed or becomes unreachable.
 */
public final class KeysetCache implements AutoCloseable {
  /** Maximum number of reads that hang at a time. A reader without a timeout would leak threads forever. */
  static final int MOST_READS = 8;
  /** How long an unknown signature waits for the next read while the keyset is stale, in milliseconds. */
  private static final long STALE_PATIENCE = 3_000;

  /** Reads the secret. Must not cache: the ttl of a keyset counts from the start of the read. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Reads the current value of the secret (ACSCurrent).
     *
     * @return its text
     * @throws Exception if it cannot be read; the cache tries again
     */
    String read() throws Exception;
  }

  private final Reader reader;
  private final long timeout;
  private final Consumer<? super Throwable> onError;
  private final CacheState state;
  private final String instance;
  private final ScheduledThreadPoolExecutor timer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition landed = lock.newCondition();
  private Flight flight;
  private ScheduledFuture<?> alarm;
  private Throwable lastError;
  private int reading = 0;
  private boolean closed = false;

  /** A read in progress, shared by everyone who waits for it. */
  private static final class Flight {
    final CacheState.Read read;
    ScheduledFuture<?> late;
    boolean over = false;

    Flight(CacheState.Read read) {
      this.read = read;
    }
  }

  private KeysetCache(Builder options) {
    reader = options.reader;
    timeout = options.timeout;
    onError = options.onError;
    state = new CacheState(options.ttl, options.maxStale, options.timeout, options.cooldown);
    byte[] id = new byte[6];
    new SecureRandom().nextBytes(id);
    instance = Signatures.hex(id);
    timer = new ScheduledThreadPoolExecutor(1, work -> daemon(work, "keyset-timer"));
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(1, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  /** Configures a cache. */
  public static final class Builder {
    private final Reader reader;
    private long ttl = CacheState.FOREVER;
    private long maxStale = Duration.ofHours(24).toMillis();
    private long timeout = 3_000;
    private long cooldown = 10_000;
    private Consumer<? super Throwable> onError = error -> {};

    private Builder(Reader reader) {
      if (reader == null) throw new IllegalArgumentException("reader must not be null");
      this.reader = reader;
    }

    /**
     * Sets the maximum time between two reads. Can only shorten the ttl of the document.
     *
     * @param given at least 1 s
     * @return this
     */
    public Builder ttl(Duration given) {
      ttl = milliseconds("ttl", given, 1_000);
      return this;
    }

    /**
     * Sets how long past its ttl a keyset may be used while reads fail.
     *
     * @param given default 24 hours
     * @return this
     */
    public Builder maxStale(Duration given) {
      maxStale = milliseconds("maxStale", given, 0);
      return this;
    }

    /**
     * Sets the timeout of a read, and of a verification that waits for one.
     *
     * @param given default 3 s; Live itself waits for 5 s
     * @return this
     */
    public Builder timeout(Duration given) {
      timeout = milliseconds("timeout", given, 1);
      return this;
    }

    /**
     * Sets the minimum time between two reads caused by unknown signatures.
     *
     * @param given default 10 s
     * @return this
     */
    public Builder cooldown(Duration given) {
      cooldown = milliseconds("cooldown", given, 0);
      return this;
    }

    /**
     * Sets a hook for failed reads, called from a thread of the cache.
     *
     * @param given gets the error. Log its class: its message is your reader's
     * @return this
     */
    public Builder onError(Consumer<? super Throwable> given) {
      if (given == null) throw new IllegalArgumentException("onError must not be null");
      onError = given;
      return this;
    }

    /**
     * Creates the cache.
     *
     * @return a cache that has not read anything yet
     */
    public KeysetCache build() {
      return new KeysetCache(this);
    }

    private static long milliseconds(String name, Duration given, long least) {
      if (given == null || given.toMillis() < least || given.toDays() > 3_650) {
        throw new IllegalArgumentException(name + " must be between " + least + " ms and 10 years");
      }
      return given.toMillis();
    }
  }

  /**
   * Begins a cache.
   *
   * @param reader reads the secret; give it timeouts of its own
   * @return a builder with the defaults
   */
  public static Builder reading(Reader reader) {
    return new Builder(reader);
  }

  /**
   * Identifies this cache in answers to probes.
   *
   * @return 12 hex digits
   */
  public String instance() {
    return instance;
  }

  /**
   * Whether the keyset is younger than its ttl. Use it in health checks.
   *
   * @return false before the first read, and while reads fail for longer than the ttl
   */
  public boolean isFresh() {
    lock.lock();
    try {
      return state.fresh(now());
    } finally {
      lock.unlock();
    }
  }

  /**
   * The keyset to verify with now. Never blocks.
   *
   * @return null if it has to be read first
   */
  public Keyset peek() {
    lock.lock();
    try {
      return state.peek(now());
    } finally {
      lock.unlock();
    }
  }

  /**
   * The keyset to verify with. Waits for a read if necessary. Call it at startup to make a server that cannot read its keys fail
   * right away.
   *
   * @return never null
   * @throws KeysetUnavailableException if there was none within the timeout
   */
  public Keyset load() {
    lock.lock();
    try {
      Keyset keyset = state.peek(now());
      int begun = state.begun();
      long until = tick() + timeout;
      while (keyset == null && tick() < until) {
        if (flight == null && tick() >= state.retryAt()) start();
        if (!await(Math.min(until, flight == null ? state.retryAt() : until) - tick())) break;
        keyset = first(state.since(begun), state.peek(now()));
      }
      keyset = first(keyset, first(state.since(begun), state.lastResort(now())));
      if (keyset == null) throw new KeysetUnavailableException(lastError == null ? late() : lastError);
      return keyset;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reads again because of an unknown signature, at most once per cooldown. Waits for the next read instead while reads fail and
   * the keyset is past its ttl.
   */
  void refresh(boolean probe) {
    lock.lock();
    try {
      if (state.stale(now())) {
        waitWhileStale();
        return;
      }
      if (flight == null && state.takeCooldown(tick(), probe)) start();
      Flight awaited = flight;
      while (awaited != null && !awaited.over && await(timeout)) continue;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a read that begins from now on: one under way may have asked before the key was set. */
  private void waitWhileStale() {
    int begun = state.begun();
    long until = tick() + STALE_PATIENCE;
    while (state.stale(now()) && tick() < until) {
      if (flight == null && state.begun() > begun) return;
      long pause = state.stalePause(tick());
      if (flight == null && pause == 0) start();
      long longest = until - tick();
      if (!await(flight == null ? Math.min(pause, longest) : longest)) return;
    }
  }

  /** Stops background reads. The cache still works afterwards, and reads on demand. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (alarm != null) alarm.cancel(false);
    } finally {
      lock.unlock();
    }
  }

  /** Starts the shared read. Like the methods below, it is called with the lock held unless it says otherwise. */
  private void start() {
    CacheState.Read read = state.begin(now());
    if (reading >= MOST_READS) {
      fail(read, new TimeoutException(reading + " reads of the keyset are hanging"));
      return;
    }
    reading++;
    Flight started = new Flight(read);
    flight = started;
    daemon(() -> fly(started), "keyset-read").start();
    started.late = timer.schedule(() -> giveUp(started), timeout, TimeUnit.MILLISECONDS);
  }

  /** Reads, without the lock. The result of a read that was given up on still counts. */
  private void fly(Flight own) {
    Keyset keyset = null;
    Throwable error = null;
    try {
      keyset = Keyset.parse(reader.read());
    } catch (Throwable thrown) {
      error = thrown;
    }
    lock.lock();
    boolean tell;
    try {
      reading--;
      tell = !own.over;
      if (error != null) {
        if (tell) fail(own.read, error);
      } else if (!state.succeed(own.read, keyset, now(), tick(), chance())) {
        error = new InvalidKeysetException("revision", keyset.revision() + " is too far above the current one");
        lastError = error;
      }
      land(own);
    } finally {
      lock.unlock();
    }
    if (error != null && tell) tell(error);
  }

  /** Ends the wait for a read that takes too long. Called without the lock. */
  private void giveUp(Flight late) {
    lock.lock();
    try {
      if (late.over) return;
      fail(late.read, late());
      land(late);
    } finally {
      lock.unlock();
    }
    tell(late());
  }

  private void fail(CacheState.Read read, Throwable error) {
    lastError = error;
    state.fail(read, now(), tick(), chance());
    schedule();
  }

  private void land(Flight over) {
    over.over = true;
    over.late.cancel(false);
    if (flight == over) flight = null;
    landed.signalAll();
    schedule();
  }

  /** Sets the alarm for the next background read. It does not keep an unused cache alive. */
  private void schedule() {
    if (alarm != null) alarm.cancel(false);
    if (closed || state.readAt() == CacheState.FOREVER) return;
    alarm = timer.schedule(new Alarm(this), Math.max(0, state.readAt() - tick()), TimeUnit.MILLISECONDS);
  }

  private static final class Alarm implements Runnable {
    private final WeakReference<KeysetCache> reference;

    Alarm(KeysetCache cache) {
      this.reference = new WeakReference<>(cache);
    }

    @Override
    public void run() {
      KeysetCache cache = reference.get();
      if (cache != null) cache.readIfDue();
    }
  }

  /** The action of the alarm. Called without the lock. */
  private void readIfDue() {
    lock.lock();
    try {
      if (closed || flight != null) return;
      if (tick() >= state.readAt()) start();
      else schedule();
    } finally {
      lock.unlock();
    }
  }

  /** Calls the hook; what it throws must not stop the reads. Called without the lock. */
  private void tell(Throwable error) {
    try {
      onError.accept(error);
    } catch (RuntimeException ignored) {
      // The reads go on.
    }
  }

  /** Waits until a read ends, at most this long. Returns false if the thread was interrupted. */
  private boolean await(long milliseconds) {
    try {
      // At least 1 ms, so that nobody spins.
      landed.await(Math.max(1, milliseconds), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private TimeoutException late() {
    return new TimeoutException("the keyset could not be read within " + timeout + " ms");
  }

  private static Keyset first(Keyset one, Keyset other) {
    return one != null ? one : other;
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  private static long tick() {
    return System.nanoTime() / 1_000_000;
  }

  private static double chance() {
    return ThreadLocalRandom.current().nextDouble();
  }
}
