package org.blkdelta.migrate;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.transform.stream.StreamSource;
import org.blkdelta.host.Xml;

/// An element of a document of libvirt.
///
/// @param number how many elements begin before it
/// @param name without its namespace
/// @param attributes those without a namespace, by their names
/// @param text its characters, without those of its children
/// @param children in their order
record XmlElement(
    int number,
    String name,
    Map<String, String> attributes,
    String text,
    List<XmlElement> children) {

  private static final int MAX_DEPTH = 64;

  /// A machine has hundreds.
  private static final int MAX_COUNT = 50_000;

  XmlElement {
    children = List.copyOf(children);
  }

  /// One that has begun.
  private record Open(
      int number,
      String name,
      Map<String, String> attributes,
      StringBuilder text,
      List<XmlElement> children) {

    XmlElement whole() {
      return new XmlElement(number, name, attributes, text.toString().strip(), children);
    }
  }

  /// Reads a document, to its end. It may not have a document type.
  ///
  /// @throws XMLStreamException if it is not XML, or has more than any machine
  static XmlElement read(String document) throws XMLStreamException {
    var reader = Xml.reader(new StreamSource(new StringReader(document)));
    try {
      return read(reader);
    } finally {
      reader.close();
    }
  }

  private static XmlElement read(XMLStreamReader reader) throws XMLStreamException {
    var open = new ArrayDeque<Open>();
    var root = Optional.<XmlElement>empty();
    int count = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          if (open.size() >= MAX_DEPTH || count >= MAX_COUNT) {
            throw new XMLStreamException("it is too deep or too long");
          }
          var name = reader.getLocalName();
          open.push(
              new Open(count, name, attributes(reader), new StringBuilder(), new ArrayList<>()));
          count++;
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (!open.isEmpty()) {
            open.peek().text.append(reader.getText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          var whole = open.pop().whole();
          if (open.isEmpty()) {
            root = Optional.of(whole);
          } else {
            open.peek().children.add(whole);
          }
        }
        case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
            throw new XMLStreamException("it has a document type or an entity");
        default -> {
          // comments and instructions say nothing
        }
      }
    }
    return root.orElseThrow(() -> new XMLStreamException("it has no element"));
  }

  private static Map<String, String> attributes(XMLStreamReader reader) {
    var attributes = new LinkedHashMap<String, String>();
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      var space = reader.getAttributeNamespace(i);
      if (space == null || space.isEmpty()) {
        attributes.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
      }
    }
    return attributes;
  }

  /// Returns an attribute; empty if it isn't there.
  String attribute(String wanted) {
    return attributes.getOrDefault(wanted, "");
  }

  /// Returns all that is at a path of names from here on.
  List<XmlElement> all(String... path) {
    var found = List.of(this);
    for (var wanted : path) {
      found =
          found.stream()
              .flatMap(each -> each.children.stream())
              .filter(child -> child.name.equals(wanted))
              .toList();
    }
    return found;
  }

  /// Returns it and all that is in it.
  Stream<XmlElement> everything() {
    return Stream.concat(Stream.of(this), children.stream().flatMap(XmlElement::everything));
  }
}
