package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A wrapper at the far end that drops, adds or changes words, as a forced command may.
class ConfirmedWordsTest {

  private static final String WHY = "a forced command in its authorized_keys, a sudo rule or";

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void a_dry_run_that_would_be_a_real_one_is_not_begun() throws IOException {
    refused(sync("--dry-run", "", "--dry-run"), "was not told \"--dry-run\"");
    refused(sync("--dry-run", "--create", "--dry-run"), "told \"--create\", not \"--dry-run\"");
    sync("--nothing", "").ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void an_undo_that_nobody_saves_is_noticed() throws IOException {
    var undo = "--undo=" + folder.resolve("undo");
    refused(sync(undo, "", undo), "was not told \"" + undo + "\"");
    sync("--nothing", "", undo).ok();
    assertTrue(Files.size(folder.resolve("undo")) > 0);
  }

  @Test
  void a_word_that_was_added_is_noticed() throws IOException {
    refused(sync("receive", "receive --force=mounted"), "was told \"--force=mounted\", which");
  }

  @Test
  void another_path_is_noticed() throws IOException {
    var other = Files.write(folder.resolve("other"), new byte[65_536]);
    refused(sync(web.copy, other), "was told \"%s\", not \"%s\"".formatted(other, web.copy));
    assertArrayEquals(new byte[65_536], Files.readAllBytes(other));
  }

  @Test
  void a_comparison_that_became_something_else_is_not_begun() throws IOException {
    refused(verify("--compare", ""), "was not told \"--compare\"");
    refused(verify("--compare", "--read-back"), "told \"--read-back\", not \"--compare\"");
  }

  @Test
  void a_sender_that_was_told_something_else_is_not_heard() throws IOException {
    var other = Files.write(folder.resolve("other"), new byte[65_536]);
    var options = wrapped(web.origin, other);
    var copied = VolumeImages.run(options, "copy", "old:" + web.origin, web.copy);
    refused(copied, "was told \"%s\", not \"%s\"".formatted(other, web.origin));
    var compared = VolumeImages.run(wrapped("--digests", ""), "verify", "old:" + other, web.copy);
    refused(compared, "was not told \"--digests\"");
  }

  @Test
  void a_far_end_that_does_not_say_what_it_was_told_is_another_version() throws IOException {
    var bytes = new ByteArrayOutputStream();
    new AnswerWriter(bytes).send(new Answer.Hello(65_536));
    var said = Files.write(folder.resolve("said"), bytes.toByteArray());
    var shell =
        Files.writeString(folder.resolve("shell"), "cat '%s'; cat >/dev/null".formatted(said));
    var run = VolumeImages.run(List.of("-e", "sh " + shell), "copy", web.origin, "new:/dev/x");
    assertEquals(6, run.status(), run.stderr());
    assertTrue(run.stderr().contains("does not say what it was told to do"), run.stderr());
  }

  private Cli.Run sync(Object word, Object instead, Object... options) throws IOException {
    var words = new ArrayList<>(wrapped(word, instead));
    words.addAll(List.of(options));
    return VolumeImages.run(words, "sync", "--origin", web.origin, web.store, "new:" + web.copy);
  }

  private Cli.Run verify(Object word, Object instead) throws IOException {
    return VolumeImages.run(wrapped(word, instead), "verify", web.origin, "new:" + web.copy);
  }

  /// Returns the options that make any host this machine, if a wrapper replaces a word.
  private List<Object> wrapped(Object word, Object instead) throws IOException {
    var options = new ArrayList<>(new VolumeImages(folder, 1).thisMachine());
    var wrapper = folder.resolve("wrapper");
    Files.writeString(
        wrapper,
        """
        for word; do
          shift
          if [ "$word" = '%s' ]; then set -- "$@" %s; else set -- "$@" "$word"; fi
        done
        exec %s "$@"
        """
            .formatted(word, instead, options.removeLast()));
    options.add("sh " + wrapper);
    return options;
  }

  private void refused(Cli.Run run, String what) throws IOException {
    assertEquals(6, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what) && run.stderr().contains(WHY), run.stderr());
    assertTrue(run.stderr().contains("; nothing was written"), run.stderr());
    assertTrue(web.copyIsUntouched());
    assertTrue(Files.notExists(folder.resolve("undo")));
  }
}
