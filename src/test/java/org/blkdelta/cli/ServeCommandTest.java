package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.report.Streams;
import org.blkdelta.report.Version;
import org.blkdelta.run.Stop;
import org.blkdelta.source.Formats;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A key whose forced command is `blkdelta serve`: what the client asks for arrives in the
/// environment, as sshd leaves it there.
class ServeCommandTest {

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void a_key_that_writes_can_sync_and_verify_its_volume() throws IOException {
    run("--only " + web.copy, "sync", "--verify", "--origin", web.origin, web.store, copy()).ok();
    assertTrue(web.copyIsCurrent());
    run("--only /dev/null --only " + web.copy, "verify", web.origin, copy()).ok();
  }

  @Test
  void it_can_write_to_nothing_else() throws IOException {
    var other = Files.write(folder.resolve("other"), new byte[65_536]);
    refused(
        run("--only " + web.copy, "copy", web.origin, "new:" + other),
        "\"" + other + "\" is not what it is for: " + web.copy);
    assertArrayEquals(new byte[65_536], Files.readAllBytes(other));
    var around = folder.resolve("x/../other");
    refused(run("--only " + other, "copy", web.origin, "new:" + around), "is not what it is for");
  }

  @Test
  void it_cannot_read() throws IOException {
    refused(run("--only " + web.copy, "copy", "old:" + web.copy, web.origin), "only be written to");
  }

  @Test
  void it_cannot_override_what_is_checked() throws IOException {
    refused(sync("--only " + web.copy, "--force=mounted"), "the option \"force\" is not allowed");
    refused(sync("--only " + web.copy, "--raw"), "the option \"raw\" is not allowed");
  }

  @Test
  void undo_files_go_to_their_folder_only() throws IOException {
    var undos = Files.createDirectory(folder.resolve("undos"));
    var only = "--only " + web.copy;
    refused(sync(only, "--undo=" + undos.resolve("1")), "no --append-undo");
    var appending = only + " --append-undo " + undos;
    for (var path : List.of(folder.resolve("1"), undos + "/../1", undos + "/..", "1")) {
      refused(sync(appending, "--undo=" + path), "is not in " + undos);
    }
    assertTrue(web.copyIsUntouched());
    sync(appending, "--undo=" + undos.resolve("1")).ok();
    assertTrue(Files.size(undos.resolve("1")) > 0);
  }

  @Test
  void a_key_that_reads_can_copy_and_verify_its_volume() throws IOException {
    var made = folder.resolve("made");
    var only = "--read-only --only " + web.origin;
    run(only, "copy", "--create", "old:" + web.origin, made).ok();
    assertEquals(-1, Files.mismatch(web.origin, made));
    run(only, "verify", "old:" + web.origin, made).ok();
    run(only, "verify", made, "new:" + web.origin).ok();
  }

  @Test
  void it_can_read_nothing_else_and_write_nothing() throws IOException {
    var only = "--read-only --only " + web.store;
    refused(run(only, "copy", "old:" + web.origin, web.copy), "is not what it is for");
    refused(
        run(only, "sync", "--origin", web.origin, "old:" + web.store, web.copy),
        "\"" + web.origin + "\" is not what it is for");
    refused(
        run("--read-only --only " + web.copy, "copy", web.origin, copy()),
        "\"receive\" may not be asked for by a key that reads");
    run(
            only + " --only " + web.origin,
            "sync",
            "--origin",
            web.origin,
            "old:" + web.store,
            web.copy)
        .ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void it_cannot_have_a_descriptor_name_files_elsewhere() throws IOException {
    refused(
        run(
            "--read-only --only " + web.origin,
            "copy",
            "--allow-outside",
            "old:" + web.origin,
            folder.resolve("made")),
        "the option \"allow-outside\" is not allowed");
  }

  /// Of what says how a source is read, a name is looked at, and a flag is refused: so a format
  /// that is added some day opens nothing to a key by its options.
  @Test
  void no_option_of_a_source_names_what_the_key_is_not_for() throws IOException {
    for (var option : Formats.CHANGES.options()) {
      var only = "--read-only --only " + web.store;
      switch (option.kind()) {
        case NAME, FILE ->
            refused(
                run(only, "sync", option.name() + "=" + web.origin, "old:" + web.store, web.copy),
                "is not what it is for");
        case FLAG ->
            refused(
                run(only, "sync", option.name(), "old:" + web.store, web.copy), "is not allowed");
        case PART, NUMBER, SIZE, CHOICES -> {
          // neither names anything
        }
      }
    }
  }

  @Test
  void nothing_of_a_shell_is_understood() throws Exception {
    for (var asked :
        List.of(
            "",
            "sh -c id",
            "blkdelta",
            "blkdelta receive " + web.copy + "; id",
            "blkdelta receive '" + web.copy,
            "blkdelta receive $(id)",
            "blkdelta receive @" + web.copy,
            "blkdelta receive --help",
            "blkdelta receive",
            "blkdelta apply - " + web.copy,
            "blkdelta join extra",
            "sudo blkdelta receive " + web.copy,
            "blkdelta --version --help")) {
      var refused = assertThrows(RefusedException.class, () -> served(asked), asked);
      var message = String.valueOf(refused.getMessage());
      assertTrue(message.startsWith("serve: this key may not do that: "), message);
    }
    assertEquals(Version.line(), served("/opt/bin/blkdelta --version").strip());
  }

  /// Runs it in this process, for a client that asked so.
  private String served(String asked) throws Exception {
    var printed = new ByteArrayOutputStream();
    var err = new PrintStream(OutputStream.nullOutputStream());
    var streams = new Streams(InputStream.nullInputStream(), printed, err, Cli.MEMORY);
    var command = new ServeCommand(streams, new Stop(), () -> Optional.of(asked));
    command.only.add(web.copy.toString());
    assertEquals(0, command.call());
    streams.out().flush();
    return printed.toString(UTF_8);
  }

  private String copy() {
    return "new:" + web.copy;
  }

  private Cli.Run sync(String serve, Object option) throws IOException {
    return run(serve, "sync", option, "--origin", web.origin, web.store, copy());
  }

  /// Runs a command whose other machine is this one, by a key with such a forced command.
  private Cli.Run run(String serve, Object... words) throws IOException {
    var shell = folder.resolve("remote-shell");
    Files.writeString(
        shell,
        """
        shift $(($# - 1))
        SSH_ORIGINAL_COMMAND=$1 exec %s serve %s
        """
            .formatted(Compiled.command(), serve));
    return VolumeImages.run(List.of("-e", "sh " + shell), words);
  }

  private void refused(Cli.Run run, String what) throws IOException {
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains("serve: this key may not do that: "), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
    assertTrue(web.copyIsUntouched());
  }
}
