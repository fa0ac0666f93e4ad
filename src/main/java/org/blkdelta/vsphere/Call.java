package org.blkdelta.vsphere;

import java.nio.charset.StandardCharsets;

/// A call of the web service: a SOAP 1.1 envelope (*vSphere Web Services API*). Arguments are given
/// in the order of the reference, which is that of its schema.
final class Call {

  private static final String HEAD =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>""";

  private final String method;
  private final StringBuilder body = new StringBuilder(HEAD);

  /// Begins a call of a method of an object.
  Call(Ref object, String method) {
    this.method = method;
    body.append('<').append(method).append(" xmlns=\"urn:vim25\">");
    ref("_this", object);
  }

  /// Returns the name of the method.
  String method() {
    return method;
  }

  /// Adds a reference to an object.
  Call ref(String name, Ref ref) {
    body.append("<%s type=\"%s\">".formatted(name, escaped(ref.type())));
    body.append(escaped(ref.value()));
    return end(name);
  }

  /// Adds a value.
  Call value(String name, Object value) {
    begin(name).body.append(escaped(value.toString()));
    return end(name);
  }

  /// Begins an argument that has parts.
  Call begin(String name) {
    body.append('<').append(name).append('>');
    return this;
  }

  /// Begins an argument that has parts, of a type that its place does not tell.
  Call begin(String name, String type) {
    body.append("<%s xsi:type=\"%s\">".formatted(name, type));
    return this;
  }

  /// Ends an argument.
  Call end(String name) {
    body.append("</").append(name).append('>');
    return this;
  }

  /// Returns the envelope, in UTF-8. No more arguments may be added.
  byte[] envelope() {
    end(method).end("soapenv:Body").end("soapenv:Envelope");
    return body.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String escaped(String text) {
    var out = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default -> {
                  // XML 1.0 has no other control characters, not even written by number
                  boolean isAllowed =
                      point >= ' ' && point != 0xfffe && point != 0xffff && !isSurrogate(point);
                  out.appendCodePoint(isAllowed || "\t\n\r".indexOf(point) >= 0 ? point : '?');
                }
              }
            });
    return out.toString();
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }
}
