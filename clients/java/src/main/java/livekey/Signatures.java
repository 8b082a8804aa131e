package livekey;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** How Live signs a callback, and how keys are named. */
public final class Signatures {
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-fA-F:.]+\\]|[^\\s/|:@?#\\[\\]]+)(:[0-9]{1,5})?");
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private Signatures() {}

  /**
   * Signs a callback.
   *
   * @param host the host of the callback URL
   * @param timestamp Unix time in seconds
   * @param key the key
   * @return the MD5 of {@code host|timestamp|key} in lower-case hex
   */
  public static String sign(String host, String timestamp, String key) {
    return digest("MD5", host + "|" + timestamp + "|" + key);
  }

  /**
   * Names a key.
   *
   * @param key the key
   * @return its id, which is safe to log and the same in the rotator's reports
   */
  public static String kidOf(String key) {
    return digest("SHA-256", "live-key-rotator/kid/1:" + key).substring(0, 12);
  }

  /**
   * The hosts to try: as configured, without the port, and both in lower case. Alibaba Cloud does not document whether Live
   * signs the port of the callback URL.
   */
  static List<String> hosts(Collection<String> configured) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String host : configured) {
      if (host == null || !HOST.matcher(host).matches()) {
        throw new IllegalArgumentException(
            "host must be the host of the callback URL, such as hooks.example.com or hooks.example.com:8443");
      }
      String bare = host.replaceFirst(":[0-9]+$", "");
      hosts.add(host);
      hosts.add(host.toLowerCase(Locale.ROOT));
      hosts.add(bare);
      hosts.add(bare.toLowerCase(Locale.ROOT));
    }
    if (hosts.isEmpty()) throw new IllegalArgumentException("host must not be empty");
    return new ArrayList<>(hosts);
  }

  static String hex(byte[] bytes) {
    char[] digits = new char[bytes.length * 2];
    for (int index = 0; index < bytes.length; index++) {
      digits[2 * index] = HEX[(bytes[index] >> 4) & 15];
      digits[2 * index + 1] = HEX[bytes[index] & 15];
    }
    return new String(digits);
  }

  private static String digest(String algorithm, String text) {
    try {
      return hex(MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
