package livekey;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What becomes of a request: your code gets to see it, or it is answered with {@link #status} and {@link #headers}. */
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

  /** 503, for 401 would say that the callback is forged. */
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

  /** Whether your code gets to see it. Mind the verdict: only {@code ACCEPTED} is accepted. */
  public boolean isCallback() {
    return verification != null;
  }

  public boolean isAccepted() {
    return verification != null && verification.verdict() == Verification.Verdict.ACCEPTED;
  }

  /** What its signature is worth; null when it is to be answered. */
  public Verification verification() {
    return verification;
  }

  /** The status to answer with, without a body; 0 for a callback. */
  public int status() {
    return status;
  }

  public Map<String, String> headers() {
    return headers;
  }
}
