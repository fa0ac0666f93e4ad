package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.blkdelta.vmdk.TarBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `apply` with OVA archives: the same answer in any order of their members, from a file and from a
/// pipe, or a refusal before anything is written.
class OvaTest {

  @TempDir private Path folder;

  private byte[] disk;
  private Path copy;

  @BeforeEach
  void aDiskAndADestination() throws IOException {
    disk = DiskStreamTest.export().directoryAtEnd().build().bytes();
    copy = folder.resolve("copy.img");
    copyAnew();
  }

  @Test
  void the_only_disk_is_found_by_the_description_wherever_that_is() throws IOException {
    var ovf = description("vm-disk1.vmdk").getBytes(UTF_8);
    var first = new TarBuilder().file("vm.ovf", ovf).file("vm-disk1.vmdk", disk).build();
    assertWritten(first);
    var last =
        new TarBuilder()
            .file("vm.mf", new byte[10])
            .file("vm-disk1.vmdk", disk)
            .file("vm.ovf", ovf)
            .build();
    assertWrittenFromFile(last);
    var stray =
        new TarBuilder()
            .file("vm.ovf", ovf)
            .file("stray.vmdk", DiskStreamTest.export().build().bytes())
            .file("vm-disk1.vmdk", disk)
            .build();
    assertWritten(stray);
    var named = new TarBuilder().file("VM.OVF", ovf).file("./vm-disk1.vmdk", disk).build();
    assertWritten(named);
  }

  @Test
  void a_pipe_that_cannot_know_yet_is_refused_before_anything_is_written() throws IOException {
    var last =
        new TarBuilder()
            .file("vm-disk1.vmdk", disk)
            .file("vm.ovf", description("vm-disk1.vmdk").getBytes(UTF_8))
            .build();
    var refused = piped(last);
    assertEquals(2, refused.status());
    assertEquals(
        "blkdelta: standard input: vm-disk1.vmdk comes before the description (OVF), so it is not known yet which disks there are; name the disk by --member, or give the archive as a file\n",
        refused.stderr());
    assertUntouched();
    assertEquals(0, piped(last, "--member=vm-disk1.vmdk").status());
    assertArrayEquals(DiskStreamTest.expected(), Files.readAllBytes(copy));
  }

  @Test
  void of_several_disks_one_has_to_be_named_in_any_order() throws IOException {
    var text = description("a.vmdk", "b.vmdk");
    for (var name : List.of("vm.ovf", "VM.OVF")) {
      for (var encoded :
          List.of(text.getBytes(UTF_8), text.getBytes(UTF_16), text.getBytes(UTF_16LE))) {
        var first = new TarBuilder().file(name, encoded).file("a.vmdk", disk).file("b.vmdk", disk);
        var middle = new TarBuilder().file("a.vmdk", disk).file(name, encoded).file("b.vmdk", disk);
        var last = new TarBuilder().file("a.vmdk", disk).file("b.vmdk", disk).file(name, encoded);
        for (var order : List.of(first, middle, last)) {
          var ova = order.build();
          var refused = fromFile(ova);
          assertEquals(2, refused.status());
          assertEquals(
              "blkdelta: %s: has 2 disks (a.vmdk, b.vmdk); name one by --member\n"
                  .formatted(folder.resolve("vm.ova")),
              refused.stderr());
          assertEquals(2, piped(ova).status());
          assertUntouched();
          for (var member : List.of("a.vmdk", "./b.vmdk")) {
            assertEquals(0, fromFile(ova, "--member=" + member).status());
            assertEquals(0, piped(ova, "--member=" + member).status());
            assertArrayEquals(DiskStreamTest.expected(), Files.readAllBytes(copy));
            copyAnew();
          }
          var absent = piped(ova, "--member=c.vmdk");
          assertEquals(4, absent.status());
          assertTrue(absent.stderr().contains("has no disk c.vmdk in it"), absent.stderr());
          assertEquals(4, fromFile(ova, "--member=c.vmdk").status());
        }
      }
    }
  }

  @Test
  void without_a_description_only_a_file_with_one_disk_is_clear() throws IOException {
    var one = new TarBuilder().file("readme", new byte[3]).file("a.vmdk", disk).build();
    assertWrittenFromFile(one);
    assertEquals(2, piped(one).status());
    var two = new TarBuilder().file("a.vmdk", disk).file("b", disk).build();
    var refused = fromFile(two);
    assertEquals(2, refused.status());
    assertTrue(refused.stderr().contains("has 2 disks (a.vmdk, b)"), refused.stderr());
    assertUntouched();
    var none = new TarBuilder().file("readme", new byte[3]).build();
    assertEquals(4, fromFile(none).status());
    assertEquals(4, piped(none).status());
  }

