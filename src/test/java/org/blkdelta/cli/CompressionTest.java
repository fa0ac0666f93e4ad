package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compressed connections, by a remote shell that runs the program on this machine.
class CompressionTest {

  private static final int SIZE = 4 << 20;

  @TempDir Path folder;

  private List<Object> options;
  private Path source;
  private Path copy;

  @BeforeEach
  void aVolumeThatPacksWell() throws IOException {
    options = new VolumeImages(folder, 1).thisMachine();
    var content = new byte[SIZE];
    for (int at = 0; at < SIZE; at++) {
      content[at] = (byte) (at >> 7);
    }
    source = Files.write(folder.resolve("web.img"), content);
    copy = Files.write(folder.resolve("copy.img"), new byte[SIZE]);
  }

  @Test
  void it_works_both_ways_and_is_counted_as_it_travels() throws IOException {
    for (var way : List.of(List.of(source, "new:" + copy), List.of("old:" + source, copy))) {
      Files.write(copy, new byte[SIZE]);
      long plain = copied(way, "--json");
      assertTrue(plain > SIZE, plain + " bytes");
      Files.write(copy, new byte[SIZE]);
      long packed = copied(way, "--json", "--compress=3");
      assertTrue(packed < SIZE / 8, packed + " bytes");
    }
  }

  @Test
  void changes_are_sent_compressed_too() throws IOException {
    for (var how : List.of("-z", "--compress=auto", "--compress=19")) {
      var web = Scratch.with543(folder);
      var words = web.source("new:" + web.copy);
      VolumeImages.run(options, with(words, "sync", how)).ok();
      assertTrue(web.copyIsCurrent(), how);
    }
  }

  @Test
  void what_fails_at_the_far_end_is_told_as_ever() {
    for (var way :
        List.of(
            List.of("old:" + folder.resolve("absent"), copy),
            List.of(source, "new:" + folder.resolve("absent")))) {
      var plain = VolumeImages.run(options, with(way.toArray(), "copy"));
      var packed = VolumeImages.run(options, with(way.toArray(), "copy", "-z"));
      assertEquals(plain.status(), packed.status());
      assertEquals(plain.stderr(), packed.stderr());
    }
  }

  @Test
  void a_far_end_that_sends_something_else_is_refused() throws IOException {
    var before = Files.readAllBytes(copy);
    for (var noise : List.of("echo Welcome #", "yes #", "cat " + source + " #", "true")) {
      var shell = options.subList(0, 2);
      var words = new Object[] {"copy", "-z", "--remote-command", noise, "old:/dev/x", copy};
      var run = VolumeImages.run(shell, words);
      assertEquals(6, run.status(), noise + run.stderr());
    }
    assertArrayEquals(before, Files.readAllBytes(copy));
  }

  @Test
  void a_connection_that_is_cut_is_no_success() throws IOException {
    var cutting = folder.resolve("cutting");
    var program = folder.resolve("blkdelta");
    Files.writeString(
        cutting, "sh %s \"$@\" | dd bs=1 count=50000 status=none\n".formatted(program));
    var shell = options.subList(0, 2);
    var cut =
        VolumeImages.run(
            shell, "copy", "-z", "--remote-command", "sh " + cutting, "old:" + source, copy);
    assertTrue(List.of(4, 7).contains(cut.status()), cut.stderr());
    assertTrue(cut.stderr().contains("the stream is cut off"), cut.stderr());
  }

  @Test
  void between_files_of_this_machine_it_does_nothing() throws IOException {
    var run = Cli.run("copy", "-z", "--json", source, copy).ok();
    assertEquals(0, wireBytes(run));
    assertEquals(-1, Files.mismatch(source, copy));
  }

  @Test
  void a_level_that_there_is_not_is_refused() {
    for (var how : List.of("0", "20", "-1", "fast", "", "01", "1.5", "100")) {
      var run = Cli.run("copy", "--compress=" + how, source, copy);
      assertEquals(2, run.status(), how);
      assertTrue(run.stderr().contains("write auto, or a level from 1 to 19"), run.stderr());
    }
  }

  private long copied(List<?> way, Object... more) throws IOException {
    var words = with(way.toArray(), "copy", more);
    long wireBytes = wireBytes(VolumeImages.run(options, words).ok());
    assertEquals(-1, Files.mismatch(source, copy));
    return wireBytes;
  }

  private static long wireBytes(Cli.Run run) {
    return JsonParser.parseString(run.stdout()).getAsJsonObject().get("wireBytes").getAsLong();
  }

  private static Object[] with(Object[] operands, String command, Object... more) {
    var words = new Object[1 + more.length + operands.length];
    words[0] = command;
    System.arraycopy(more, 0, words, 1, more.length);
    System.arraycopy(operands, 0, words, 1 + more.length, operands.length);
    return Arrays.copyOf(words, words.length);
  }
}
