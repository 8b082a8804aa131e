package livekey;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Verifies callbacks against a cached keyset. Thread-safe. */
public final class Verifier {
  private static final Pattern TIMESTAMP = Pattern.compile("[1-9][0-9]{0,10}");
  private static final Pattern SIGNATURE = Pattern.compile("[0-9a-fA-F]{32}");
  private static final long TOLERANCE = 300;

  private final KeysetCache cache;
  private final List<String> hosts;
  private final long tolerance;

  /**
   * Creates a verifier that accepts timestamps within 300 seconds of now.
   *
   * @param cache the keyset
   * @param hosts the hosts of the callback URLs as configured in Live, with the port if the URL has one; never the request's
   *     Host header: the sender chooses that
   */
  public Verifier(KeysetCache cache, String... hosts) {
    this(cache, Arrays.asList(hosts), TOLERANCE);
  }

  /**
   * Creates a verifier.
   *
   * @param cache the keyset
   * @param hosts as above
   * @param tolerance the maximum age of a timestamp in seconds, and how far it may lie in the future
   */
  public Verifier(KeysetCache cache, Collection<String> hosts, long tolerance) {
    if (cache == null) throw new IllegalArgumentException("cache must not be null");
    if (tolerance < 0 || tolerance > 86_400) throw new IllegalArgumentException("tolerance must be between 0 and 86,400 seconds");
    this.cache = cache;
    this.hosts = Signatures.hosts(hosts);
    this.tolerance = tolerance;
  }

  /**
   * Decides by the headers alone:
   *
   * <ul>
   *   <li>A probe from the rotator: 204 with evidence of which instance answered if its signature is accepted, else 401.
   *   <li>A rejected callback: 401, without a reason.
   *   <li>No keyset to verify with: 503.
   *   <li>Anything else is a callback for your code.
   * </ul>
   *
   * @param headers returns all values of a header by name, null or empty for none: Spring's {@code headers::get}, or {@code name
   *     -> Collections.list(request.getHeaders(name))} in a servlet
   * @return what to do with the request
   */
  public Admission admit(Function<String, ? extends Collection<String>> headers) {
    boolean probe = "1".equals(header(headers, "X-Live-Key-Probe"));
    Verification found;
    try {
      found = verify(header(headers, "ALI-LIVE-TIMESTAMP"), header(headers, "ALI-LIVE-SIGNATURE"), seconds(), probe);
    } catch (KeysetUnavailableException unavailable) {
      return Admission.unavailable();
    }
    if (probe && found.verdict() == Verification.Verdict.ACCEPTED) {
      return Admission.evidence(cache.instance(), found.keyset());
    }
    if (probe || found.verdict() == Verification.Verdict.REJECTED) return Admission.answer(401);
    return Admission.callback(found);
  }

  /**
   * Verifies the two headers. Blocks only while the keyset has to be read.
   *
   * @param timestamp ALI-LIVE-TIMESTAMP, null if missing
   * @param signature ALI-LIVE-SIGNATURE, null if missing
   * @return the result
   * @throws KeysetUnavailableException if there is no keyset to verify with: answer 503, never 401
   */
  public Verification verify(String timestamp, String signature) {
    return verify(timestamp, signature, seconds(), false);
  }

  Verification verify(String timestamp, String signature, long now, boolean probe) {
    String fault = fault(timestamp, signature, now);
    if (fault != null) return Verification.rejected(fault);
    Keyset tried = cache.peek();
    Verification found = tried == null ? null : find(tried, timestamp, signature);
    if (found != null) return found;
    if (tried != null) cache.refresh(probe);
    Keyset keyset = cache.load();
    found = keyset == tried ? null : find(keyset, timestamp, signature);
    if (found != null) return found;
    return Verification.rejected(cache.isFresh() ? "unknownSignature" : "staleKeyset");
  }

  private String fault(String timestamp, String signature, long now) {
    if (timestamp == null || timestamp.isEmpty()) return "missingTimestamp";
    if (!TIMESTAMP.matcher(timestamp).matches()) return repeatedOrMalformed(timestamp, "Timestamp");
    long age = now - Long.parseLong(timestamp);
    if (age > tolerance) return "tooOld";
    if (age < -tolerance) return "tooNew";
    if (signature == null || signature.isEmpty()) return "missingSignature";
    if (!SIGNATURE.matcher(signature).matches()) return repeatedOrMalformed(signature, "Signature");
    return null;
  }

  /** Compares with every key and host in constant time and never stops early: timing reveals nothing. */
  private Verification find(Keyset keyset, String timestamp, String signature) {
    byte[] given = signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    Keyset.Key found = null;
    for (String host : hosts) {
      for (Keyset.Key key : keyset.keys()) {
        byte[] expected = Signatures.sign(host, timestamp, key.value()).getBytes(StandardCharsets.US_ASCII);
        if (MessageDigest.isEqual(expected, given)) found = key;
      }
    }
    return found == null ? null : Verification.of(found, keyset);
  }

  /** The value of a header. Repeated ones are joined with commas, and then refused as malformed. */
  private static String header(Function<String, ? extends Collection<String>> headers, String name) {
    Collection<String> values = headers.apply(name);
    return values == null ? "" : String.join(",", values);
  }

  private static String repeatedOrMalformed(String value, String name) {
    return (value.contains(",") ? "repeated" : "malformed") + name;
  }

  private static long seconds() {
    return System.currentTimeMillis() / 1_000;
  }
}
