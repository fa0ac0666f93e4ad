package org.blkdelta.vsphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElementTest {

  private static Element read(String text) throws XMLStreamException {
    return Element.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void the_type_of_an_object_goes_before_that_of_its_reference() throws XMLStreamException {
    var read =
        read(
            "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><b i:type='x:Ref' type='Vm'>vm-1</b><c i:type='x:int'> 7 </c></a>");
    assertEquals(new Ref("Vm", "vm-1"), read.child("b").orElseThrow().ref());
    assertEquals("int", read.child("c").orElseThrow().type());
    assertEquals("7", read.textAt("c"));
    assertEquals("", read.textAt("d", "e"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no xml",
        "<a><b></a>",
        "<a>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<a>&x;</a>"
      })
  void what_is_not_plain_xml_is_refused(String text) {
    assertThrows(XMLStreamException.class, () -> read(text));
  }

  @Test
  void what_is_too_deep_is_refused() {
    assertThrows(XMLStreamException.class, () -> read("<a>".repeat(65) + "</a>".repeat(65)));
  }

  @Test
  void what_has_too_many_elements_is_refused() {
    assertThrows(XMLStreamException.class, () -> read("<a>" + "<b/>".repeat(500_000) + "</a>"));
  }

  @Test
  void a_call_says_names_with_odd_characters() throws XMLStreamException {
    var name = "a<b>&\"c\"\u0001 \ud83d\ude00";
    var call = new Call(new Ref("Type", "value"), "Method").value("name", name).envelope();
    var read = Element.read(new ByteArrayInputStream(call));
    assertEquals(name.replace('\u0001', '?'), read.textAt("Body", "Method", "name"));
  }
}
