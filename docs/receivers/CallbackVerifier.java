import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.Set;

/**
 * Verifies snapshot callbacks of ApsaraVideo Live against the keys of a keyset document. Java 17 or newer, nothing else.
 *
 * <p>Read the document with the JSON library that you have: {@code keys[].kid}, {@code keys[].key}, {@code keys[].state}.
 */
public final class CallbackVerifier {
  public enum Verdict { ACCEPTED, QUARANTINED, REJECTED }

  /** An entry of the document's {@code keys}. */
  public record Key(String kid, String key, String state) {}

  /** {@code detail} is the kid, or why the callback was rejected: for the log, not for the sender. */
  public record Verification(Verdict verdict, String detail) {}

  private final Set<String> hosts = new LinkedHashSet<>();
  private final long tolerance;

  /**
   * @param hosts those of the callback URLs as they are configured in Live: never the request's Host header
   * @param tolerance how far the timestamp may be from now, in seconds; 300 is usual
   */
  public CallbackVerifier(Collection<String> hosts, long tolerance) {
    for (String host : hosts) {
      // As configured, without the port, and both in lower case.
      String bare = host.replaceFirst(":\\d+$", "");
      this.hosts.addAll(List.of(host, host.toLowerCase(Locale.ROOT)));
      this.hosts.addAll(List.of(bare, bare.toLowerCase(Locale.ROOT)));
    }
    this.tolerance = tolerance;
  }

  /** {@code timestamp} and {@code signature} are the two headers, null when missing; {@code now} is in seconds. */
  public Verification verify(Collection<Key> keys, String timestamp, String signature, long now) {
    if (timestamp == null || timestamp.isEmpty()) return rejected("missingTimestamp");
    if (!timestamp.matches("[1-9][0-9]{0,10}")) {
      return rejected(timestamp.contains(",") ? "repeatedTimestamp" : "malformedTimestamp");
    }
    long age = now - Long.parseLong(timestamp);
    if (Math.abs(age) > tolerance) return rejected(age > 0 ? "tooOld" : "tooNew");
    if (signature == null || signature.isEmpty()) return rejected("missingSignature");
    if (!signature.matches("[0-9a-fA-F]{32}")) {
      return rejected(signature.contains(",") ? "repeatedSignature" : "malformedSignature");
    }
    byte[] given = signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    Key found = null;
    // Every key is tried, whichever matches: the time that it takes tells nothing.
    for (Key key : keys) {
      for (String host : hosts) {
        byte[] expected = sign(host, timestamp, key.key()).getBytes(StandardCharsets.US_ASCII);
        if (MessageDigest.isEqual(expected, given)) found = key;
      }
    }
    if (found == null) return rejected("unknownSignature");
    boolean leaked = found.state().equals("compromised");
    return new Verification(leaked ? Verdict.QUARANTINED : Verdict.ACCEPTED, found.kid());
  }

  public static String sign(String host, String timestamp, String key) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      byte[] digest = md5.digest((host + "|" + timestamp + "|" + key).getBytes(StandardCharsets.UTF_8));
      StringBuilder hex = new StringBuilder();
      for (byte part : digest) hex.append(String.format("%02x", part));
      return hex.toString();
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Verification rejected(String reason) {
    return new Verification(Verdict.REJECTED, reason);
  }

  /**
   * Answers one question a line: now, tolerance, hosts, keys, timestamp, signature, with tabs between, each of them in
   * Base64 (an empty one is a missing header). So it is run against the vectors without a JSON library.
   */
  public static void main(String[] arguments) {
    Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
    while (lines.hasNextLine()) {
      String[] fields = lines.nextLine().split("\t", -1);
      for (int index = 0; index < fields.length; index++) {
        fields[index] = new String(java.util.Base64.getDecoder().decode(fields[index]), StandardCharsets.UTF_8);
      }
      List<Key> keys = fields[3].lines().map(line -> line.split("\t")).map(key -> new Key(key[0], key[1], key[2])).toList();
      CallbackVerifier verifier = new CallbackVerifier(fields[2].lines().toList(), Long.parseLong(fields[1]));
      Verification got = verifier.verify(keys, fields[4], fields[5], Long.parseLong(fields[0]));
      System.out.println(got.verdict().name().toLowerCase(Locale.ROOT) + " " + got.detail());
    }
  }
}
