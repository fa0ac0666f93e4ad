package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.linux.StateFolder;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.blkdelta.wire.Told;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Connections that break, and are made again.
class RetriesTest {

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void a_connection_that_breaks_is_made_again() throws IOException {
    var run = sync(cut(web.copy), "--retries=2");
    assertEquals(0, run.status(), run.stderr());
    assertTrue(run.stderr().contains("; trying again in 1 s, at most 2 times more"), run.stderr());
    assertFalse(run.stderr().contains("try again"), run.stderr());
    assertTrue(web.copyIsCurrent());
    assertEquals(2, tries());
  }

  @Test
  void a_copy_is_tried_again_too() throws IOException {
    var copy = folder.resolve("whole");
    var shell = "sh " + shell(cut(copy, "--create"));
    var run = Cli.run("copy", "--create", "-e", shell, "--retries=1", web.origin, "new:" + copy);
    assertEquals(0, run.status(), run.stderr());
    assertEquals(2, tries());
    assertEquals(-1, Files.mismatch(web.origin, copy));
  }

  @Test
  void a_comparison_is_tried_again_and_tells_each_difference_once() throws IOException {
    var shell = "sh " + shell(cut(web.copy, "--compare"));
    var run =
        Cli.run("verify", "--extents", "-e", shell, "--retries=1", web.origin, "new:" + web.copy);
    assertEquals(3, run.status(), run.stderr());
    assertEquals(2, tries());
    assertEquals("12288 12288\n", run.stdout());
    assertTrue(run.stderr().contains("; trying again in 1 s, at most 1 times more"), run.stderr());
  }

  @Test
  void a_comparison_goes_on_behind_what_it_has_told() throws IOException {
    var told = new Answer.Differs(12_288, 12_288);
    var shell = "sh " + shell(cut(List.of("--compare"), web.copy, told));
    var run =
        Cli.run("verify", "--extents", "-e", shell, "--retries=1", web.origin, "new:" + web.copy);
    assertEquals(3, run.status(), run.stderr());
    assertEquals(2, tries());
    assertTrue(run.stderr().contains("resuming at 24 KiB\n"), run.stderr());
    assertTrue(run.stderr().contains("different: 1 extent, 12 KiB; compared 64 KiB"), run.stderr());
    assertEquals("12288 12288\n", run.stdout());
  }

  @Test
  void a_comparison_with_a_volume_elsewhere_is_tried_again_too() throws IOException {
    var shell = "sh " + shell("{ head -c 300; exit 255; }");
    var run =
        Cli.run("verify", "--extents", "-e", shell, "--retries=1", "old:" + web.origin, web.copy);
    assertEquals(3, run.status(), run.stderr());
    assertEquals(2, tries());
    assertEquals("12288 12288\n", run.stdout());
  }

  @Test
  void a_comparison_here_has_no_connection_to_try_again() throws IOException {
    var run = Cli.run("verify", "--retries=1", web.origin, web.copy);
    assertEquals(2, run.status());
    assertTrue(
        run.stderr()
            .contains(
                "--retries=1: give 0 or more, and only if blkdelta runs on another machine too"),
        run.stderr());
  }

  @Test
  void nobody_tries_again_unasked() throws IOException {
    var run = sync(cut(web.copy));
    assertEquals(8, run.status(), run.stderr());
    assertEquals(1, tries());
  }

  @Test
  void what_the_far_end_refuses_is_not_asked_again() throws IOException {
    Files.write(web.copy, new byte[100]);
    var run = sync("cat", "--retries=2");
    assertEquals(5, run.status(), run.stderr());
    assertEquals(1, tries());
  }

  @Test
  void a_host_that_was_never_reached_is_not_tried_again() throws IOException {
    var run = Cli.run(words("false", "--retries=2"));
    assertEquals(6, run.status(), run.stderr());
    assertTrue(!run.stderr().contains("trying again"), run.stderr());
  }

  @Test
  void once_something_was_written_no_later_try_says_that_nothing_was() throws IOException {
    var unreachable = shell(cut(web.copy), "exit 255");
    var receipt = folder.resolve("receipt.json");
    var run = Cli.run(words("sh " + unreachable, "--retries=2", "--receipt=" + receipt));
    assertEquals(8, run.status(), run.stderr());
    assertTrue(run.stderr().contains("; an earlier try sent everything"), run.stderr());
    assertEquals(3, tries());
    assertTrue(Files.readString(receipt).contains("\"exitCode\": 8,"));
  }

  @Test
  void an_undo_is_of_one_run() throws IOException {
    assertEquals(2, sync("cat", "--retries=1", "--undo", folder.resolve("undo")).status());
    assertEquals(2, sync("cat", "--retries=-1").status());
  }

  /// Returns a filter that lets magic, HELLO and READY pass.
  private static String cut(Path destination, String... options) throws IOException {
    return cut(List.of(options), destination);
  }

  /// Returns one that lets further answers pass.
  private static String cut(List<String> options, Path destination, Answer... further)
      throws IOException {
    var words = new ArrayList<>(List.of("receive"));
    words.addAll(options);
    words.addAll(List.of("--", destination.toString()));
    var passing = new ByteArrayOutputStream();
    var answers = new AnswerWriter(passing);
    answers.send(new Answer.Hello(0, new Told(words, DestinationName.of(destination).place())));
    answers.send(new Answer.Ready());
    for (var answer : further) {
      answers.send(answer);
    }
    return "dd bs=1 count=%d status=none".formatted(passing.size());
  }

  private Cli.Run sync(String filter, Object... options) throws IOException {
    return Cli.run(words("sh " + shell(filter), options));
  }

  /// Returns a client to this machine; the answers of its first run go through a filter.
  private Path shell(String filter) throws IOException {
    return shell(filter, "eval \"$1\"");
  }

  /// Returns one whose further runs are something else.
  private Path shell(String filter, String then) throws IOException {
    var shell = folder.resolve("remote-shell");
    return Files.writeString(
        shell,
        """
        shift $(($# - 1))
        blkdelta() {
          %s=%s %s "$@"
        }
        tries='%s'
        echo >>"$tries"
        if [ $(wc -l <"$tries") = 1 ]; then eval "$1" | %s; else %s; fi
        """
            .formatted(
                StateFolder.VARIABLE,
                folder.resolve("state"),
                Compiled.command(),
                folder.resolve("tries"),
                filter,
                then));
  }

  private Object[] words(String shell, Object... options) {
    var words = new ArrayList<Object>(List.of("sync", "-e", shell));
    words.addAll(List.of(options));
    words.addAll(List.of(web.source("new:" + web.copy)));
    return words.toArray();
  }

  private long tries() throws IOException {
    return Files.readAllLines(folder.resolve("tries")).size();
  }
}
