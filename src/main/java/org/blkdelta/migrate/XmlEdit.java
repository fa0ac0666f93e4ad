package org.blkdelta.migrate;

import java.util.ArrayList;
import java.util.List;

/// Gives attributes of a document other values. All else of its text stays as it is.
///
/// @param element that has the attribute, by its number
/// @param attribute its name
/// @param value the new one
record XmlEdit(int element, String attribute, String value) {

  private record Span(int from, int to) {}

  /// Returns the changed document.
  ///
  /// @param document well-formed, without a document type
  /// @param edits in the order of their elements
  static String apply(String document, List<XmlEdit> edits) {
    var starts = startTags(document);
    var changed = new StringBuilder();
    int at = 0;
    for (var edit : edits) {
      var value = edit.valueIn(document, starts.get(edit.element()));
      changed.append(document, at, value.from()).append(escaped(edit.value()));
      at = value.to();
    }
    return changed.append(document, at, document.length()).toString();
  }

  /// Returns where the elements begin, in order.
  private static List<Span> startTags(String document) {
    var tags = new ArrayList<Span>();
    int at = document.indexOf('<');
    while (at >= 0) {
      int end;
      if (document.startsWith("<!--", at)) {
        end = document.indexOf("-->", at + 4);
      } else if (document.startsWith("<![CDATA[", at)) {
        end = document.indexOf("]]>", at);
      } else if (document.startsWith("<?", at)) {
        end = document.indexOf("?>", at);
      } else {
        end = endOfTag(document, at);
        if (document.charAt(at + 1) != '/') {
          tags.add(new Span(at, end));
        }
      }
      at = document.indexOf('<', end);
    }
    return tags;
  }

  private static int endOfTag(String document, int from) {
    int at = from;
    while (document.charAt(at) != '>') {
      at = isQuote(document.charAt(at)) ? endOfValue(document, at) + 1 : at + 1;
    }
    return at;
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  /// @param quote where the value's first quotation mark is
  private static int endOfValue(String document, int quote) {
    return document.indexOf(document.charAt(quote), quote + 1);
  }

  private Span valueIn(String document, Span tag) {
    int name = tag.from();
    for (int at = tag.from(); at < tag.to(); at++) {
      char c = document.charAt(at);
      if (isQuote(c)) {
        int end = endOfValue(document, at);
        if (document.substring(name, at).replace('=', ' ').strip().equals(attribute)) {
          return new Span(at + 1, end);
        }
        at = end;
        name = end + 1;
      } else if (Character.isWhitespace(c) && document.substring(name, at).startsWith("<")) {
        name = at; // the element's own name ends here
      }
    }
    throw new IllegalStateException(attribute);
  }

  private static String escaped(String value) {
    var text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ("&<>\"'".indexOf(c) >= 0 || c < ' ') {
        text.append("&#").append((int) c).append(';');
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
