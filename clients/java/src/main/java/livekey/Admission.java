package livekey;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What to do with a request: hand it to your code, or answer it with {@link #status} and {@link #headers}. */
public final class Admission {
  private final Verification verification;
  private final int status;
  private final Map<String, String> headers;

  private Admission(Verification verification, int status, Map<String, String> headers) {
    this.verification = verification;
    this.status = status;
    this.headers = Collections.unmodifiableMap(headers);
  }

  static Admission callback(Verification verification) {
    return new Admission(verification, 0, Collections.emptyMap());
  }

  static Admission answer(int status) {
    return new Admission(null, status, Collections.emptyMap());
  }

  /** 503: a 401 would say that the callback is forged. */
  static Admission unavailable() {
    return new Admission(null, 503, Collections.singletonMap("Retry-After", "1"));
  }

  static Admission evidence(String instance, Keyset keyset) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-Live-Key-Instance", instance);
    headers.put("X-Live-Key-Lineage", keyset.lineage());
    headers.put("X-Live-Key-Revision", String.valueOf(keyset.revision()));
    return new Admission(null, 204, headers);
  }

  /**
   * Whether the request goes to your code. Check the verdict: only {@code ACCEPTED} is certainly genuine.
   *
   * @return false if it is to be answered with {@link #status} and {@link #headers}
   */
  public boolean isCallback() {
    return verification != null;
  }

  /**
   * Whether the request is a genuine callback.
   *
   * @return true if it goes to your code and its verdict is {@code ACCEPTED}
   */
  public boolean isAccepted() {
    return verification != null && verification.verdict() == Verification.Verdict.ACCEPTED;
  }

  /**
   * How the callback was verified.
   *
   * @return null if the request is to be answered
   */
  public Verification verification() {
    return verification;
  }

  /**
   * The status of the answer, which has no body.
   *
   * @return 0 for a callback
   */
  public int status() {
    return status;
  }

  /**
   * The headers of the answer.
   *
   * @return an unmodifiable map, empty for a callback
   */
  public Map<String, String> headers() {
    return headers;
  }
}
