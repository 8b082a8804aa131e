package livekey;

/** What a signature is worth. Only {@code ACCEPTED} is accepted. */
public final class Verification {
  public enum Verdict {
    /** Signed with a pending, current or previous key. */
    ACCEPTED,
    /** Signed with a key that has leaked, and with no other: genuine or forged, nobody can tell. */
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

  public Verdict verdict() {
    return verdict;
  }

  /** The kid of the key that it was signed with; null when it was rejected. It may be logged. */
  public String kid() {
    return key == null ? null : key.kid();
  }

  /** The state of that key. */
  public String state() {
    return key == null ? null : key.state();
  }

  /** Why it was rejected: for the log. */
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
