package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlEditTest {

  @Test
  void only_the_attribute_changes_whatever_looks_like_it() throws XMLStreamException {
    var document =
        """
        <?xml version='1.0'?><?x <source dev='no'/>?>
        <!-- <source dev='/dev/vg/web'/> --><a>
          <![CDATA[ <source dev='no'> ]]>
          <b say='a > b, dev="no"'/>
          <source x:dev='no' say=" dev='no'"\t dev = "/dev/vg/a&amp;b"
            index='1' xmlns:x='x'/>
          <source dev='/dev/vg/web'></source>
        </a>
        """;
    var sources = XmlElement.read(document).all("source");
    assertEquals("/dev/vg/a&b", sources.getFirst().attribute("dev"));
    var edits =
        List.of(
            new XmlEdit(sources.getFirst().number(), "dev", "/dev/\"it's\"<&>\n"),
            new XmlEdit(sources.getLast().number(), "dev", "/dev/new/web"));
    var changed = XmlEdit.apply(document, edits);
    assertEquals(
        document
            .replace("/dev/vg/a&amp;b", "/dev/&#34;it&#39;s&#34;&#60;&#38;&#62;&#10;")
            .replace("<source dev='/dev/vg/web'></", "<source dev='/dev/new/web'></"),
        changed);
    sources = XmlElement.read(changed).all("source");
    assertEquals("/dev/\"it's\"<&>\n", sources.getFirst().attribute("dev"));
    assertEquals(document, XmlEdit.apply(document, List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&b;</a>",
        "<a b='&b;'/>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "<!DOCTYPE a [<!ENTITY b 'b'><!ENTITY c '&b;&b;&b;&b;'>]><a b='&c;'/>"
      })
  void what_is_no_plain_document_is_refused(String document) {
    assertThrows(XMLStreamException.class, () -> XmlElement.read(document));
  }

  @Test
  void what_is_deeper_or_longer_than_any_machine_is_refused() {
    assertThrows(
        XMLStreamException.class, () -> XmlElement.read("<a>".repeat(65) + "</a>".repeat(65)));
    assertThrows(
        XMLStreamException.class, () -> XmlElement.read("<a>" + "<b/>".repeat(50_000) + "</a>"));
  }
}
