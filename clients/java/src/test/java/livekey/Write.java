package livekey;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes JSON, and keyset documents. */
final class Write {
  static final String AT = "\"2026-11-24T08:00:00.000Z\"";

  private Write() {}

  static String json(Object value) {
    List<String> parts = new ArrayList<>();
    if (value instanceof Map) {
      ((Map<?, ?>) value).forEach((name, field) -> parts.add(json(name) + ":" + json(field)));
      return "{" + String.join(",", parts) + "}";
    }
    if (value instanceof List) {
      ((List<?>) value).forEach(item -> parts.add(json(item)));
      return "[" + String.join(",", parts) + "]";
    }
    if (!(value instanceof String)) return String.valueOf(value);
    StringBuilder text = new StringBuilder("\"");
    for (char one : ((String) value).toCharArray()) text.append(String.format("\\u%04x", (int) one));
    return text.append('"').toString();
  }

  /** Each key is written `key state`. */
  static String document(int revision, long ttl, String lineage, String... keys) {
    List<String> entries = new ArrayList<>();
    for (String key : keys) {
      String[] parts = key.split(" ");
      entries.add(
          String.format(
              "{\"kid\":\"%s\",\"key\":\"%s\",\"state\":\"%s\",\"stagedAt\":%4$s,\"appliedAt\":%4$s,"
                  + "\"compromisedAt\":%4$s,\"onRunningStreams\":\"quarantine\"}",
              Signatures.kidOf(parts[0]), parts[0], parts[1], AT));
    }
    return String.format(
        "{\"format\":\"live-keyset/1\",\"lineage\":\"%s\",\"group\":\"test\",\"revision\":%d,\"ttl\":%d,"
            + "\"updatedAt\":%s,\"keys\":[%s],\"revoked\":[]}",
        lineage, revision, ttl, AT, String.join(",", entries));
  }

  static String document(int revision, String... keys) {
    return document(revision, 60_000, "5b0c2f9e41d7", keys);
  }
}
