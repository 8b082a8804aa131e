package livekey;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What every implementation is run against: docs/vectors.json. */
@SuppressWarnings("unchecked")
final class VectorsTest {
  private VectorsTest() {}

  static void run(Path file) throws Exception {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    Map<String, Object> vectors = (Map<String, Object>) Json.parse(text, 64);
    for (Map<String, Object> one : all(vectors, "signatures")) {
      String signature = Signatures.sign(text(one, "host"), text(one, "timestamp"), text(one, "key"));
      Check.that("the signature for " + one.get("host"), () -> Check.same(signature, one.get("signature")));
    }
    for (Map<String, Object> one : all(vectors, "kids")) {
      Check.that("a kid", () -> Check.same(Signatures.kidOf(text(one, "key")), one.get("kid")));
    }
    Map<String, Object> keysets = (Map<String, Object>) vectors.get("keysets");
    for (Map<String, Object> one : all(vectors, "verifications")) {
      Check.that(text(one, "name"), () -> verification(one, Write.json(keysets.get(text(one, "keyset")))));
    }
    for (Map<String, Object> one : all(vectors, "documents")) {
      Check.that("document: " + one.get("name"), () -> document(one, all(vectors, "kids")));
    }
    for (Map<String, Object> one : all(vectors, "histories")) Check.that(text(one, "name"), () -> history(one));
  }

  private static void verification(Map<String, Object> one, String document) {
    long tolerance = ((Double) one.get("tolerance")).longValue();
    try (KeysetCache cache = KeysetCache.reading(() -> document).build()) {
      Verifier verifier = new Verifier(cache, (List<String>) one.get("hosts"), tolerance);
      long now = ((Double) one.get("now")).longValue();
      Verification got = verifier.verify(text(one, "timestamp"), text(one, "signature"), now, false);
      Check.same(got.verdict().name().toLowerCase(java.util.Locale.ROOT), one.get("verdict"));
      Check.same(got.kid(), one.get("kid"));
      Check.same(got.reason(), one.get("reason"));
    }
  }

  private static void document(Map<String, Object> one, List<Map<String, Object>> kids) throws Exception {
    String said;
    if ((Boolean) one.get("valid")) said = Keyset.parse(text(one, "text")).toString();
    else said = Check.fails(InvalidKeysetException.class, () -> Keyset.parse(text(one, "text"))).toString();
    for (Map<String, Object> kid : kids) Check.same(said.contains(text(kid, "key")), false);
  }

  private static void history(Map<String, Object> history) {
    Map<String, Object> options = (Map<String, Object>) history.getOrDefault("options", Collections.emptyMap());
    long ttl = options.containsKey("ttl") ? number(options, "ttl") : CacheState.FOREVER;
    CacheState state = new CacheState(ttl, 86_400_000, 3_000, 10_000);
    Map<String, CacheState.Read> reads = new HashMap<>();
    for (Map<String, Object> step : all(history, "steps")) {
      try {
        play(state, reads, step);
      } catch (AssertionError error) {
        throw new AssertionError(step + ": " + error.getMessage());
      }
    }
  }

  private static void play(CacheState state, Map<String, CacheState.Read> reads, Map<String, Object> step) {
    long at = number(step, "at");
    if (step.containsKey("begin")) {
      reads.put(text(step, "begin"), state.begin(at));
    } else if (step.containsKey("end")) {
      CacheState.Read read = reads.get(text(step, "end"));
      Map<String, Object> brings = (Map<String, Object>) step.get("brings");
      if (brings == null) {
        state.fail(read, at, at, 0.5);
      } else {
        int revision = (int) number(brings, "revision");
        Keyset keyset = new Keyset(text(brings, "lineage"), revision, number(brings, "ttl"), new ArrayList<>());
        state.succeed(read, keyset, at, at, 0.5);
      }
      if (step.containsKey("nextReadIn")) Check.same(state.readAt() - at, number(step, "nextReadIn"));
    } else if (step.containsKey("waits")) {
      Check.same(state.stale(at), true);
      Check.same(state.stalePause(at), number(step, "waits"));
    } else if (step.containsKey("unknown")) {
      Check.same(state.stale(at), false);
      Check.same(state.takeCooldown(at, step.get("unknown").equals("probe")), step.get("reads"));
    } else {
      Map<String, Object> expect = (Map<String, Object>) step.get("expect");
      Check.same(name(state.peek(at)), expect.get("now"));
      Check.same(name(state.lastResort(at)), expect.get("last"));
      Check.same(state.fresh(at), expect.get("fresh"));
    }
  }

  private static String name(Keyset keyset) {
    return keyset == null ? null : keyset.lineage() + "@" + keyset.revision();
  }

  private static List<Map<String, Object>> all(Map<String, Object> from, String name) {
    return (List<Map<String, Object>>) from.get(name);
  }

  private static String text(Map<String, Object> from, String name) {
    return (String) from.get(name);
  }

  private static long number(Map<String, Object> from, String name) {
    return ((Double) from.get(name)).longValue();
  }
}
