package livekey;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** The laws of the cache with threads and in real time; what is decided when stands in the vectors' histories. */
final class CacheTest {
  static final String HOST = "hooks.example.com";

  private CacheTest() {}

  /** A secret that can be changed, put down and made to hang; counts how it is read. */
  static final class Secret implements KeysetCache.Reader {
    final AtomicInteger reads = new AtomicInteger();
    volatile String text;
    volatile Exception down;
    volatile CountDownLatch gate = new CountDownLatch(0);

    Secret(String text) {
      this.text = text;
    }

    @Override
    public String read() throws Exception {
      reads.incrementAndGet();
      gate.await();
      if (down != null) throw down;
      return text;
    }
  }

  static String verdict(Verifier verifier, String key, boolean probe) {
    long now = System.currentTimeMillis() / 1_000;
    String timestamp = String.valueOf(now);
    return verifier.verify(timestamp, Signatures.sign(HOST, timestamp, key), now, probe).verdict().name();
  }

  static String verdict(Verifier verifier, String key) {
    return verdict(verifier, key, false);
  }

  static void run() {
    Check.that("one read serves all who wait", CacheTest::oneFlight);
    Check.that("reads again in the background within the ttl", CacheTest::background);
    Check.that("an outage beyond the ttl refuses nothing", CacheTest::outage);
    Check.that("a key set the moment an outage is over is accepted at once", CacheTest::outageOver);
    Check.that("an outage that hangs keeps no stranger for longer than a moment", CacheTest::strangers);
    Check.that("no callback waits for a pause or a read that hangs", CacheTest::neverWaits);
    Check.that("pauses grow and are capped", CacheTest::pauses);
    Check.that("maxStale ends it", CacheTest::maxStale);
    Check.that("a keyset that has expired is read before it is used", CacheTest::expired);
    Check.that("an invalid document never replaces a good one", CacheTest::invalid);
    Check.that("never a step back within a lineage", CacheTest::noStepBack);
    Check.that("a jump of revisions is refused", CacheTest::jump);
    Check.that("unknown signatures read once a cooldown", CacheTest::cooldown);
    Check.that("probes have a cooldown of their own", CacheTest::probeCooldown);
    Check.that("without a keyset it says so in time and why", CacheTest::unavailable);
    Check.that("a read that hangs is given up and still counts", CacheTest::late);
    Check.that("reads that hang do not pile up", CacheTest::hanging);
    Check.that("a hook that throws stops nothing", CacheTest::breaking);
    Check.that("a closed cache stops reading", CacheTest::closed);
    Check.that("a cache that nobody uses any more stops reading", CacheTest::unused);
    Check.that("nothing printed holds a key", CacheTest::nothingPrinted);
    Check.that("wrong options are refused", CacheTest::options);
  }

