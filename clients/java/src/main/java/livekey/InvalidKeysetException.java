package livekey;

/** The document breaks a rule. The message names the field and never holds a key. */
public final class InvalidKeysetException extends Exception {
  private static final long serialVersionUID = 1;

  InvalidKeysetException(String path, String problem) {
    super("the keyset document is not valid: " + path + " " + problem);
  }
}
