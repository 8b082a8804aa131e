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
 * The keyset of a group, by any function that reads the document. Does no I/O until it is used. Reads in daemon threads of its
 * own; a cache that nobody uses any more ends them, and {@link #close} does so at once.
 */
public final class KeysetCache implements AutoCloseable {
  /** So many reads may hang at a time: one without a timeout of its own would otherwise leave threads behind for ever. */
  static final int MOST_READS = 8;

  /** Reads the current value of the secret (ACSCurrent) and returns its text. Must read, and not cache. */
  @FunctionalInterface
  public interface Reader {
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

  /** One read that everybody who wants one waits for. */
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

  /** How a cache reads. */
  public static final class Builder {
    private final Reader reader;
    private long ttl = CacheState.FOREVER;
    private long maxStale = Duration.ofHours(24).toMillis();
    private long timeout = 3_000;
    private long cooldown = 10_000;
    private Consumer<? super Throwable> onError = error -> {};

    private Builder(Reader reader) {
      if (reader == null) throw new IllegalArgumentException("there must be a function that reads the document");
      this.reader = reader;
    }

    /** Reads at least this often; can only shorten the document's ttl. 1 s at least. */
    public Builder ttl(Duration given) {
      ttl = milliseconds("ttl", given, 1_000);
      return this;
    }

    /** For how long after its ttl a keyset is used while it cannot be read. Default 24 hours. */
    public Builder maxStale(Duration given) {
      maxStale = milliseconds("maxStale", given, 0);
      return this;
    }

    /** For one read, and for a verification that waits for one. Default 3 s: Live waits for 5. */
    public Builder timeout(Duration given) {
      timeout = milliseconds("timeout", given, 1);
      return this;
    }

    /** Between two reads that unknown signatures cause. Default 10 s. */
    public Builder cooldown(Duration given) {
      cooldown = milliseconds("cooldown", given, 0);
      return this;
    }

    /** Told of each read that failed. Log its class: its message is that of your reader. */
    public Builder onError(Consumer<? super Throwable> given) {
      if (given == null) throw new IllegalArgumentException("onError must be a function");
      onError = given;
      return this;
    }

    public KeysetCache build() {
      return new KeysetCache(this);
    }

    private static long milliseconds(String name, Duration given, long least) {
      if (given == null || given.toMillis() < least || given.toDays() > 3_650) {
        throw new IllegalArgumentException(name + " must be " + least + " ms at least, and 10 years at most");
      }
      return given.toMillis();
    }
  }

  public static Builder reading(Reader reader) {
    return new Builder(reader);
  }

  /** Tells the rotator which cache has answered its probe: 12 hex digits. */
  public String instance() {
    return instance;
  }

  /** Whether the keyset in use is younger than its ttl: for a health check. */
  public boolean isFresh() {
    lock.lock();
    try {
      return state.fresh(now());
    } finally {
      lock.unlock();
    }
  }

  /** The keyset to verify with at this moment, without waiting; null when one has to be waited for. */
  public Keyset peek() {
    lock.lock();
    try {
      return state.peek(now());
    } finally {
      lock.unlock();
    }
  }

  /**
   * The same, waiting for a read when there is none that may be used.
   *
   * @throws KeysetUnavailableException when none came in time
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

  /** Reads again because a signature is unknown, unless that was done within the cooldown. */
  void refresh(boolean probe) {
    lock.lock();
    try {
      if (flight == null && state.takeCooldown(tick(), probe)) start();
      Flight awaited = flight;
      while (awaited != null && !awaited.over && await(timeout)) continue;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the background reads. What comes later is still answered, reading on demand. */
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

  /** Begins the one flight. It and all below hold the lock, unless they say otherwise. */
  private void start() {
    CacheState.Read read = state.begin(now());
    if (reading >= MOST_READS) {
      fail(read, new TimeoutException(reading + " reads of the keyset hang"));
      return;
    }
    reading++;
    Flight started = new Flight(read);
    flight = started;
    daemon(() -> fly(started), "keyset-read").start();
    started.late = timer.schedule(() -> giveUp(started), timeout, TimeUnit.MILLISECONDS);
  }

  /** Reads, without the lock. What a read that was given up brings later still counts. */
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
        error = new InvalidKeysetException("revision", keyset.revision() + " is too far above the one in use");
        lastError = error;
      }
      land(own);
    } finally {
      lock.unlock();
    }
    if (error != null && tell) tell(error);
  }

  /** Ends the wait for a flight that takes too long. Called without the lock. */
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

  /** Sets the one alarm of the background reads. It does not keep a cache that nobody uses. */
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

  /** Called by the alarm, without the lock. */
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

  /** Calls the hook for the log, which must not stop the reads. Called without the lock. */
  private void tell(Throwable error) {
    try {
      onError.accept(error);
    } catch (RuntimeException ignored) {
      // The reads go on.
    }
  }

  /** Waits until a flight lands, or for so many milliseconds. Returns false when the thread is to stop. */
  private boolean await(long milliseconds) {
    try {
      // A pause that has just passed is still a pause: nobody may spin.
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