  private static void oneFlight() throws Exception {
    Secret secret = new Secret(Write.document(1, "k1 current"));
    secret.gate = new CountDownLatch(1);
    try (KeysetCache cache = KeysetCache.reading(secret).build()) {
      Check.same(secret.reads.get(), 0);
      AtomicInteger loaded = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int index = 0; index < 20; index++) {
        threads.add(new Thread(() -> loaded.addAndGet(cache.load().revision())));
        threads.get(index).start();
      }
      Check.same(Check.eventually(() -> secret.reads.get() == 1), true);
      secret.gate.countDown();
      for (Thread thread : threads) thread.join();
      Check.same(loaded.get(), 20);
      Check.same(secret.reads.get(), 1);
    }
  }

  private static void background() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).build()) {
      cache.load();
      secret.text = Write.document(2, 1_000, "a", "k2 current");
      Check.same(Check.eventually(() -> cache.peek() != null && cache.peek().revision() == 2), true);
      Check.same(cache.isFresh(), true);
    }
  }

  private static void outage() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    AtomicInteger errors = new AtomicInteger();
    try (KeysetCache cache = KeysetCache.reading(secret).onError(error -> errors.incrementAndGet()).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.down = new IOException("KMS is down");
      for (long until = System.nanoTime() + 2_500_000_000L; System.nanoTime() < until; Thread.sleep(10)) {
        Check.same(verdict(verifier, "k1"), "ACCEPTED");
      }
      Check.same(cache.isFresh(), false);
      Check.same(errors.get() >= 2, true);
      secret.text = Write.document(2, "k2 current");
      secret.down = null;
      Check.same(Check.eventually(() -> cache.peek().revision() == 2), true);
    }
  }

  private static void outageOver() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.down = new IOException("KMS is down");
      verdict(verifier, "forged"); // Uses up the cooldown.
      Check.same(Check.eventually(() -> !cache.isFresh()), true);
      int reads = secret.reads.get();
      long began = System.nanoTime();
      AtomicInteger refused = new AtomicInteger();
      List<Thread> strangers = new ArrayList<>();
      for (int index = 0; index < 8; index++) {
        strangers.add(
            new Thread(
                () -> {
                  if (verdict(verifier, "forged").equals("REJECTED")) refused.incrementAndGet();
                }));
        strangers.get(index).start();
      }
      Check.same(verdict(verifier, "k1"), "ACCEPTED");
      for (Thread stranger : strangers) stranger.join();
      double took = (System.nanoTime() - began) / 1e9;
      Check.same(refused.get(), 8);
      Check.same(took < 2, true);
      // Twice a second at most, beside the tries of its own, which grow from 0.25 s.
      Check.same(secret.reads.get() - reads <= 2 + 3 * took, true);
      secret.text = Write.document(2, 1_000, "a", "k2 current");
      secret.down = null;
      Check.same(verdict(verifier, "k2"), "ACCEPTED");
    }
  }

  private static void strangers() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).timeout(Duration.ofMillis(100)).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.gate = new CountDownLatch(1);
      Check.same(Check.eventually(() -> !cache.isFresh()), true);
      long began = System.nanoTime();
      Check.same(verdict(verifier, "forged"), "REJECTED");
      Check.same(System.nanoTime() - began < 2_000_000_000L, true);
      secret.gate.countDown();
    }
  }

  private static void neverWaits() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).timeout(Duration.ofMillis(100)).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.gate = new CountDownLatch(1);
      long longest = 0;
      for (long until = System.nanoTime() + 2_500_000_000L; System.nanoTime() < until; Thread.sleep(2)) {
        long began = System.nanoTime();
        Check.same(verdict(verifier, "k1"), "ACCEPTED");
        longest = Math.max(longest, System.nanoTime() - began);
      }
      // Pauses grow to a second here; what is shorter is a busy machine.
      Check.same(longest < 400_000_000L, true);
      Check.same(cache.isFresh(), false);
      Check.same(secret.reads.get() >= 3, true);
      secret.gate.countDown();
    }
  }

  /** Whatever chance and ttl are: while reads fail, the next try comes in time and no callback waits for it. */
  private static void pauses() {
    long timeout = 3_000;
    long maxStale = 86_400_000;
    for (long ttl : new long[] {1_000, 2_000, 7_500, 60_000, 86_400_000}) {
      for (double chance : new double[] {0, 0.3, 0.999}) {
        CacheState state = new CacheState(CacheState.FOREVER, maxStale, timeout, 1_000);
        state.succeed(state.begin(0), new Keyset("a", 1, ttl, new ArrayList<>()), 0, 0, chance);
        Check.same(state.readAt() >= ttl / 2 && state.readAt() <= ttl * 8 / 10, true);
        long now = state.readAt();
        long before = 0;
        for (int failure = 0; failure < 40; failure++) {
          CacheState.Read read = state.begin(now);
          now += timeout * (failure % 2); // It fails at once, or hangs until it is given up.
          if (state.peek(now - 1) == null) throw new AssertionError("a callback waits for a read that hangs");
          state.fail(read, now, now, chance);
          long pause = state.readAt() - now;
          long longest = Math.min(Math.min(30_000, ttl), 500L << Math.min(failure, 10));
          boolean fits = pause >= Math.max(100, longest / 2) && pause <= longest && pause >= before;
          if (!fits) throw new AssertionError("pause " + failure + " with a ttl of " + ttl + " is " + pause);
          before = pause;
          now += pause;
          if (state.peek(now) == null) throw new AssertionError("a callback waits for a pause");
        }
        Check.same(state.peek(ttl + maxStale), null);
      }
    }
  }

  private static void maxStale() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    KeysetCache.Builder builder = KeysetCache.reading(secret).timeout(Duration.ofMillis(100));
    try (KeysetCache cache = builder.maxStale(Duration.ofMillis(300)).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.down = new IOException("KMS is down");
      Check.same(verdict(verifier, "k1"), "ACCEPTED");
      Check.same(Check.eventually(() -> cache.peek() == null), true);
      Check.fails(KeysetUnavailableException.class, () -> verdict(verifier, "k1"));
    }
  }

  /** As in a process that was frozen: nothing reads in the background. */
  private static void expired() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    KeysetCache cache = KeysetCache.reading(secret).build();
    Verifier verifier = new Verifier(cache, HOST);
    verdict(verifier, "k1");
    cache.close();
    secret.text = Write.document(2, 1_000, "a", "k1 compromised");
    Thread.sleep(1_010);
    Check.same(verdict(verifier, "k1"), "QUARANTINED");
  }

  private static void closed() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    KeysetCache cache = KeysetCache.reading(secret).build();
    cache.load();
    cache.close();
    Thread.sleep(1_000);
    Check.same(secret.reads.get(), 1);
  }

  private static void invalid() {
    Secret secret = new Secret(Write.document(1, "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).cooldown(Duration.ZERO).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      List<String> bad = new ArrayList<>(Arrays.asList(null, "", "{}", "<html>"));
      bad.add(Write.document(100_000_000, "k2 current"));
      bad.add(Write.document(2, 10, "5b0c2f9e41d7", "k2 current"));
      for (String text : bad) {
        secret.text = text;
        Check.same(verdict(verifier, "k2"), "REJECTED");
        Check.same(verdict(verifier, "k1"), "ACCEPTED");
      }
    }
  }

  private static void noStepBack() {
    Secret secret = new Secret(Write.document(7, "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).cooldown(Duration.ZERO).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.text = Write.document(6, "k2 current");
      Check.same(verdict(verifier, "k2"), "REJECTED");
      Check.same(verdict(verifier, "k1"), "ACCEPTED");
      secret.text = Write.document(1, 60_000, "another", "k2 current");
      Check.same(verdict(verifier, "k2"), "ACCEPTED");
    }
  }

  private static void jump() {
    Secret secret = new Secret(Write.document(7, "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).cooldown(Duration.ZERO).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      secret.text = Write.document(1_008, "k2 current");
      Check.same(verdict(verifier, "k2"), "REJECTED");
      Check.same(verdict(verifier, "k1"), "ACCEPTED");
      secret.text = Write.document(1_007, "k2 current");
      Check.same(verdict(verifier, "k2"), "ACCEPTED");
    }
  }

  private static void cooldown() throws Exception {
    Secret secret = new Secret(Write.document(1, "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).cooldown(Duration.ofMillis(500)).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      long began = System.nanoTime();
      for (int index = 0; index < 20; index++) Check.same(verdict(verifier, "forged"), "REJECTED");
      Check.same(secret.reads.get() <= 2 + (System.nanoTime() - began) / 500_000_000L, true);
      secret.text = Write.document(2, "k2 current");
      Check.same(Check.eventually(() -> verdict(verifier, "k2").equals("ACCEPTED")), true);
    }
  }

  private static void probeCooldown() {
    Secret secret = new Secret(Write.document(1, "k1 current"));
    try (KeysetCache cache = KeysetCache.reading(secret).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      verdict(verifier, "k1");
      verdict(verifier, "forged");
      secret.text = Write.document(2, "k2 current");
      Check.same(verdict(verifier, "k2"), "REJECTED");
      Check.same(verdict(verifier, "k2", true), "ACCEPTED");
      Check.same(secret.reads.get(), 3);
    }
  }

  private static void nothingPrinted() {
    Secret secret = new Secret(Write.document(1, "the-key current"));
    try (KeysetCache cache = KeysetCache.reading(secret).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      String timestamp = String.valueOf(System.currentTimeMillis() / 1_000);
      Verification verification = verifier.verify(timestamp, Signatures.sign(HOST, timestamp, "the-key"));
      Keyset keyset = cache.load();
      Object[] things = {keyset, keyset.keys(), keyset.keys().get(0), verification, verifier, cache};
      for (Object thing : things) Check.same(String.valueOf(thing).contains("the-key"), false);
    }
  }

  private static void unavailable() {
    Secret secret = new Secret(null);
    secret.down = new IOException("KMS is down");
    try (KeysetCache cache = KeysetCache.reading(secret).timeout(Duration.ofMillis(200)).build()) {
      Verifier verifier = new Verifier(cache, HOST);
      long began = System.nanoTime();
      Throwable error = Check.fails(KeysetUnavailableException.class, () -> verdict(verifier, "k1"));
      Check.same(System.nanoTime() - began < 2_000_000_000L, true);
      Check.same(error.getCause(), secret.down);
      Check.same(verifier.verify("yesterday", "").reason(), "malformedTimestamp");
    }
  }

  private static void late() throws Exception {
    Secret secret = new Secret(Write.document(1, "k1 current"));
    secret.gate = new CountDownLatch(1);
    try (KeysetCache cache = KeysetCache.reading(secret).timeout(Duration.ofMillis(100)).build()) {
      Throwable error = Check.fails(KeysetUnavailableException.class, cache::load);
      Check.same(error.getCause().getClass(), TimeoutException.class);
      secret.gate.countDown();
      Check.same(Check.eventually(() -> cache.peek() != null), true);
    }
  }

  private static void hanging() {
    Secret secret = new Secret(Write.document(1, "k1 current"));
    secret.gate = new CountDownLatch(1);
    Duration instant = Duration.ofMillis(1);
    try (KeysetCache cache = KeysetCache.reading(secret).timeout(instant).cooldown(Duration.ZERO).build()) {
      for (int index = 0; index < 30; index++) cache.refresh(false);
      Check.same(secret.reads.get() <= KeysetCache.MOST_READS, true);
      secret.gate.countDown();
    }
  }

  private static void breaking() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    KeysetCache.Reader reader =
        () -> {
          if (reads.incrementAndGet() == 1) throw new StackOverflowError();
          return Write.document(1, "k1 current");
        };
    KeysetCache.Builder builder = KeysetCache.reading(reader);
    builder.onError(
        error -> {
          throw new IllegalStateException();
        });
    try (KeysetCache cache = builder.build()) {
      Check.same(cache.load().revision(), 1);
    }
  }

  private static void unused() throws Exception {
    Secret secret = new Secret(Write.document(1, 1_000, "a", "k1 current"));
    KeysetCache cache = KeysetCache.reading(secret).build();
    cache.load();
    WeakReference<KeysetCache> gone = new WeakReference<>(cache);
    cache = null;
    Check.same(
        Check.eventually(
            () -> {
              System.gc();
              return gone.get() == null;
            }),
        true);
  }

  private static void options() {
    KeysetCache.Builder builder = KeysetCache.reading(() -> "");
    Check.fails(IllegalArgumentException.class, () -> builder.ttl(Duration.ofMillis(999)));
    Check.fails(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO));
    Check.fails(IllegalArgumentException.class, () -> builder.cooldown(Duration.ofMillis(-1)));
    Check.fails(IllegalArgumentException.class, () -> builder.maxStale(null));
    Check.fails(IllegalArgumentException.class, () -> KeysetCache.reading(null));
    for (String host : new String[] {"", "https://hooks.example.com", "a/b", "a|b", null}) {
      Check.fails(IllegalArgumentException.class, () -> new Verifier(builder.build(), host));
    }
    Check.fails(IllegalArgumentException.class, () -> new Verifier(builder.build()));
  }
}
