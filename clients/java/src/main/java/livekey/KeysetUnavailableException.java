package livekey;

/** There is no keyset to verify with. Answer 503, never 401. The cause is the error of the last read. */
public final class KeysetUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  KeysetUnavailableException(Throwable cause) {
    super("no keyset to verify with: it could not be read", cause);
  }
}
