package org.blkdelta.vmdk;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The elements of an XML document, one after the other, with their attributes; text, comments and
/// instructions are skipped, and entities that a document defines are not known. Time and memory
/// are bounded by the document's length.
final class XmlElements {

  /// The beginning of an element.
  ///
  /// @param name without the prefix of its namespace
  /// @param attributes by names without prefixes
  record Element(String name, Map<String, String> attributes) {}

  private static final Map<String, String> ENTITIES =
      Map.of("lt", "<", "gt", ">", "amp", "&", "quot", "\"", "apos", "'");

  private static final int MAX_ENTITY = 10;

  private final String text;
  private int at;
  private boolean malformed;

  XmlElements(String text) {
    this.text = text;
  }

  /// Returns whether something was met that is not XML; nothing comes after it.
  boolean isMalformed() {
    return malformed;
  }

  /// Returns the next element; empty when there is none.
  Optional<Element> next() {
    while (true) {
      int start = text.indexOf('<', at);
      if (start < 0) {
        at = text.length();
        return Optional.empty();
      }
      at = start + 1;
      boolean skipped =
          skips("!--", "-->") || skips("![CDATA[", "]]>") || skips("?", "?>") || skips("/", ">");
      if (malformed) {
        return Optional.empty();
      }
      if (skipped) {
        continue;
      }
      boolean isDeclaration = text.startsWith("!", at);
      var element = element();
      if (element == null || !isDeclaration) {
        return Optional.ofNullable(element);
      }
    }
  }

  /// Skips what begins and ends with these characters.
  private boolean skips(String first, String last) {
    if (malformed || !text.startsWith(first, at)) {
      return false;
    }
    int end = text.indexOf(last, at + first.length());
    malformed = end < 0;
    at = malformed ? text.length() : end + last.length();
    return true;
  }

  private @Nullable Element element() {
    var name = name();
    var attributes = new LinkedHashMap<String, String>();
    var key = "";
    while (at < text.length()) {
      char next = text.charAt(at);
      switch (next) {
        case '>' -> {
          at++;
          return new Element(name, attributes);
        }
        case '"', '\'' -> {
          int end = text.indexOf(next, at + 1);
          if (end < 0) {
            return broken();
          }
          attributes.putIfAbsent(key, unescaped(text.substring(at + 1, end)));
          at = end + 1;
        }
        case '<' -> {
          return broken();
        }
        default -> {
          if (isPartOfName(next)) {
            key = name();
          } else {
            at++; // a blank, an equals sign, the slash of an empty element
          }
        }
      }
    }
    return broken();
  }

  private @Nullable Element broken() {
    malformed = true;
    at = text.length();
    return null;
  }

  /// Reads a name, and returns it without its prefix.
  private String name() {
    int start = at;
    while (at < text.length() && isPartOfName(text.charAt(at))) {
      at++;
    }
    var whole = text.substring(start, at);
    return whole.substring(whole.indexOf(':') + 1);
  }

  private static boolean isPartOfName(char one) {
    return Character.isLetterOrDigit(one) || "_:.-!".indexOf(one) >= 0;
  }

  private static String unescaped(String value) {
    if (value.indexOf('&') < 0) {
      return value;
    }
    var plain = new StringBuilder();
    for (int at = 0; at < value.length(); at++) {
      int last = Math.min(value.length(), at + MAX_ENTITY);
      int end = value.charAt(at) == '&' ? value.indexOf(';', at, last) : -1;
      if (end < 0) {
        plain.append(value.charAt(at));
      } else {
        plain.append(entity(value.substring(at + 1, end)));
        at = end;
      }
    }
    return plain.toString();
  }

  /// Returns what a reference stands for, or the reference itself when that is unknown.
  private static String entity(String name) {
    var unknown = "&" + name + ";";
    if (!name.startsWith("#")) {
      return ENTITIES.getOrDefault(name, unknown);
    }
    try {
      boolean isHex = name.startsWith("x", 1);
      int code = Integer.parseInt(name.substring(isHex ? 2 : 1), isHex ? 16 : 10);
      return Character.isValidCodePoint(code) ? Character.toString(code) : unknown;
    } catch (NumberFormatException none) {
      return unknown;
    }
  }
}
