package org.blkdelta.cli;

import static org.blkdelta.cli.VolumeImages.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyCommandTest {

  private static final int SIZE = 3_000_001;

  @TempDir Path folder;

  private Path source;

  @BeforeEach
  void aVolume() throws IOException {
    source = new VolumeImages(folder, 1).image("web.img", SIZE);
  }

  @Test
  void whatever_the_destination_held_it_becomes_the_source() throws IOException {
    for (long seed = 0; seed < 30; seed++) {
      var volumes = new VolumeImages(folder, seed);
      var from = volumes.image("from", SIZE);
      var to = volumes.image("to", SIZE);
      Cli.run("copy", from, to).ok();
      assertEquals(-1, Files.mismatch(from, to), "seed " + seed);
    }
  }

  @Test
  void it_goes_to_another_machine_and_comes_from_one() throws IOException {
    var volumes = new VolumeImages(folder, 2);
    var options = volumes.thisMachine();
    var there = volumes.image("there", SIZE);
    run(options, "copy", source, "new:" + there).ok();
    assertEquals(-1, Files.mismatch(source, there));
    var here = volumes.image("here", SIZE);
    run(options, "copy", "old:" + source, here).ok();
    assertEquals(-1, Files.mismatch(source, here));
  }

  @Test
  void what_was_copied_is_read_back_where_that_is_wanted() throws IOException {
    var volumes = new VolumeImages(folder, 2);
    var options = volumes.thisMachine();
    var there = volumes.image("there", SIZE);
    var here = volumes.image("here", SIZE);
    run(options, "copy", "--verify", source, "new:" + there).ok();
    run(options, "copy", "--verify", "old:" + source, here).ok();
    assertEquals(-1, Files.mismatch(source, there));
    assertEquals(-1, Files.mismatch(source, here));

    var told =
        new Cli()
            .telling(line -> damageWhenCompared(line, here))
            .with("copy", "--verify", "--progress=json", source, here);
    assertEquals(8, told.status(), told.stderr());
    assertTrue(told.stderr().contains("read-back differs in 1 extent; "), told.stderr());
    Cli.run("copy", "--verify", "--dry-run", source, here).ok();
    assertEquals(SIZE - 1, Files.mismatch(source, here));
  }

  private static void damageWhenCompared(String told, Path copy) {
    if (told.contains("\"phase\":\"comparing\"")) {
      try (var file = new RandomAccessFile(copy.toFile(), "rw")) {
        file.seek(SIZE - 1);
        int last = file.read();
        file.seek(SIZE - 1);
        file.write(~last);
      } catch (IOException fault) {
        throw new UncheckedIOException(fault);
      }
    }
  }

  @Test
  void a_file_that_was_to_be_made_is_not_overwritten_unless_it_is_a_copy_or_empty()
      throws IOException {
    var volumes = new VolumeImages(folder, 5);
    var options = volumes.thisMachine();
    var made = folder.resolve("made");
    for (Object there : List.of(made, "new:" + made)) {
      var first = run(options, "copy", "--create", source, there).ok();
      var told = "blkdelta: creating sparse file %s (".formatted(there);
      assertTrue(first.stderr().startsWith(told), first.stderr());
      assertFalse(first.stderr().contains("warning"), first.stderr());
      var again = run(options, "copy", "--create", source, there).ok();
      assertFalse(again.stderr().contains("creating"), again.stderr());
      Files.delete(made);
      try (var hollow = new RandomAccessFile(made.toFile(), "rw")) {
        hollow.setLength(SIZE);
      }
      run(options, "copy", "--create", source, there).ok();

      Files.delete(made);
      var others = Files.write(made, filled());
      var before = Files.readAllBytes(others);
      var refused = run(options, "copy", "--create", source, there);
      assertEquals(5, refused.status(), refused.stderr());
      assertTrue(
          refused.stderr().contains(made + ": exists, and is not known as a copy"),
          refused.stderr());
      assertTrue(refused.stderr().endsWith("overwrite it: --overwrite\n"), refused.stderr());
      assertArrayEquals(before, Files.readAllBytes(others));
      var forced = run(options, "copy", "--create", "--overwrite", source, there).ok();
      assertFalse(forced.stderr().contains("warning"), forced.stderr());
      assertEquals(-1, Files.mismatch(source, made));
      Files.delete(made);
    }
  }

  @Test
  void what_fails_at_the_far_end_has_its_exit_code_and_writes_nothing() throws IOException {
    var volumes = new VolumeImages(folder, 3);
    var options = volumes.thisMachine();
    var here = volumes.image("here", SIZE);
    var before = Files.readAllBytes(here);
    var absent = run(options, "copy", "old:" + folder.resolve("absent"), here);
    assertEquals(4, absent.status(), absent.stderr());
    assertTrue(absent.stderr().contains("no such file or directory"), absent.stderr());
    var itself = run(options, "copy", "old:" + here, here);
    assertEquals(5, itself.status(), itself.stderr());
    assertTrue(itself.stderr().contains("is the source, or on the same device"), itself.stderr());
    var nowhere = List.<Object>of("-e", "sh " + folder.resolve("remote-shell"));
    var unknown = run(nowhere, "copy", "--remote-command", "/no/blkdelta", "old:" + source, here);
    assertEquals(6, unknown.status(), unknown.stderr());
    assertTrue(unknown.stderr().contains("was not found in the PATH"), unknown.stderr());
    assertTrue(Arrays.equals(before, Files.readAllBytes(here)));
  }

  @Test
  void a_stream_that_is_cut_is_no_success_and_a_second_run_mends_it() throws IOException {
    var volumes = new VolumeImages(folder, 4);
    var options = volumes.thisMachine();
    var here = volumes.image("here", SIZE);
    var cutting = folder.resolve("cutting");
    Files.writeString(
        cutting,
        "sh %s \"$@\" | dd bs=512 count=3000 status=none\n".formatted(folder.resolve("blkdelta")));
    var from = Files.write(folder.resolve("from"), filled());
    var cut =
        run(
            List.of("-e", "sh " + folder.resolve("remote-shell")),
            "copy",
            "--remote-command",
            "sh " + cutting,
            "old:" + from,
            here);
    assertEquals(7, cut.status(), cut.stderr());
    assertTrue(cut.stderr().contains("the stream is cut off"), cut.stderr());
    run(options, "copy", "old:" + from, here).ok();
    assertEquals(-1, Files.mismatch(from, here));
  }

  @Test
  void a_file_that_is_made_stays_sparse() throws IOException {
    var large = new VolumeImages(folder, 5);
    var hollow = Files.write(folder.resolve("hollow"), new byte[64 << 10]);
    try (var file = new RandomAccessFile(hollow.toFile(), "rw")) {
      file.setLength(1L << 30);
    }
    var made = folder.resolve("made.img");
    var outcome = Cli.run("copy", "--json", "--create", hollow, made).ok().stdout();
    assertEquals(1L << 30, Files.size(made));
    assertEquals(
        1L << 30, JsonParser.parseString(outcome).getAsJsonObject().get("zeroBytes").getAsLong());
    assertEquals(0, Cli.run("verify", hollow, made).status());
    assertEquals(5, Cli.run("copy", large.image("x", SIZE), folder.resolve("y")).status());
  }

  @Test
  void every_check_of_a_destination_is_made() throws IOException {
    assertEquals(5, Cli.run("copy", source, source).status());
    var hardLink = Files.createLink(folder.resolve("hard"), source);
    assertEquals(5, Cli.run("copy", source, hardLink).status());
    var symbolicLink = Files.createSymbolicLink(folder.resolve("symbolic"), source);
    assertEquals(5, Cli.run("copy", source, symbolicLink).status());
    var small = Files.write(folder.resolve("small"), new byte[SIZE - 1]);
    var refused = Cli.run("copy", source, small);
    assertEquals(5, refused.status());
    assertTrue(refused.stderr().contains("make it larger"), refused.stderr());
    var copy = Files.write(folder.resolve("copy"), new byte[SIZE]);
    Cli.run("copy", "--dry-run", source, copy).ok();
    assertEquals(-1, Files.mismatch(copy, Files.write(folder.resolve("zeros"), new byte[SIZE])));
    assertEquals(4, Cli.run("copy", folder.resolve("absent"), copy).status());
    assertEquals(4, Cli.run("copy", folder, copy).status());
    assertEquals(2, Cli.run("copy", "--bwlimit", "x", source, copy).status());
  }

  @Test
  void deploying_needs_another_machine_a_program_to_stand_for_and_an_image() {
    var nowhere = Cli.run("copy", "--deploy", source, folder.resolve("copy"));
    assertEquals(2, nowhere.status());
    assertTrue(nowhere.stderr().contains("nothing runs on another machine"), nowhere.stderr());
    var other = Cli.run("copy", "--deploy", "--remote-command=/opt/x", source, "new:/copy");
    assertEquals(2, other.status());
    assertTrue(other.stderr().contains("ends with the word blkdelta"), other.stderr());
    var none = Cli.run("copy", "--deploy", source, "new:/copy");
    assertEquals(2, none.status());
    assertTrue(none.stderr().contains("start it as bin/blkdelta"), none.stderr());
  }

  private static byte[] filled() {
    var bytes = new byte[SIZE];
    new Random(9).nextBytes(bytes);
    return bytes;
  }
}
