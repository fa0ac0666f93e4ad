package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That program's grammar, as far as it works without a snapshot.
class LvmsyncCommandTest {

  @TempDir Path folder;

  private Scratch web;
  private byte[] stream;

  @BeforeEach
  void aStreamOfAVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
    var words = Stream.concat(Stream.of("dump", "--format=lvmsync"), Arrays.stream(web.source()));
    stream = new Cli().with(words.toArray()).ok().bytes();
  }

  @Test
  void a_stream_on_standard_input_is_applied() throws IOException {
    for (var words : List.of(List.of("--apply", "-"), List.of("-a", "-"), List.of("--server"))) {
      web.copyAnew();
      var line = Stream.concat(Stream.of("lvmsync"), words.stream()).toList();
      var all = Stream.concat(line.stream(), Stream.of(web.copy)).toArray();
      new Cli().reading(stream).with(all).ok();
      assertTrue(web.copyIsCurrent(), words.toString());
    }
  }

  @Test
  void a_destination_that_is_missing_is_to_be_made_as_a_volume() throws IOException {
    var run = new Cli().reading(stream).with("lvmsync", "--apply", "-", folder.resolve("none"));
    assertEquals(5, run.status());
    assertTrue(run.stderr().endsWith("does not exist; make the volume first\n"), run.stderr());
  }

  @Test
  void a_stream_in_a_file_is_applied() throws IOException {
    var file = Files.write(folder.resolve("stream"), stream);
    Cli.run("lvmsync", "--apply", file, web.copy).ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void what_was_overwritten_can_be_brought_back() throws IOException {
    var undo = folder.resolve("undo");
    new Cli().reading(stream).with("lvmsync", "--apply", "-", "--snapback", undo, web.copy).ok();
    assertTrue(web.copyIsCurrent());
    Cli.run("lvmsync", "--apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void the_undo_of_a_stream_without_changes_can_be_applied() throws IOException {
    var undo = folder.resolve("undo");
    var empty = Arrays.copyOf(stream, "lvmsync PROTO[3]\n".length());
    new Cli().reading(empty).with("lvmsync", "-a", "-", "-b", undo, web.copy).ok();
    assertArrayEquals(empty, Files.readAllBytes(undo));
    Cli.run("lvmsync", "--apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void an_earlier_undo_is_never_overwritten() throws IOException {
    var undo = Files.writeString(folder.resolve("undo"), "precious");
    var run = new Cli().reading(stream).with("lvmsync", "-a", "-", "-b", undo, web.copy);
    assertEquals(5, run.status());
    assertEquals(
        "blkdelta: %s: already exists, perhaps the undo of an earlier run; name another file"
            .formatted(undo),
        run.stderr().lines().toList().getLast());
    assertEquals("precious", Files.readString(undo));
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void an_undo_that_cannot_be_written_is_refused() throws IOException {
    var undo = folder.resolve("absent/undo");
    var run = new Cli().reading(stream).with("lvmsync", "-a", "-", "-b", undo, web.copy);
    assertEquals(5, run.status());
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void a_refused_destination_leaves_no_undo() {
    var undo = folder.resolve("undo");
    var absent = folder.resolve("absent");
    assertEquals(
        5, new Cli().reading(stream).with("lvmsync", "-a", "-", "-b", undo, absent).status());
    assertTrue(Files.notExists(undo));
  }

  @Test
  void words_that_do_not_fit_together_are_a_question_of_usage() {
    for (var words :
        List.of(
            List.of("lvmsync"),
            List.of("lvmsync", "vg/web"),
            List.of("lvmsync", "--stdout"),
            List.of("lvmsync", "--stdout", "--snapback", "undo", "vg/web"),
            List.of("lvmsync", "--apply", "-"),
            List.of("lvmsync", "--quiet", "--debug", "--apply", "-", "a"),
            List.of("lvmsync", "--apply", "-", ""),
            List.of("lvmsync", "vg/web", ":/dev/vg/web"),
            List.of("lvmsync", "--server"))) {
      var run = Cli.run(words.toArray());
      assertEquals(2, run.status(), words + ": " + run.stderr());
    }
    assertEquals(2, new Cli().onTerminal().with("lvmsync", "--stdout", "vg/web").status());
  }

  @Test
  void operands_that_are_not_needed_are_ignored_with_a_warning() throws IOException {
    var run = new Cli().reading(stream).with("lvmsync", "-a", "-", web.copy, "more", "b\ny").ok();
    assertTrue(web.copyIsCurrent());
    var warned = run.stderr().lines().filter(line -> line.contains("lvmsync: ")).toList();
    assertEquals(
        List.of(
            "blkdelta: warning: lvmsync: more: ignored: nothing needs it",
            "blkdelta: warning: lvmsync: b?y: ignored: nothing needs it"),
        warned);
  }

  @Test
  void what_is_not_known_or_not_clear_is_named() {
    var unclear = Cli.run("lvmsync", "--ver", "vg/web", "x");
    assertEquals(2, unclear.status());
    assertTrue(
        unclear
            .stderr()
            .contains("lvmsync: --ver: can be --verbose or --version; write more of it"),
        unclear.stderr());
    for (var word : List.of("--nothing", "-x")) {
      var unknown = Cli.run("lvmsync", word);
      assertEquals(2, unknown.status());
      assertTrue(unknown.stderr().contains(word), unknown.stderr());
    }
  }

  @Test
  void quiet_is_quiet() {
    var run = new Cli().reading(stream).with("lvmsync", "-q", "-a", "-", web.copy).ok();
    assertEquals(1, run.stderr().lines().count(), "the warning only: " + run.stderr());
  }
}
