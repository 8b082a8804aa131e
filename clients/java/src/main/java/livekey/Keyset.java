package livekey;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The parts of a valid keyset document that a receiver needs. {@link #toString} never reveals a key. */
public final class Keyset {
  private static final String FORMAT = "live-keyset/1";
  private static final List<String> STATES = Arrays.asList("pending", "current", "previous", "compromised");
  private static final int LONGEST_KEY = 256;
  private static final long SHORTEST_TTL = 1_000;
  private static final long LONGEST_TTL = 86_400_000;
  private static final long HIGHEST_REVISION = 99_999_999;
  private static final int DEEPEST = 16;
  private static final Pattern KID = Pattern.compile("[0-9a-f]{12}");
  private static final Pattern TIME =
      Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z");

  private final String lineage;
  private final int revision;
  private final long ttl;
  private final List<Key> keys;

  Keyset(String lineage, int revision, long ttl, List<Key> keys) {
    this.lineage = lineage;
    this.revision = revision;
    this.ttl = ttl;
    this.keys = Collections.unmodifiableList(keys);
  }

  /** An entry of the keyset. {@link #toString} never reveals the key itself. */
  public static final class Key {
    private final String kid;
    private final String state;
    private final String value;

    Key(String kid, String state, String value) {
      this.kid = kid;
      this.state = state;
      this.value = value;
    }

    /**
     * The id of the key.
     *
     * @return safe to log
     */
    public String kid() {
      return kid;
    }

    /**
     * The state of the key.
     *
     * @return {@code pending}, {@code current}, {@code previous} or {@code compromised}
     */
    public String state() {
      return state;
    }

    String value() {
      return value;
    }

    @Override
    public String toString() {
      return "[key " + kid + " " + state + "]";
    }
  }

  /**
   * Parses the text of the secret.
   *
   * @param text the document
   * @return the keyset in it
   * @throws InvalidKeysetException if it is not a valid {@code live-keyset/1} document
   */
  public static Keyset parse(String text) throws InvalidKeysetException {
    if (text == null) throw new InvalidKeysetException("it", "is not JSON");
    Map<String, Object> document = object(Json.parse(text, DEEPEST), "it");
    need(FORMAT.equals(document.get("format")), "format", "must be \"" + FORMAT + "\"");
    String lineage = text(document, "lineage");
    text(document, "group");
    needTime(document.get("updatedAt"), "updatedAt");
    long revision = whole(document, "revision", 1, HIGHEST_REVISION);
    long ttl = whole(document, "ttl", SHORTEST_TTL, LONGEST_TTL);
    List<Key> keys = new ArrayList<>();
    for (Object entry : list(document, "keys")) keys.add(readKey(entry, "keys[" + keys.size() + "]"));
    checkRevoked(list(document, "revoked"), checkOrder(keys));
    return new Keyset(lineage, (int) revision, ttl, keys);
  }

  /**
   * The lineage of the document. Revisions are comparable only within one lineage.
   *
   * @return never empty
   */
  public String lineage() {
    return lineage;
  }

  /**
   * The revision of the document.
   *
   * @return 1 or higher
   */
  public int revision() {
    return revision;
  }

  /**
   * How long a receiver may use the keyset before it has to read it again.
   *
   * @return milliseconds
   */
  public long ttl() {
    return ttl;
  }

  /**
   * The keys, ordered as in the document: pending, current, previous from newest to oldest, compromised.
   *
   * @return an unmodifiable list
   */
  public List<Key> keys() {
    return keys;
  }

  @Override
  public String toString() {
    return "[keyset " + lineage + " revision " + revision + " " + keys + "]";
  }

  private static Key readKey(Object value, String path) throws InvalidKeysetException {
    Map<String, Object> entry = object(value, path);
    Object state = entry.get("state");
    need(STATES.contains(state), path + ".state", "must be one of " + STATES);
    Object key = entry.get("key");
    boolean fits = key instanceof String && !((String) key).isEmpty() && ((String) key).length() <= LONGEST_KEY;
    need(fits, path + ".key", "must have 1 to " + LONGEST_KEY + " characters");
    String kid = Signatures.kidOf((String) key);
    need(kid.equals(entry.get("kid")), path + ".kid", "must be the kid of its key, " + kid);
    for (String name : needed((String) state)) {
      need(entry.get(name) != null, path + "." + name, "is required for a " + state + " key");
    }
    for (String name : Arrays.asList("createdAt", "stagedAt", "appliedAt", "compromisedAt")) {
      if (entry.containsKey(name)) needTime(entry.get(name), path + "." + name);
    }
    if (entry.get("clearedAt") != null) needTime(entry.get("clearedAt"), path + ".clearedAt");
    return new Key(kid, (String) state, (String) key);
  }

  private static List<String> needed(String state) {
    switch (state) {
      case "pending":
        return Collections.singletonList("stagedAt");
      case "current":
        return Collections.singletonList("appliedAt");
      case "compromised":
        return Arrays.asList("compromisedAt", "onRunningStreams");
      default:
        return Collections.emptyList();
    }
  }

  private static Set<String> checkOrder(List<Key> keys) throws InvalidKeysetException {
    Set<String> seen = new HashSet<>();
    int last = -1;
    for (int index = 0; index < keys.size(); index++) {
      Key key = keys.get(index);
      String path = "keys[" + index + "]";
      int rank = STATES.indexOf(key.state);
      boolean single = key.state.equals("pending") || key.state.equals("current");
      need(seen.add(key.kid), path + ".kid", "appears twice (" + key.kid + ")");
      need(rank >= last, path + ".state", "is out of order: the order is " + STATES);
      need(!(single && rank == last), path + ".state", "makes a second " + key.state + " key; at most one is allowed");
      last = rank;
    }
    return seen;
  }

  private static void checkRevoked(List<?> revoked, Set<String> kids) throws InvalidKeysetException {
    for (int index = 0; index < revoked.size(); index++) {
      String path = "revoked[" + index + "]";
      Map<String, Object> entry = object(revoked.get(index), path);
      Object kid = entry.get("kid");
      boolean isKid = kid instanceof String && KID.matcher((String) kid).matches();
      need(isKid, path + ".kid", "must be 12 hex digits");
      need(!kids.contains(kid), path + ".kid", "is also in keys (" + kid + ")");
      needTime(entry.get("at"), path + ".at");
    }
  }

  @SuppressWarnings("unchecked") // Json creates no other maps.
  private static Map<String, Object> object(Object value, String path) throws InvalidKeysetException {
    need(value instanceof Map, path, "must be an object");
    return (Map<String, Object>) value;
  }

  private static List<?> list(Map<String, Object> document, String name) throws InvalidKeysetException {
    Object value = document.get(name);
    need(value instanceof List, name, "must be an array");
    return (List<?>) value;
  }

  private static String text(Map<String, Object> document, String name) throws InvalidKeysetException {
    Object value = document.get(name);
    need(value instanceof String && !((String) value).isEmpty(), name, "must be a non-empty string");
    return (String) value;
  }

  private static long whole(Map<String, Object> document, String name, long least, long most)
      throws InvalidKeysetException {
    Object value = document.get(name);
    double number = value instanceof Double ? (Double) value : Double.NaN;
    boolean is = number >= least && number <= most && number == Math.rint(number);
    need(is, name, "must be a whole number from " + least + " to " + most);
    return (long) number;
  }

  private static void needTime(Object value, String path) throws InvalidKeysetException {
    boolean isTime = value instanceof String && TIME.matcher((String) value).matches();
    need(isTime, path, "must be a time such as 2026-11-24T08:00:00.000Z");
  }

  private static void need(boolean holds, String path, String problem) throws InvalidKeysetException {
    if (!holds) throw new InvalidKeysetException(path, problem);
  }
}
