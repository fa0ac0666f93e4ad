package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `inspect` of files that are not snapshots.
class InspectFileTest {

  @TempDir private Path folder;
  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void a_change_stream_says_what_it_is_of_and_that_it_is_complete() throws IOException {
    var delta = dumped();
    assertEquals(
        """
        format:    a change stream
        volume:    64 KiB (65536 bytes)
        from:      unknown
        to:        unknown
        changes:   12 KiB, of these 4 KiB of zeros, in 1 extent
        complete:  yes
        to use it: blkdelta apply %s DESTINATION
        """
            .formatted(delta),
        Cli.run("inspect", delta).ok().stdout());
    var object = json(Cli.run("inspect", "--json", delta).ok());
    assertEquals("change-stream", object.get("format").getAsString());
    assertEquals(65_536, object.get("volumeSize").getAsLong());
    assertEquals(12_288, object.get("bytes").getAsLong());
    assertEquals(4_096, object.get("zeroBytes").getAsLong());
    assertEquals(1, object.get("extents").getAsLong());
    assertFalse(object.get("whole").getAsBoolean());
    assertTrue(object.get("complete").getAsBoolean());
    assertTrue(object.getAsJsonObject("state").get("valid").getAsBoolean());
  }

  @Test
  void a_stream_that_was_cut_is_told_and_is_exit_4() throws IOException {
    var delta = dumped();
    var bytes = Files.readAllBytes(delta);
    Files.write(delta, Arrays.copyOf(bytes, bytes.length - 1));
    var run = Cli.run("inspect", delta);
    assertEquals(4, run.status());
    assertTrue(run.stdout().contains("complete:  no: it was cut or damaged\n"), run.stdout());
    assertTrue(run.stdout().endsWith("to use it: make it again: it is damaged\n"), run.stdout());
    assertTrue(run.stderr().contains("the stream is cut off"), run.stderr());
    var object = json(Cli.run("inspect", "--json", delta));
    assertFalse(object.get("complete").getAsBoolean());
    var reason = object.getAsJsonObject("state").get("reason").getAsString();
    assertEquals(run.stderr(), "blkdelta: " + reason + "\n");
  }

  @Test
  void an_undo_file_names_its_run_and_what_to_do_after_an_interruption() throws IOException {
    var undo = folder.resolve("web.undo");
    new Cli()
        .with("sync", "--base=assume", "--undo", undo, "--origin", web.origin, web.store, web.copy)
        .ok();
    var told = Cli.run("inspect", undo).ok().stdout();
    assertTrue(told.startsWith("format:    an undo file, of the run "), told);
    assertTrue(told.contains("\ncomplete:  yes\n"), told);
    var object = json(Cli.run("inspect", "--json", undo).ok());
    assertEquals("undo", object.get("format").getAsString());
    assertTrue(told.contains(object.get("undoes").getAsString()), told);

    var bytes = Files.readAllBytes(undo);
    Files.write(undo, Arrays.copyOf(bytes, bytes.length - 10));
    var cut = Cli.run("inspect", undo);
    assertEquals(4, cut.status());
    assertTrue(cut.stdout().contains("complete:  no: the run was interrupted"), cut.stdout());
    assertTrue(
        cut.stdout().endsWith("blkdelta apply --undo-of-interrupted " + undo + " DESTINATION\n"),
        cut.stdout());
  }

