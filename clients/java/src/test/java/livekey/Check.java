package livekey;

import java.util.Objects;

/** The least that tests need, without a library. */
final class Check {
  static int held = 0;
  static int failed = 0;

  interface Test {
    void run() throws Exception;
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  private Check() {}

  static void that(String name, Test test) {
    try {
      test.run();
      held++;
      System.out.println("ok: " + name);
    } catch (Throwable error) {
      failed++;
      StackTraceElement at = error.getStackTrace().length > 1 ? error.getStackTrace()[1] : null;
      System.out.println("does not hold: " + name + ": " + error + " at " + at);
    }
  }

  static void same(Object got, Object wanted) {
    if (!Objects.equals(got, wanted)) throw new AssertionError(got + " is not " + wanted);
  }

  static Throwable fails(Class<? extends Throwable> kind, Test work) {
    try {
      work.run();
    } catch (Throwable error) {
      same(error.getClass(), kind);
      return error;
    }
    throw new AssertionError("it was taken");
  }

  static boolean eventually(Condition condition) throws Exception {
    long until = System.nanoTime() + 5_000_000_000L;
    while (!condition.holds() && System.nanoTime() < until) Thread.sleep(5);
    return condition.holds();
  }
}
