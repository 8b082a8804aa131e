package livekey;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses JSON (RFC 8259) of limited depth into maps, lists, strings, doubles, booleans and null, so that this package needs no
 * dependency. Its errors contain nothing of the text.
 */
final class Json {
  private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  private final String text;
  private int at = 0;
  private int levels;

  private Json(String text, int levels) {
    this.text = text;
    this.levels = levels;
  }

  static Object parse(String text, int levels) throws InvalidKeysetException {
    Json json = new Json(text, levels);
    Object value = json.value();
    if (json.peek() != 0 || json.at < text.length()) throw json.wrong();
    return value;
  }

  private Object value() throws InvalidKeysetException {
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return list();
      case '"':
        return string();
      case 't':
        return word("true", Boolean.TRUE);
      case 'f':
        return word("false", Boolean.FALSE);
      case 'n':
        return word("null", null);
      default:
        return number();
    }
  }

  private Map<String, Object> object() throws InvalidKeysetException {
    Map<String, Object> fields = new LinkedHashMap<>();
    enter();
    if (peek() != '}') {
      do {
        if (peek() != '"') throw wrong();
        String name = string();
        take(':');
        fields.put(name, value());
      } while (comma());
    }
    leave('}');
    return fields;
  }

  private List<Object> list() throws InvalidKeysetException {
    List<Object> items = new ArrayList<>();
    enter();
    if (peek() != ']') {
      do {
        items.add(value());
      } while (comma());
    }
    leave(']');
    return items;
  }

  private String string() throws InvalidKeysetException {
    StringBuilder value = new StringBuilder();
    at++;
    for (; ; ) {
      char next = next();
      if (next == '"') return value.toString();
      if (next < ' ') throw wrong();
      value.append(next == '\\' ? escaped() : next);
    }
  }

  private char escaped() throws InvalidKeysetException {
    char next = next();
    int known = "\"\\/bfnrt".indexOf(next);
    if (known >= 0) return "\"\\/\b\f\n\r\t".charAt(known);
    if (next != 'u') throw wrong();
    int code = 0;
    for (int digit = 0; digit < 4; digit++) {
      int value = Character.digit(next(), 16);
      if (value < 0 || text.charAt(at - 1) > 'f') throw wrong();
      code = code * 16 + value;
    }
    return (char) code;
  }

  private Object word(String word, Object value) throws InvalidKeysetException {
    if (!text.startsWith(word, at)) throw wrong();
    at += word.length();
    return value;
  }

  private Double number() throws InvalidKeysetException {
    Matcher matcher = NUMBER.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) throw wrong();
    at = matcher.end();
    return Double.valueOf(matcher.group());
  }

  private void enter() throws InvalidKeysetException {
    if (levels-- == 0) throw new InvalidKeysetException("it", "is nested too deeply");
    at++;
  }

  private void leave(char bracket) throws InvalidKeysetException {
    levels++;
    take(bracket);
  }

  private boolean comma() {
    boolean is = peek() == ',';
    if (is) at++;
    return is;
  }

  private void take(char wanted) throws InvalidKeysetException {
    if (peek() != wanted) throw wrong();
    at++;
  }

  /** The next character that is not white space; 0 at the end. */
  private char peek() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    return at < text.length() ? text.charAt(at) : 0;
  }

  private char next() throws InvalidKeysetException {
    if (at >= text.length()) throw wrong();
    return text.charAt(at++);
  }

  private InvalidKeysetException wrong() {
    return new InvalidKeysetException("it", "is not JSON");
  }
}
