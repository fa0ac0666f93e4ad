package org.blkdelta.host;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.transform.stream.StreamSource;

/// Reads XML that another program wrote. No entity but those of XML itself is replaced, and nothing
/// else is opened. A document type, or a reference to an entity of one, is an event of its own, for
/// the caller to refuse.
public final class Xml {

  private Xml() {}

  /// Returns a reader of a document. The caller closes it.
  public static XMLStreamReader reader(StreamSource document) throws XMLStreamException {
    var factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    return factory.createXMLStreamReader(document);
  }
}