  @Test
  void a_description_that_is_a_delta_or_names_no_file_or_is_cut_is_refused() throws IOException {
    var delta = description("a.vmdk").replace("ovf:diskId", "ovf:parentRef='x' ovf:diskId");
    assertRefused(4, "the delta of another", delta);
    var unnamed = description("a.vmdk").replace("fileRef", "other");
    assertRefused(2, "does not name the file of its disk", unnamed);
    assertRefused(4, "is not XML, or was cut", description("a.vmdk") + "<Disk ");
    assertRefused(4, "has no disk in it", "<Envelope/>");
    assertRefused(4, "has no disk b.vmdk in it", description("b.vmdk"));
  }

  @Test
  void an_archive_that_is_cut_anywhere_in_its_disk_is_damaged_not_a_bug() throws IOException {
    var ovf = description("a.vmdk").getBytes(UTF_8);
    var whole = new TarBuilder().file("vm.ovf", ovf).file("a.vmdk", disk).build();
    int start = whole.length - disk.length;
    for (int length = 2048; length < start + disk.length * 9 / 10; length += 2500) {
      var cut = Arrays.copyOf(whole, length);
      var fromPipe = piped(cut);
      assertTrue(List.of(4, 7).contains(fromPipe.status()), length + ": " + fromPipe.stderr());
      copyAnew();
      assertEquals(4, fromFile(cut).status(), "cut at " + length);
      assertUntouched();
    }
  }

  @Test
  void a_disk_that_is_packed_once_more_is_read() throws IOException {
    var ovf = description("a.vmdk.gz").replace("ovf:href", "ovf:compression='gzip' ovf:href");
    var packed = gzip(disk);
    assertWritten(
        new TarBuilder().file("vm.ovf", ovf.getBytes(UTF_8)).file("a.vmdk.gz", packed).build());
    packed[packed.length / 2] ^= 1;
    copyAnew();
    var damaged =
        new TarBuilder().file("vm.ovf", ovf.getBytes(UTF_8)).file("a.vmdk.gz", packed).build();
    var refused = fromFile(damaged);
    assertEquals(4, refused.status(), refused.stderr());
    assertUntouched();
    int fromPipe = piped(damaged).status();
    assertTrue(fromPipe == 4 || fromPipe == 7, "status " + fromPipe);
  }

  @Test
  void a_disk_in_pieces_is_never_taken_for_its_first_piece() throws IOException {
    int half = disk.length / 2 & -512;
    var ovf = description("a.vmdk").replace("ovf:href", "ovf:chunkSize='1024' ovf:href");
    for (var text : List.of(ovf, description("a.vmdk.000000000"))) {
      var pieces =
          new TarBuilder()
              .file("vm.ovf", text.getBytes(UTF_8))
              .file("a.vmdk.000000000", Arrays.copyOf(disk, half))
              .file("a.vmdk.000000001", Arrays.copyOfRange(disk, half, disk.length))
              .build();
      for (var member : List.of(new String[0], new String[] {"--member=a.vmdk.000000000"})) {
        for (var refused : List.of(fromFile(pieces, member), piped(pieces, member))) {
          assertEquals(4, refused.status(), refused.stderr());
          assertTrue(
              refused
                  .stderr()
                  .contains(
                      "a.vmdk is in pieces; unpack the archive (tar -xf), and join"
                          + " them: cat a.vmdk.0* | blkdelta apply - DESTINATION"),
              refused.stderr());
        }
      }
    }
    var piece = Files.write(folder.resolve("a.vmdk.000000000"), Arrays.copyOf(disk, half));
    var alone = Cli.run("apply", piece, copy);
    assertEquals(4, alone.status());
    assertTrue(alone.stderr().contains("is a piece of a disk"), alone.stderr());
    assertUntouched();
    Cli.run("apply", "-q", "--member=a.vmdk", archived(disk), copy).ok();
  }

