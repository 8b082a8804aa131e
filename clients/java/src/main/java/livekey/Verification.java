package livekey;

/** The result of a verification. Only {@code ACCEPTED} is certainly genuine. */
public final class Verification {
  /** What a signature proves. */
  public enum Verdict {
    /** Signed with a pending, current or previous key. */
    ACCEPTED,
    /** Signed with a leaked key and no other. It may be genuine or forged; the signature cannot tell. */
    QUARANTINED,
    /** Neither. */
    REJECTED
  }

  private final Verdict verdict;
  private final Keyset.Key key;
  private final String reason;
  private final Keyset keyset;

  private Verification(Verdict verdict, Keyset.Key key, String reason, Keyset keyset) {
    this.verdict = verdict;
    this.key = key;
    this.reason = reason;
    this.keyset = keyset;
  }

  static Verification of(Keyset.Key key, Keyset keyset) {
    boolean leaked = key.state().equals("compromised");
    return new Verification(leaked ? Verdict.QUARANTINED : Verdict.ACCEPTED, key, null, keyset);
  }

  static Verification rejected(String reason) {
    return new Verification(Verdict.REJECTED, null, reason, null);
  }

  /**
   * What the signature proves.
   *
   * @return never null
   */
  public Verdict verdict() {
    return verdict;
  }

  /**
   * The id of the key that signed the callback. Safe to log.
   *
   * @return null if it was rejected
   */
  public String kid() {
    return key == null ? null : key.kid();
  }

  /**
   * The state of that key.
   *
   * @return null if it was rejected
   */
  public String state() {
    return key == null ? null : key.state();
  }

  /**
   * Why the callback was rejected, such as {@code unknownSignature}. Log it; do not send it.
   *
   * @return null unless it was rejected
   */
  public String reason() {
    return reason;
  }

  Keyset keyset() {
    return keyset;
  }

  @Override
  public String toString() {
    return verdict + " " + (key == null ? reason : key);
  }
}
