package livekey;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class AdmitTest {
  private AdmitTest() {}

  private static Map<String, List<String>> headers(String key, boolean probe) {
    String timestamp = String.valueOf(System.currentTimeMillis() / 1_000);
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("ali-live-timestamp", Collections.singletonList(timestamp));
    headers.put("ali-live-signature", Collections.singletonList(Signatures.sign(CacheTest.HOST, timestamp, key)));
    if (probe) headers.put("x-live-key-probe", Collections.singletonList("1"));
    return headers;
  }

  static void run() {
    String document = Write.document(7, "new pending", "now current", "old previous", "leaked compromised");
    KeysetCache cache = KeysetCache.reading(() -> document).build();
    Verifier verifier = new Verifier(cache, CacheTest.HOST);
    Check.that(
        "callbacks come with their verdict",
        () -> {
          for (String key : Arrays.asList("new", "now", "old", "leaked")) {
            Admission admission = verifier.admit(headers(key, false)::get);
            Check.same(admission.isCallback(), true);
            Check.same(admission.isAccepted(), !key.equals("leaked"));
          }
        });
    Check.that(
        "forged callbacks get a bare 401",
        () -> {
          Map<String, List<String>> twice = headers("now", false);
          String signature = twice.get("ali-live-signature").get(0);
          twice.put("ali-live-signature", Arrays.asList(signature, signature));
          for (Map<String, List<String>> one : Arrays.asList(headers("forged", false), twice, Collections.<String, List<String>>emptyMap())) {
            Admission admission = verifier.admit(one::get);
            Check.same(admission.isCallback(), false);
            Check.same(admission.status() + " " + admission.headers(), "401 {}");
          }
        });
    Check.that(
        "accepted probes are answered with evidence",
        () -> {
          Admission admission = verifier.admit(headers("new", true)::get);
          Check.same(admission.status(), 204);
          String evidence =
              "{X-Live-Key-Instance=%s, X-Live-Key-Lineage=5b0c2f9e41d7, X-Live-Key-Revision=7}";
          Check.same(admission.headers().toString(), String.format(evidence, cache.instance()));
          Check.same(cache.instance().matches("[0-9a-f]{12}"), true);
          for (String key : Arrays.asList("leaked", "forged")) {
            Admission refused = verifier.admit(headers(key, true)::get);
            Check.same(refused.status() + " " + refused.headers(), "401 {}");
          }
        });
    Check.that(
        "without a keyset it is not called forged",
        () -> {
          KeysetCache.Reader down =
              () -> {
                throw new java.io.IOException();
              };
          try (KeysetCache none = KeysetCache.reading(down).timeout(Duration.ofMillis(100)).build()) {
            Admission admission = new Verifier(none, CacheTest.HOST).admit(headers("now", false)::get);
            Check.same(admission.status() + " " + admission.headers(), "503 {Retry-After=1}");
          }
        });
    cache.close();
  }
}
