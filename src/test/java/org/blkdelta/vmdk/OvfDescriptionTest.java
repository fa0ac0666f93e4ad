package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.failure.SourceException;
import org.blkdelta.vmdk.OvfDescription.Disk;
import org.junit.jupiter.api.Test;

class OvfDescriptionTest {

  private static final String TEXT =
      """
      <?xml version="1.0" encoding="ENCODING"?>
      <!-- <Disk ovf:diskId="old"/> -->
      <!DOCTYPE Envelope SYSTEM "x.dtd">
      <ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
        <ovf:DiskSection>
          <Info>a &lt;Disk&gt;, <![CDATA[ <Disk> ]]> </Info>
          <ovf:Disk ovf:diskId='d1' ovf:fileRef='f1' ovf:capacity="10"></ovf:Disk>
          <Disk ovf:diskId="d2"
                ovf:fileRef="f2" ovf:parentRef="d1" />
          <Disk diskId="d3" title="a > b"/>
          <Disk diskId="d4" fileRef="f4"/>
          <DiskImage fileRef="f1"/>
        </ovf:DiskSection>
        <References>
          <File ovf:href="a%20b.vmdk" ovf:id="f1"/>
          <ovf:File ovf:id="f2" ovf:href="./c&amp;d+.vmdk" ovf:chunkSize="2147483648"/>
          <File ovf:id="f4" ovf:href="100%.vmdk"/>
        </References>
      </ovf:Envelope>
      """;

  private static final List<Disk> DISKS =
      List.of(
          new Disk(Optional.of("a b.vmdk"), false, false),
          new Disk(Optional.of("c&d+.vmdk"), true, true),
          new Disk(Optional.empty(), false, false),
          new Disk(Optional.of("100%.vmdk"), false, false));

  @Test
  void disks_are_found_with_their_files_in_every_encoding() throws SourceException {
    for (Charset charset : List.of(UTF_8, UTF_16, UTF_16LE, UTF_16BE)) {
      assertEquals(
          DISKS, OvfDescription.parse("x", TEXT.getBytes(charset)).disks(), charset.name());
    }
    assertEquals(DISKS, OvfDescription.parse("x", ("\ufeff" + TEXT).getBytes(UTF_16LE)).disks());
    assertEquals(DISKS, OvfDescription.parse("x", ("\ufeff" + TEXT).getBytes(UTF_8)).disks());
  }

  @Test
  void a_name_in_any_case_is_a_description() {
    for (var name : List.of("vm.ovf", "VM.OVF", "a/b.Ovf", ".ovf")) {
      assertTrue(OvfDescription.isName(name), name);
    }
    for (var name : List.of("vm.mf", "ovf", "vm.ovf.bak", "")) {
      assertTrue(!OvfDescription.isName(name), name);
    }
  }

  @Test
  void what_is_cut_is_refused_and_not_half_a_list() {
    int last = TEXT.lastIndexOf("</ovf:Envelope>");
    for (int length = TEXT.indexOf("<ovf:Disk "); length < last; length++) {
      var cut = TEXT.substring(0, length);
      if (cut.lastIndexOf('<') > cut.lastIndexOf('>')) {
        assertThrows(
            SourceException.class, () -> OvfDescription.parse("x", cut.getBytes(UTF_8)), cut);
      }
    }
  }

  @Test
  void hostile_documents_end_in_time_bounded_by_their_length() {
    for (var piece :
        List.of("<", "<!--", "<Disk a=\"", "<Disk ", "&", "<![CDATA[", "<?", "</", "\"")) {
      var bytes = piece.repeat((4 << 20) / piece.length()).getBytes(UTF_8);
      assertTimeout(Duration.ofSeconds(20), () -> parsed(bytes), piece);
    }
    var random = new Random(11);
    for (int i = 0; i < 300; i++) {
      var bytes = TEXT.getBytes(UTF_8);
      for (int n = 0; n < 8; n++) {
        bytes[random.nextInt(bytes.length)] = (byte) "<>\"'&;/=!-[]".charAt(random.nextInt(12));
      }
      parsed(bytes);
    }
  }

  /// Whatever comes of it is a list or a refusal.
  private static void parsed(byte[] bytes) {
    try {
      OvfDescription.parse("x", bytes);
    } catch (SourceException refused) {
      assertTrue(String.valueOf(refused.getMessage()).contains("is not XML"));
    }
  }
}
