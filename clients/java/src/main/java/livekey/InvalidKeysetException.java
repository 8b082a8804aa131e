package livekey;

/** The document is invalid. The message names the field and never contains a key. */
public final class InvalidKeysetException extends Exception {
  private static final long serialVersionUID = 1;

  InvalidKeysetException(String path, String problem) {
    super("invalid keyset document: " + path + " " + problem);
  }
}
