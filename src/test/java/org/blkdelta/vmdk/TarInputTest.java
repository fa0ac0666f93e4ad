package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

class TarInputTest {

  private static final byte[] CONTENT = "content".getBytes(UTF_8);

  @Test
  void members_of_every_dialect_have_their_names_sizes_and_contents() throws IOException {
    var long200 = "folder/".repeat(28) + "x";
    var archive =
        new TarBuilder()
            .file("./posix", CONTENT)
            .header('0', "gnu", TarBuilder.octal(CONTENT.length), "ustar  \0")
            .content(CONTENT)
            .header('\0', "v7", TarBuilder.octal(CONTENT.length), "")
            .content(CONTENT)
            .member('L', "././@LongLink", long200.length() + 1, (long200 + "\0").getBytes(UTF_8))
            .file("folder/folder", CONTENT)
            .pax("path", long200 + "\u00e9")
            .file("cut", CONTENT)
            .pax("mtime", "1.5")
            .member('5', "folder", 0, new byte[0])
            .member('0', "empty", 0, new byte[0])
            .build();
    assertEquals(
        List.of("posix", "gnu", "v7", long200, long200 + "\u00e9", "folder", "empty"),
        names(archive));
    var tar = open(archive);
    for (int i = 0; i < 5; i++) {
      var member = tar.next().orElseThrow();
      assertTrue(member.isFile());
      assertEquals(CONTENT.length, member.size());
      assertArrayEquals(CONTENT, tar.content().readAllBytes());
    }
    assertFalse(tar.next().orElseThrow().isFile());
    assertEquals(0, tar.next().orElseThrow().size());
    assertTrue(tar.next().isEmpty());
  }

  @Test
  void what_another_writer_makes_is_read_as_it_was_meant() throws IOException {
    var random = new Random(7);
    for (int mode :
        new int[] {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX}) {
      var bytes = new ByteArrayOutputStream();
      var names = new ArrayList<String>();
      try (var out = new TarArchiveOutputStream(bytes, UTF_8.name())) {
        out.setLongFileMode(mode);
        out.setAddPaxHeadersForNonAsciiNames(true);
        for (int i = 0; i < 50; i++) {
          var name = "n".repeat(1 + random.nextInt(300)) + (i % 3 == 0 ? "\u00fc" : "") + i;
          var content = new byte[random.nextInt(2000)];
          var entry = new TarArchiveEntry(name);
          entry.setSize(content.length);
          out.putArchiveEntry(entry);
          out.write(content);
          out.closeArchiveEntry();
          names.add(name);
        }
      }
      assertEquals(names, names(bytes.toByteArray()));
    }
  }

  @Test
  void a_size_in_binary_or_in_an_attribute_is_known_beyond_8_gibibytes() throws IOException {
    var binary = ByteBuffer.allocate(12).put(0, (byte) 0x80).putLong(4, 1L << 40).array();
    var large = new TarBuilder().header('0', "a", binary, "ustar  \0").cut();
    assertEquals(1L << 40, open(large).next().orElseThrow().size());
    var attribute = new TarBuilder().pax("size", "1099511627776").file("a", CONTENT).cut();
    assertEquals(1L << 40, open(attribute).next().orElseThrow().size());
  }

  @Test
  void an_archive_that_is_cut_anywhere_is_told_as_cut() throws IOException {
    var whole = new TarBuilder().file("a", CONTENT).pax("path", "b").file("x", CONTENT).build();
    for (int length = 0; length <= whole.length - 1024; length++) {
      var cut = Arrays.copyOf(whole, length);
      var told = assertThrows(SourceException.class, () -> names(cut), "cut at " + length);
      assertTrue(
          String.valueOf(told.getMessage()).contains("the archive is cut off"), told.getMessage());
    }
    assertEquals(List.of("a", "b"), names(whole));
  }

  @Test
  void no_length_in_a_header_is_believed_before_it_is_held_against_a_bound() {
    long half = 512L << 20;
    assertRefused(
        new TarBuilder().member('L', "l", half, CONTENT).cut(), "a name of 536870912 bytes");
    assertRefused(
        new TarBuilder().member('x', "x", half, CONTENT).cut(), "attributes of 536870912");
    assertRefused(
        new TarBuilder().pax("size", "9223372036854775807").file("a", CONTENT).build(),
        "whose size is not a number of bytes");
    assertRefused(
        new TarBuilder().pax("size", "-1").file("a", CONTENT).build(), "not a number of bytes");
    assertRefused(
        new TarBuilder().pax("size", "999999999999999999").file("a", CONTENT).build(), "cut off");
    var record = "999999999 path=a\n".getBytes(UTF_8);
    assertRefused(
        new TarBuilder().member('x', "x", record.length, record).file("a", CONTENT).build(),
        "a pax record whose length is wrong");
    for (var first : new int[] {0xff, 0x81, 0xc0}) {
      var binary = new byte[12];
      Arrays.fill(binary, (byte) 0xff);
      binary[0] = (byte) first;
      assertRefused(
          new TarBuilder().header('0', "a", binary, "ustar  \0").build(), "not a number of bytes");
    }
    assertRefused(
        new TarBuilder().header('0', "a", "not a number".getBytes(ISO_8859_1), "").build(),
        "not a number of bytes");
    var many = new TarBuilder();
    for (int i = 0; i < 10_001; i++) {
      many.file("a", new byte[0]);
    }
    assertRefused(many.build(), "more than 10000 members");
  }

  @Test
  void a_header_is_known_by_its_checksum_alone() {
    var v7 = new TarBuilder().header('\0', "v7", TarBuilder.octal(0), "").cut();
    assertTrue(TarHeader.isOne(ByteBuffer.wrap(v7)));
    v7[0]++;
    assertFalse(TarHeader.isOne(ByteBuffer.wrap(v7)));
    assertFalse(TarHeader.isOne(ByteBuffer.allocate(512)));
    assertFalse(TarHeader.isOne(ByteBuffer.allocate(511)));
    var random = new Random(3);
    for (int i = 0; i < 5000; i++) {
      var noise = new byte[512];
      random.nextBytes(noise);
      assertFalse(TarHeader.isOne(ByteBuffer.wrap(noise)), "of seed 3");
    }
  }

  private static void assertRefused(byte[] archive, String because) {
    var told = assertThrows(SourceException.class, () -> names(archive));
    assertTrue(String.valueOf(told.getMessage()).contains(because), told.getMessage());
  }

  private static TarInput open(byte[] archive) {
    return new TarInput(new ByteArrayInputStream(archive), "x.tar");
  }

  private static List<String> names(byte[] archive) throws IOException {
    var found = new ArrayList<String>();
    var tar = open(archive);
    for (var next = tar.next(); next.isPresent(); next = tar.next()) {
      found.add(next.get().name());
    }
    return found;
  }
}
