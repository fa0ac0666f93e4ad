package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyCommandTest {

  @TempDir Path folder;

  private Scratch web;
  private Path delta;
  private byte[] stream;

  @BeforeEach
  void aStreamOfAVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
    stream = dumped("blkdelta");
    delta = Files.write(folder.resolve("web.delta"), stream);
  }

  @Test
  void a_stream_in_a_file_makes_the_copy_current() throws IOException {
    var run = Cli.run("apply", delta, web.copy).ok();
    assertTrue(web.copyIsCurrent());
    assertEquals("", run.stdout());
    assertTrue(
        run.stderr()
            .matches(
                "blkdelta: wrote 8 KiB of 64 KiB in [0-9.]+ s \\([0-9.]+ [KM]?i?B/s\\);"
                    + " zeros 4 KiB; durable at "
                    + web.copy
                    + "\n"),
        run.stderr());
  }

  @Test
  void a_stream_on_standard_input_does_too() throws IOException {
    assertEquals("", new Cli().reading(stream).with("apply", "-q", "-", web.copy).ok().stderr());
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void lvmsyncs_format_is_known_by_itself_and_warned_of() throws IOException {
    var run = new Cli().reading(dumped("lvmsync")).with("apply", "-", web.copy).ok();
    assertTrue(web.copyIsCurrent());
    assertTrue(
        run.stderr()
            .startsWith("blkdelta: warning: standard input: lvmsync's format has no end mark"),
        run.stderr());
  }

  @Test
  void applying_it_again_changes_nothing_more() throws IOException {
    Cli.run("apply", delta, web.copy).ok();
    Cli.run("apply", delta, web.copy).ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_larger_destination_keeps_what_is_behind_the_volume() throws IOException {
    var larger = web.sparse("larger", 100_000);
    Cli.run("apply", "--base=assume", delta, larger).ok();
    assertEquals(100_000, Files.size(larger));
    assertEquals(3, Files.readAllBytes(larger)[12_288]);
  }

  @Test
  void a_smaller_destination_is_refused() throws IOException {
    var smaller = web.sparse("smaller", 65_535);
    var run = Cli.run("apply", delta, smaller);
    assertEquals(5, run.status());
    assertEquals(
        "blkdelta: %s: has 65535 bytes, the volume 64 KiB; make it larger\n".formatted(smaller),
        run.stderr());
    assertArrayEquals(new byte[65_535], Files.readAllBytes(smaller));
    assertEquals(5, Cli.run("apply", "--dry-run", delta, smaller).status());
  }

  @Test
  void a_smaller_destination_is_refused_in_lvmsyncs_format_at_its_first_change()
      throws IOException {
    var smaller = web.sparse("smaller", 16_384);
    var later = new Cli().reading(dumped("lvmsync")).with("apply", "-", smaller);
    assertEquals(7, later.status(), "16384 bytes take the first change");
    var tiny = web.sparse("tiny", 12_288);
    assertEquals(5, new Cli().reading(dumped("lvmsync")).with("apply", "-", tiny).status());
    assertArrayEquals(new byte[12_288], Files.readAllBytes(tiny));
  }

  @Test
  void a_dry_run_checks_everything_and_writes_nothing() throws IOException {
    var run = Cli.run("apply", "--dry-run", delta, web.copy).ok();
    assertTrue(web.copyIsUntouched());
    assertEquals(
        "blkdelta: dry run: all checks passed; would write 8 KiB of 64 KiB to "
            + web.copy
            + "; zeros 4 KiB; nothing was written\n",
        run.stderr());
  }

  @Test
  void a_dry_run_with_a_damaged_stream_does_not_claim_that_anything_was_written()
      throws IOException {
    stream[stream.length - 1] ^= 1;
    var run = new Cli().reading(stream).with("apply", "-n", "-", web.copy);
    assertTrue(web.copyIsUntouched());
    assertEquals(4, run.status(), run.stderr());
    assertFalse(run.stderr().contains("incomplete"), run.stderr());
  }

  @Test
  void a_damaged_stream_is_exit_4_while_nothing_is_written_and_7_later() throws IOException {
    int firstChange = new String(stream, ISO_8859_1).indexOf("D\0\0\0");
    var early = stream.clone();
    early[firstChange + 40] ^= 1;
    assertEquals(4, new Cli().reading(early).with("apply", "-", web.copy).status());
    assertTrue(web.copyIsUntouched());
    var late = stream.clone();
    late[stream.length - 1] ^= 1;
    var run = new Cli().reading(late).with("apply", "-", web.copy);
    assertEquals(7, run.status());
    assertTrue(
        run.stderr().endsWith("; don't use the destination until a run completes\n"), run.stderr());
  }

  @Test
  void every_cut_of_the_stream_is_noticed_and_the_exit_code_tells_the_truth() throws IOException {
    for (int length = 0; length < stream.length; length += 1 + length % 97) {
      web.copyAnew();
      var run = new Cli().reading(Arrays.copyOf(stream, length)).with("apply", "-q", "-", web.copy);
      assertTrue(
          run.status() == 7 || (run.status() == 4 && web.copyIsUntouched()),
          "%d bytes: %d %s".formatted(length, run.status(), run.stderr()));
    }
    new Cli().reading(stream).with("apply", "-q", "-", web.copy).ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_destination_that_does_not_exist_is_made_only_on_demand() throws IOException {
    var made = folder.resolve("new.img");
    var refused = Cli.run("apply", delta, made);
    assertEquals(5, refused.status());
    assertEquals(
        "blkdelta: %s: does not exist; make the volume first, or let --create make a file\n"
            .formatted(made),
        refused.stderr());
    assertTrue(Files.notExists(made));

    Cli.run("apply", "--create", "--dry-run", delta, made).ok();
    assertTrue(Files.notExists(made));

    var run = Cli.run("apply", "--create", delta, made).ok();
    assertTrue(
        run.stderr().startsWith("blkdelta: creating sparse file %s (64 KiB)\n".formatted(made)),
        run.stderr());
    var expected = new byte[65_536];
    Arrays.fill(expected, 12_288, 16_384, (byte) 3);
    Arrays.fill(expected, 20_480, 24_576, (byte) 5);
    assertArrayEquals(expected, Files.readAllBytes(made));
  }

  @Test
  void a_file_of_unknown_size_is_not_made() throws IOException {
    var made = folder.resolve("new.img");
    var run = new Cli().reading(dumped("lvmsync")).with("apply", "--create", "-", made);
    assertEquals(5, run.status());
    assertTrue(run.stderr().contains("does not say how large the volume is"), run.stderr());
    assertTrue(Files.notExists(made));
  }

  @Test
  void nothing_is_made_where_devices_are_or_a_link_leads_nowhere() throws IOException {
    var run = Cli.run("apply", "--create", delta, "/dev/blkdelta-test-absent");
    assertEquals(5, run.status());
    assertTrue(Files.notExists(Path.of("/dev/blkdelta-test-absent")));
    var link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    assertEquals(5, Cli.run("apply", "--create", delta, link).status());
    assertTrue(Files.notExists(folder.resolve("nowhere")));
  }

  @Test
  void what_is_neither_device_nor_file_is_refused() {
    for (var path : List.of(folder, Path.of("/dev/null"))) {
      var run = Cli.run("apply", delta, path);
      assertEquals(5, run.status());
      assertEquals(
          "blkdelta: %s: is neither a block device nor a file; name one\n".formatted(path),
          run.stderr());
    }
  }

  @Test
  void a_stream_that_cannot_be_read_is_exit_4() {
    var absent = folder.resolve("absent.delta");
    var run = Cli.run("apply", absent, web.copy);
    assertEquals(4, run.status());
    assertEquals(
        "blkdelta: %s: no such file or directory; the stream cannot be read\n".formatted(absent),
        run.stderr());
    assertEquals(4, Cli.run("apply", folder, web.copy).status());
    assertEquals(4, Cli.run("apply", "/dev/null", web.copy).status());
  }

  @Test
  void the_json_has_the_keys_that_programs_rely_on() {
    var run = Cli.run("apply", "--json", "--progress=none", delta, web.copy).ok();
    assertEquals("", run.stderr());
    var object = JsonParser.parseString(run.stdout()).getAsJsonObject();
    assertEquals(
        Set.of(
            "extents",
            "bytes",
            "zeroBytes",
            "wireBytes",
            "seconds",
            "digest",
            "dryRun",
            "sourceMovedOn",
            "volumeSize",
            "destination",
            "verified"),
        object.keySet());
    assertEquals(1, object.get("extents").getAsLong());
    assertEquals(12_288, object.get("bytes").getAsLong());
    assertEquals(4096, object.get("zeroBytes").getAsLong());
    assertEquals(32, object.get("digest").getAsString().length());
    assertFalse(object.get("dryRun").getAsBoolean());
    assertFalse(object.get("sourceMovedOn").getAsBoolean());
  }

  @Test
  void progress_for_programs_is_an_object_a_line() {
    var run = Cli.run("apply", "--progress=json", "--json", delta, web.copy).ok();
    var lines = run.stderr().lines().toList();
    for (var line : lines) {
      assertEquals(
          Set.of(
              "phase",
              "bytes",
              "durableBytes",
              "totalBytes",
              "bytesPerSecond",
              "secondsLeft",
              "seconds"),
          JsonParser.parseString(line).getAsJsonObject().keySet());
    }
    var last = JsonParser.parseString(lines.getLast()).getAsJsonObject();
    assertEquals("ended", last.get("phase").getAsString());
    assertEquals(12_288, last.get("bytes").getAsLong());
    assertEquals(2, Cli.run("apply", "--progress=loud", delta, web.copy).status());
    assertEquals(2, Cli.run("apply", "--progress=json:9999", delta, web.copy).status());
  }

  @Test
  void a_reason_that_is_none_cannot_be_forced() {
    assertEquals(2, Cli.run("apply", "--force=everything", delta, web.copy).status());
    Cli.run("apply", "--force=mounted,swap", "--force=held", delta, web.copy).ok();
  }

  @Test
  void a_bug_is_told_as_one() {
    var broken =
        new InputStream() {
          @Override
          public int read() {
            throw new IllegalStateException("this cannot be");
          }

          @Override
          public int read(byte[] to, int at, int length) {
            return read();
          }
        };
    var run = new Cli().reading(broken).with("apply", "-", web.copy);
    assertEquals(1, run.status());
    assertEquals(
        List.of(
            "blkdelta: internal error; please report it with what follows",
            "java.lang.IllegalStateException: this cannot be"),
        run.stderr().lines().limit(2).toList());
  }

  private byte[] dumped(String format) {
    var words = new ArrayList<Object>(List.of("dump", "--format=" + format));
    words.addAll(Arrays.asList(web.source()));
    return new Cli().with(words.toArray()).ok().bytes();
  }
}
