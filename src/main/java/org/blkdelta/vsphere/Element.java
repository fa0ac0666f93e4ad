package org.blkdelta.vsphere;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.transform.stream.StreamSource;
import org.blkdelta.host.Xml;

/// An element of a reply, with all that is in it.
///
/// @param name without its namespace
/// @param type that of the object that it refers to (`type`), else its own (`xsi:type`), without
///     its prefix; empty if neither is said
/// @param text its characters, without those of its children
/// @param children in their order
record Element(String name, String type, String text, List<Element> children) {

  private static final String INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";

  private static final int MAX_DEPTH = 64;

  /// A host of thousands of machines answers in pages, and one machine has far less.
  private static final int MAX_COUNT = 500_000;

  Element {
    children = List.copyOf(children);
  }

  /// One that has begun.
  private record Open(String name, String type, StringBuilder text, List<Element> children) {

    Element whole() {
      return new Element(name, type, text.toString(), children);
    }
  }

  /// Reads a document. It may not have a document type, so there are no entities of its own.
  ///
  /// @throws XMLStreamException if it is not XML, or has more than any reply
  static Element read(InputStream in) throws XMLStreamException {
    var reader = Xml.reader(new StreamSource(in));
    try {
      return read(reader);
    } finally {
      reader.close();
    }
  }

  private static Element read(XMLStreamReader reader) throws XMLStreamException {
    var open = new ArrayDeque<Open>();
    int count = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          if (open.size() >= MAX_DEPTH || ++count > MAX_COUNT) {
            throw new XMLStreamException("it is too deep or too long");
          }
          open.push(
              new Open(
                  reader.getLocalName(), type(reader), new StringBuilder(), new ArrayList<>()));
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (!open.isEmpty()) {
            open.peek().text.append(reader.getText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          var whole = open.pop().whole();
          if (open.isEmpty()) {
            return whole;
          }
          open.peek().children.add(whole);
        }
        case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
            throw new XMLStreamException("it has a document type or an entity");
        default -> {
          // comments and instructions say nothing
        }
      }
    }
    throw new XMLStreamException("it has no end");
  }

  private static String type(XMLStreamReader reader) {
    var said = "";
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      var space = reader.getAttributeNamespace(i);
      boolean isOfObject = space == null || space.isEmpty();
      if (reader.getAttributeLocalName(i).equals("type")
          && (isOfObject || (INSTANCE.equals(space) && said.isEmpty()))) {
        said = reader.getAttributeValue(i);
      }
    }
    return said.substring(said.indexOf(':') + 1);
  }

  /// Returns the first child of a name.
  Optional<Element> child(String wanted) {
    return children.stream().filter(each -> each.name.equals(wanted)).findFirst();
  }

  /// Returns all children of a name.
  List<Element> all(String wanted) {
    return children.stream().filter(each -> each.name.equals(wanted)).toList();
  }

  /// Returns what is at a path of names from here on.
  Optional<Element> at(String... path) {
    var found = Optional.of(this);
    for (var name : path) {
      found = found.flatMap(here -> here.child(name));
    }
    return found;
  }

  /// Returns the text at a path; empty if there is nothing.
  String textAt(String... path) {
    return at(path).map(found -> found.text.strip()).orElse("");
  }

  /// Returns it as a reference to an object.
  Ref ref() {
    return new Ref(type, text.strip());
  }
}
