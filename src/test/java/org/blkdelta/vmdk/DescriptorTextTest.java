package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.vmdk.ChainFolder.refusal;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Dialects of descriptors.
class DescriptorTextTest {

  private static final String TEXT =
      descriptor("vmfsSparse")
          .cid(0x0a000002)
          .parent(0x0abcdef1, "a.vmdk")
          .entry("changeTrackPath=\"a-ctk.vmdk\"")
          .extent(9426, "VMFSSPARSE", "a-000001-delta.vmdk")
          .text();

  @Test
  void a_descriptor_says_what_it_is_made_on_and_of() throws SourceException {
    var extent =
        new DescriptorExtent(
            11, true, 9426, ExtentType.VMFSSPARSE, Optional.of("a-000001-delta.vmdk"), 0);
    assertEquals(
        new Descriptor(
            0x0a000002,
            0x0abcdef1,
            "vmfsSparse",
            Optional.of("a.vmdk"),
            List.of("ddb.longcontentid=0123456789abcdef0123456789abcdef"),
            List.of(extent),
            9426),
        parse(TEXT));
  }

  @Test
  void line_ends_may_have_carriage_returns() throws SourceException {
    assertEquals(parse(TEXT), parse(TEXT.replace("\n", "\r\n")));
  }

  @Test
  void a_byte_order_mark_may_come_first() throws SourceException {
    assertEquals(parse(TEXT), parse("\ufeff" + TEXT));
  }

  @Test
  void blanks_may_stand_around_everything() throws SourceException {
    assertEquals(parse(TEXT), parse(TEXT.replace("\n", " \t \n")));
    assertEquals(parse(TEXT), parse("  " + TEXT.replace("\n", "\n \t")));
    assertEquals(parse(TEXT), parse(TEXT.replace("=", "  = ")));
    assertEquals(parse(TEXT), parse(TEXT.replace("RW 9426 VMFSSPARSE", "RW\t9426  VMFSSPARSE \t")));
  }

  @Test
  void nul_bytes_end_it() throws SourceException {
    assertEquals(parse(TEXT), parse(TEXT + "\0\0\0rubbish"));
  }

  @Test
  void comments_may_stand_between_any_two_lines() throws SourceException {
    var parsed = parse("#\n\n" + TEXT.replace("\n", "\n# CID=ffffffff \n  #RW 1 ZERO\n"));
    assertEquals(9426, parsed.sectors());
    assertEquals(0x0a000002, parsed.cid());
    assertEquals(1, parsed.extents().size());
  }

  @Test
  void keywords_have_no_case() throws SourceException {
    var odd =
        TEXT.replace("CID=", "cid=")
            .replace("createType", "CREATETYPE")
            .replace("parentFileNameHint", "ParentFilenameHint")
            .replace("RW 9426 VMFSSPARSE", "rw 9426 vmfsSparse");
    assertEquals(parse(TEXT), parse(odd));
    assertEquals("VMFSSPARSE", parse(TEXT.replace("vmfsSparse", "VMFSSPARSE")).createType());
  }

  @Test
  void hexadecimal_digits_have_no_case_and_may_be_few() throws SourceException {
    assertEquals(parse(TEXT), parse(TEXT.replace("0a000002", "A000002")));
    assertEquals(parse(TEXT), parse(TEXT.replace("0abcdef1", "0ABCDEF1")));
  }

  @Test
  void the_order_of_sections_is_all_the_same() throws SourceException {
    var extentsFirst =
        """
        # Extent description
        RW 9426 VMFSSPARSE "a-000001-delta.vmdk"
        #DDB
        ddb.longContentID = "0123456789abcdef0123456789abcdef"
        # Disk DescriptorFile
        parentCID=0abcdef1
        CID=0a000002
        parentFileNameHint="a.vmdk"
        createType="vmfsSparse"
        version=3
        """;
    var parsed = parse(extentsFirst);
    assertEquals(0x0a000002, parsed.cid());
    assertEquals(0x0abcdef1, parsed.parentCid());
    assertEquals(Optional.of("a.vmdk"), parsed.parentHint());
    assertEquals(9426, parsed.sectors());
  }

  @ParameterizedTest
  @CsvSource({
    "windows-1252, B\u00fcro \u20ac.vmdk",
    "GBK, \u78c1\u76d8.vmdk",
    "Big5, \u78c1\u789f.vmdk",
    "Shift_JIS, \u30c7\u30a3\u30b9\u30af.vmdk",
    "UTF-8, B\u00fcro \u78c1\u76d8.vmdk",
  })
  void names_are_in_the_encoding_that_is_given(String encoding, String name)
      throws SourceException {
    var header = TEXT.replace("UTF-8", encoding);
    var database =
        TEXT.replace("encoding=\"UTF-8\"\n", "") + "ddb.encoding = \"" + encoding + "\"\n";
    for (var text : List.of(header, database)) {
      var named = text.replace("a-000001-delta.vmdk", name).replace("a.vmdk", "parent of " + name);
      var parsed = DescriptorText.parse("text", named.getBytes(Charset.forName(encoding)));
      assertEquals(Optional.of(name), parsed.extents().getFirst().fileName());
      assertEquals(Optional.of("parent of " + name), parsed.parentHint());
    }
  }

  @Test
  void a_name_that_is_not_in_its_encoding_is_refused() {
    var broken = TEXT.replace("a.vmdk", "\u00fc.vmdk").getBytes(Charset.forName("windows-1252"));
    var message = refusal(() -> DescriptorText.parse("text", broken));
    assertTrue(message.startsWith("text: a file name is not valid UTF-8"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fffffffe", "0", "00000000", "FFFFFFFE"})
  void odd_content_ids_are_content_ids(String cid) throws SourceException {
    assertEquals(Long.parseLong(cid, 16), parse(TEXT.replace("0a000002", cid)).cid());
  }

  @Test
  void no_parent_is_32_ones() throws SourceException {
    assertTrue(parse(TEXT).hasParent());
    assertTrue(!parse(TEXT.replace("0abcdef1", "FFFFFFFF")).hasParent());
    assertTrue(parse(TEXT.replace("0abcdef1", "fffffff")).hasParent());
  }

  @Test
  void the_same_value_may_be_given_twice_but_no_other() throws SourceException {
    assertEquals(0x0a000002, parse(TEXT + "CID=0a000002\n").cid());
    assertThrows(SourceException.class, () -> parse(TEXT + "CID=0a000003\n"));
  }

  @Test
  void extents_add_up() throws SourceException {
    var parsed =
        parse(
            descriptor("custom")
                .line("RW 7 ZERO")
                .flat(5, "a b", 3)
                .line("RDONLY 1 VMFS \"c\" 0")
                .line("NOACCESS 2 SPARSE \"d\"")
                .text());
    assertEquals(15, parsed.sectors());
    assertEquals(
        List.of(0L, 3L, 0L, 0L),
        parsed.extents().stream().map(DescriptorExtent::startSector).toList());
    assertEquals(
        List.of(true, true, true, false),
        parsed.extents().stream().map(DescriptorExtent::readable).toList());
  }

  private static Descriptor parse(String text) throws SourceException {
    return DescriptorText.parse("text", text.getBytes(UTF_8));
  }
}