  @Test
  void an_archive_that_is_cut_is_the_sources_fault_and_nothing_is_written_of_a_file()
      throws IOException {
    var ovf = description("a.vmdk").getBytes(UTF_8);
    var whole = new TarBuilder().file("vm.ovf", ovf).file("a.vmdk", disk).build();
    for (int length = 512; length < whole.length - 2048; length += 509) {
      var cut = Arrays.copyOf(whole, length);
      var refused = fromFile(cut);
      assertEquals(4, refused.status(), length + ": " + refused.stderr());
      assertTrue(refused.stderr().contains("the archive is cut off"), refused.stderr());
      assertUntouched();
      var run = piped(cut);
      assertTrue(run.status() == 4 || run.status() == 7, length + ": " + run.stderr());
      assertTrue(
          run.stderr().contains("standard input: at byte " + length + ": the archive is cut off"),
          run.stderr());
      copyAnew();
    }
  }

  @Test
  void an_archive_with_the_description_last_that_is_cut_is_not_taken_for_one_without()
      throws IOException {
    var whole =
        new TarBuilder()
            .file("a.vmdk", disk)
            .file("b.vmdk", disk)
            .file("vm.ovf", description("a.vmdk", "b.vmdk").getBytes(UTF_8))
            .build();
    int afterFirst = 512 + Math.ceilDiv(disk.length, 512) * 512;
    for (int length : new int[] {afterFirst, afterFirst + 512, 2 * afterFirst}) {
      var refused = fromFile(Arrays.copyOf(whole, length));
      assertEquals(4, refused.status(), refused.stderr());
      assertTrue(refused.stderr().contains("the archive is cut off"), refused.stderr());
      assertUntouched();
    }
  }

  @Test
  void packed_archives_are_refused_with_what_unpacks_them() throws IOException {
    var ova = archived(disk);
    var packed = Files.write(folder.resolve("vm.ova.gz"), gzip(Files.readAllBytes(ova)));
    var refused = Cli.run("apply", packed, copy);
    assertEquals(4, refused.status());
    assertTrue(
        refused.stderr().contains("gunzip -c " + packed + " | blkdelta apply - DESTINATION"),
        refused.stderr());
    assertUntouched();
  }

  private void assertRefused(int status, String because, String description) throws IOException {
    var ova =
        new TarBuilder().file("vm.ovf", description.getBytes(UTF_8)).file("a.vmdk", disk).build();
    for (var refused : List.of(fromFile(ova), piped(ova))) {
      assertEquals(status, refused.status(), refused.stderr());
      assertTrue(refused.stderr().contains(because), refused.stderr());
    }
    assertUntouched();
  }

  private void assertWritten(byte[] ova) throws IOException {
    assertWrittenFromFile(ova);
    assertEquals("", piped(ova, "-q").ok().stderr());
    assertArrayEquals(DiskStreamTest.expected(), Files.readAllBytes(copy));
    copyAnew();
  }

  private void assertWrittenFromFile(byte[] ova) throws IOException {
    assertEquals("", fromFile(ova, "-q").ok().stderr());
    assertArrayEquals(DiskStreamTest.expected(), Files.readAllBytes(copy));
    copyAnew();
  }

  private void assertUntouched() throws IOException {
    assertArrayEquals(rubbish(), Files.readAllBytes(copy));
  }

  private Cli.Run fromFile(byte[] ova, String... options) throws IOException {
    var file = Files.write(folder.resolve("vm.ova"), ova);
    return Cli.run(words(file, options));
  }

  private Cli.Run piped(byte[] ova, String... options) {
    return new Cli().reading(ova).with(words("-", options));
  }

  private Object[] words(Object stream, String... options) {
    var words = new ArrayList<Object>(List.of("apply"));
    words.addAll(Arrays.asList(options));
    words.addAll(List.of(stream, copy));
    return words.toArray();
  }

  private Path archived(byte[] content) throws IOException {
    var ova = new TarBuilder().file("a.vmdk", content).build();
    return Files.write(folder.resolve("plain.ova"), ova);
  }

  private void copyAnew() throws IOException {
    Files.write(copy, rubbish());
  }

  private static byte[] rubbish() {
    var bytes = new byte[DiskStreamTest.expected().length];
    Arrays.fill(bytes, (byte) 0x55);
    return bytes;
  }

  private static String description(String... files) {
    var text = new StringBuilder("<?xml version='1.0'?><Envelope><References>");
    for (var file : files) {
      text.append("<File ovf:id=\"f-%s\" ovf:href=\"%s\"/>".formatted(file, file));
    }
    text.append("</References><DiskSection>");
    for (var file : files) {
      text.append("<Disk ovf:diskId=\"d\" ovf:fileRef=\"f-%s\"/>".formatted(file));
    }
    return text.append("</DiskSection></Envelope>").toString();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }
}