  @Test
  void a_stream_of_lvmsync_does_not_tell_all() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeBytes("lvmsync PROTO[3]\n");
    out.writeLong(4096);
    out.writeInt(3);
    out.writeBytes("abc");
    var stream = file("web.lvmsync", bytes.toByteArray());
    var told = Cli.run("inspect", stream).ok().stdout();
    assertTrue(told.startsWith("format:    a change stream of lvmsync\nvolume:    unknown"), told);
    assertTrue(told.contains("\ncomplete:  unknown: "), told);
    var object = json(Cli.run("inspect", "--json", stream).ok());
    assertEquals("lvmsync", object.get("format").getAsString());
    assertEquals(3, object.get("bytes").getAsLong());
    assertFalse(object.has("volumeSize"));
    assertFalse(object.has("complete"));
  }

  @Test
  void an_image_of_another_format_is_named_with_its_way() throws IOException {
    var image = file("vm.img", Arrays.copyOf("QFI\u00fb\0\0\0\3".getBytes(ISO_8859_1), 4096));
    var told = Cli.run("inspect", image).ok().stdout();
    assertTrue(
        told.startsWith(
            "format:    a qcow2 image\nsize:      4 KiB (4096 bytes)\ndisk:      none to be read as it is: "),
        told);
    var object = json(Cli.run("inspect", "--json", image).ok());
    assertEquals("qcow2", object.get("format").getAsString());
    assertEquals(4096, object.get("size").getAsLong());
    assertTrue(object.get("advice").getAsString().contains("blkdelta copy " + image));
    assertTrue(
        Cli.run("inspect", "--raw", image).ok().stdout().startsWith("format:    raw disk\n"));
  }

  @Test
  void the_disk_in_an_image_is_told() throws IOException {
    Programs.require("qemu-img", "qemu-nbd");
    var image = folder.resolve("vm.qcow2").toString();
    Programs.run("qemu-img", "create", "-q", "-f", "qcow2", image, "3M");
    var told = Cli.run("inspect", image).ok().stdout();
    assertTrue(told.contains("\ndisk:      3 MiB (3145728 bytes)\n"), told);
    var object = json(Cli.run("inspect", "--json", image).ok());
    assertEquals(3 << 20, object.get("diskSize").getAsLong());
  }

  @Test
  void a_raw_disk_says_what_it_holds() throws IOException {
    var bytes = new byte[1 << 20];
    System.arraycopy("LUKS\u00ba\u00be\0\2".getBytes(ISO_8859_1), 0, bytes, 0, 8);
    var luks = json(Cli.run("inspect", "--raw", "--json", file("luks.img", bytes)).ok());
    assertEquals("raw", luks.get("format").getAsString());
    assertFalse(luks.has("advice"));

    var swap = new byte[1 << 20];
    System.arraycopy("SWAPSPACE2".getBytes(ISO_8859_1), 0, swap, 4086, 10);
    swap[1024] = 1; // version
    swap[1028] = (byte) 255; // last page
    var told = Cli.run("inspect", file("swap.img", swap)).ok().stdout();
    assertEquals(
        "format:    raw disk\nsize:      1 MiB (1048576 bytes)\ncontent:   holds swap space\n",
        told);
    assertTrue(
        Cli.run("inspect", file("zeros", new byte[4096]))
            .ok()
            .stdout()
            .endsWith("nothing known\n"));
  }

  @Test
  void the_map_of_a_whole_disk_shows_what_it_holds() throws IOException {
    var disk = folder.resolve("disk.img");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(256 << 10);
      file.seek(128 << 10);
      file.write("x".repeat(64 << 10).getBytes(ISO_8859_1));
    }
    var map = Cli.run("inspect", "--map", disk).ok().stdout().lines().toList();
    assertEquals(" " + "·".repeat(32) + "█".repeat(16) + "·".repeat(16), map.getFirst());
    assertTrue(map.getLast().startsWith(" each cell 4 KiB: · no data, ░ up to a third, "));
    assertEquals(
        "0 131072 zero\n131072 65536 data\n196608 65536 zero\n",
        Cli.run("inspect", "--extents", disk).ok().stdout());
  }

  @Test
  void a_streams_extents_and_map_are_those_of_its_source() throws IOException {
    var delta = dumped();
    for (var view : new String[] {"--extents", "--map"}) {
      var source = Cli.run("inspect", view, "--origin", web.origin, web.store).ok().stdout();
      var stream = Cli.run("inspect", view, delta).ok().stdout();
      assertEquals(
          source.replace("12288 12288 data", "12288 4096 data\n16384 4096 zero\n20480 4096 data"),
          stream);
    }
  }

  @Test
  void a_file_that_is_no_disk_says_the_same_whatever_is_asked() throws IOException {
    var image = file("vm.qcow2", Arrays.copyOf("QFI\u00fb\0\0\0\3".getBytes(ISO_8859_1), 4096));
    for (var view : new String[] {"--extents", "--map"}) {
      var run = Cli.run("inspect", view, image);
      assertEquals(4, run.status(), run.stderr());
      assertTrue(run.stderr().contains("is a qcow2 image"), run.stderr());
      var store = Cli.run("inspect", view, web.store);
      assertTrue(store.stderr().contains("--origin"), store.stderr());
    }
  }

  @Test
  void a_name_that_is_not_true_is_told() throws IOException {
    var told = Cli.run("inspect", file("vm.qcow2", new byte[4096])).ok().stdout();
    assertTrue(
        told.endsWith("\nname:      says that it is a qcow2 image, which it is not\n"), told);
    var empty = Cli.run("inspect", file("empty.qcow2", new byte[0]));
    assertEquals(4, empty.status());
    assertTrue(empty.stderr().contains("is empty (0 bytes)"), empty.stderr());
  }

  @Test
  void an_exception_store_by_itself_asks_for_its_origin() {
    var told = Cli.run("inspect", web.store).ok().stdout();
    assertTrue(told.startsWith("format:    raw disk\n"), told);
    assertTrue(
        told.endsWith("name the origin: blkdelta inspect --origin ORIGIN " + web.store + "\n"),
        told);
  }

  @Test
  @Timeout(60)
  void what_is_neither_a_file_nor_a_device_is_refused_at_once() throws IOException {
    Programs.require("mkfifo");
    var pipe = folder.resolve("pipe");
    Programs.run("mkfifo", pipe.toString());
    for (var other : new Path[] {pipe, folder, Path.of("/dev/zero")}) {
      var refused = Cli.run("inspect", other);
      assertEquals(4, refused.status());
      assertEquals(
          "blkdelta: %s: is neither a block device nor a file; name one\n".formatted(other),
          refused.stderr());
    }
    assertEquals(4, Cli.run("sync", "--origin", web.origin, pipe, web.copy).status());
  }

  private Path dumped() throws IOException {
    var run = Cli.run("dump", "--origin", web.origin, web.store).ok();
    return file("web.delta", run.bytes());
  }

  private static JsonObject json(Cli.Run run) {
    return JsonParser.parseString(run.stdout()).getAsJsonObject();
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
