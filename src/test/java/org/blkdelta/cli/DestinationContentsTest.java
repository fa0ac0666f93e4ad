package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a destination holds when a whole volume is to be written over it.
class DestinationContentsTest {

  private static final int SIZE = 4 << 20;

  @TempDir Path folder;

  private Path source;
  private Path destination;

  @BeforeEach
  void aFileSystemThatIsSomebodys() throws IOException {
    Programs.require("mkfs.ext4", "blkid");
    source = new VolumeImages(folder, 1).image("web.img", SIZE);
    destination = Files.write(folder.resolve("mail.img"), new byte[SIZE]);
    Programs.run("mkfs.ext4", "-q", "-L", "mail", destination.toString());
  }

  @Test
  void it_is_refused_by_name_in_a_dry_run_too_and_stays() throws IOException {
    var before = Files.readAllBytes(destination);
    var expected =
        "blkdelta: %s: holds a file system (ext4) labelled mail, and is not known as a copy that blkdelta made; name another, or overwrite that by --force=signature\n"
            .formatted(destination);
    var run = run("copy", source, destination);
    assertEquals(5, run.status(), run.stderr());
    assertEquals(expected, run.stderr());
    var rehearsal = run("copy", "--dry-run", source, destination);
    assertEquals(5, rehearsal.status(), rehearsal.stderr());
    assertEquals(expected, rehearsal.stderr());
    var repair = run("verify", "--repair", source, destination);
    assertEquals(5, repair.status(), repair.stderr());
    assertTrue(repair.stderr().endsWith(" --force=signature\n"), repair.stderr());
    assertArrayEquals(before, Files.readAllBytes(destination));
  }

  @Test
  void it_is_overwritten_if_that_is_said_and_is_our_copy_then() throws IOException {
    var run = run("copy", "--force=signature", source, destination).ok();
    assertTrue(
        run.stderr().contains("labelled mail; overridden by --force=signature\n"), run.stderr());
    assertEquals(-1, Files.mismatch(source, destination));
    Programs.run("mkfs.ext4", "-q", destination.toString());
    run("copy", source, destination).ok();
    assertEquals(-1, Files.mismatch(source, destination));
  }

  @Test
  void it_is_asked_again_if_nothing_can_be_remembered_and_the_reason_is_said() throws IOException {
    var state = Files.createFile(folder.resolve("file")).resolve("state");
    var cli = new Cli().remembering(state);
    cli.with("copy", "--force=signature", source, destination).ok();
    Programs.run("mkfs.ext4", "-q", "-L", "mail", destination.toString());
    var run = cli.with("copy", source, destination);
    assertEquals(5, run.status(), run.stderr());
    assertEquals(
        "blkdelta: %s: holds a file system (ext4) labelled mail, and is not known as a copy that blkdelta made: nothing can be remembered, because %s cannot be written; let BLKDELTA_STATE name another folder; name another, or overwrite that by --force=signature\n"
            .formatted(destination, state),
        run.stderr());
  }

  @Test
  void it_is_asked_again_if_what_is_remembered_is_not_believed_and_the_reason_is_said()
      throws IOException {
    run("copy", "--force=signature", source, destination).ok();
    Programs.run("mkfs.ext4", "-q", destination.toString());
    try (var files = Files.list(folder.resolve("state"))) {
      for (var file : files.toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
      }
    }
    var run = run("copy", source, destination);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(
        run.stderr()
            .matches(
                "blkdelta: .*, and is not known as a copy that blkdelta made: .*: what is remembered of the destination is not believed, because .*; it counts as unknown; name another, or overwrite that by --force=signature\n"),
        run.stderr());
  }

  @Test
  void a_repair_is_made_if_that_is_said() throws IOException {
    run("verify", "--repair", "--force=signature", source, destination).ok();
    assertEquals(-1, Files.mismatch(source, destination));
    var run = run("verify", "--force=signature", source, destination);
    assertEquals(2, run.status(), run.stderr());
  }

  @Test
  void each_kind_has_a_word_of_its_own_and_signature_stands_for_all() throws IOException {
    Programs.run("wipefs", "-q", "-a", destination.toString());
    Programs.run("mkswap", destination.toString());
    var run = run("copy", source, destination);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().endsWith("overwrite that by --force=swap\n"), run.stderr());
    run("copy", "--dry-run", "--force=swap", source, destination).ok();
    run("copy", "--dry-run", "--force=signature", source, destination).ok();
    assertEquals(5, run("copy", "--force=mounted,pv", source, destination).status());
  }

  private Cli.Run run(Object... words) {
    return new Cli().remembering(folder.resolve("state")).with(words);
  }
}
