package org.blkdelta.cli;

import static org.blkdelta.cli.RememberedTest.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.blkdelta.destination.StateFile;
import org.blkdelta.destination.StateStore;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `blkdelta state`, and which of the files that it shows are believed.
class StateCommandTest {

  @TempDir Path folder;

  private Path copy;
  private Path state;

  @BeforeEach
  void aDestination() throws IOException {
    copy = Files.write(folder.resolve("copy.img"), new byte[RememberedTest.SIZE]);
    state = folder.resolve("state");
  }

  @Test
  void a_destination_is_shown_in_words() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2), copy).ok();
    var lines = state(copy).ok().stdout().lines().toList();
    assertEquals(copy.toString(), lines.get(0));
    assertEquals("  holds thin:p/2@2", lines.get(1));
    assertTrue(lines.get(2).startsWith("  since 2"), lines.get(2));
    assertTrue(lines.get(3).startsWith("  known as inode "), lines.get(3));
    assertEquals(4, lines.size());
  }

  @Test
  void a_destination_is_shown_as_json() throws IOException {
    var undo = folder.resolve("undo");
    apply(stream("thin:p/1@1", "thin:p/2@2", 2), copy, "--undo=" + undo).ok();
    var shown = json("--json", copy);
    assertEquals(1, shown.get("version").getAsInt());
    assertEquals(state.toString(), shown.get("folder").getAsString());
    assertEquals(1, shown.getAsJsonArray("destinations").size());
    var one = shown.getAsJsonArray("destinations").get(0).getAsJsonObject();
    assertEquals(copy.toString(), one.get("path").getAsString());
    assertEquals("here", one.get("found").getAsString());
    var held = one.getAsJsonObject("state");
    assertEquals("holds thin:p/2@2", held.get("words").getAsString());
    assertEquals("thin:p/1@1", held.get("base").getAsString());
    assertEquals("thin:p/2@2", held.get("result").getAsString());
    assertTrue(held.get("complete").getAsBoolean());
    assertTrue(held.get("whole").getAsBoolean());
    assertEquals(0, held.get("durableUpTo").getAsLong());
    assertEquals(held.get("lastRun"), held.getAsJsonArray("undo").get(0));
  }

  @Test
  void the_path_is_absolute_whatever_was_typed() throws IOException {
    var here = Path.of("").toAbsolutePath();
    apply(stream("any", "thin:p/2@2", 2), here.relativize(copy)).ok();
    assertEquals(copy.toString(), state("--all").ok().stdout().lines().findFirst().orElseThrow());
    state(here.relativize(copy)).ok();
  }

  @Test
  void destinations_that_are_gone_are_listed_and_forgotten_by_their_path() throws IOException {
    var gone = Files.write(folder.resolve("gone.img"), new byte[RememberedTest.SIZE]);
    apply(stream("any", "thin:p/2@2", 2), gone).ok();
    apply(stream("any", "thin:p/3@3", 2), copy).ok();
    Files.delete(gone);
    var all = state().ok().stdout();
    assertTrue(all.contains(gone + " (nothing is there now)\n  holds thin:p/2@2\n"), all);
    assertTrue(all.contains(copy + "\n  holds thin:p/3@3\n"), all);
    Files.write(gone, new byte[1]);
    all = state("--all").ok().stdout();
    assertTrue(all.contains(gone + " (something else is there now)\n"), all);
    assertTrue(state("--forget", gone).ok().stdout().endsWith("  forgotten\n"));
    assertEquals(gone + ": nothing remembered\n", state(gone).ok().stdout());
    assertTrue(state(copy).ok().stdout().contains("holds thin:p/3@3"));
  }

  @Test
  void what_is_forgotten_is_unknown() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    assertEquals(5, apply(stream("thin:p/7@7", "thin:p/8@8", 2), copy).status());
    state("--forget", copy).ok();
    apply(stream("thin:p/7@7", "thin:p/8@8", 2), copy).ok();
  }

  @Test
  void all_is_forgotten_only_when_that_is_said() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    assertEquals(2, state("--forget").status());
    assertEquals(2, state("--all", copy).status());
    assertTrue(state(copy).ok().stdout().contains("holds"));
    state("--forget", "--all").ok();
    assertEquals(state + ": nothing remembered\n", state("--all").ok().stdout());
  }

  @Test
  void what_cannot_be_believed_is_said_and_can_be_forgotten() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    Files.writeString(file(), "{}");
    var shown = state(copy).ok().stdout();
    assertEquals(file() + "\n  is not believed: it is damaged\n", shown);
    var trouble = json("--json").getAsJsonArray("destinations").get(0).getAsJsonObject();
    assertEquals("it is damaged", trouble.get("trouble").getAsString());
    state("--forget", copy).ok();
    assertEquals(copy + ": nothing remembered\n", state(copy).ok().stdout());
  }

  @Test
  void a_file_that_others_can_write_is_not_believed_and_becomes_private() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rwxrwxrwx"));
    disbelieved("others may write it (mode 0777)");
  }

  @Test
  void a_file_in_a_folder_that_others_can_write_is_not_believed() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxrwxrwx"));
    disbelieved("others may write its folder (mode 0777)");
  }

  @Test
  void a_file_of_somebody_else_is_not_believed() throws IOException {
    Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "needs root");
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    Files.setAttribute(file(), "unix:uid", 4711);
    disbelieved("it belongs to user 4711, who is neither you nor root");
  }

  @Test
  void a_link_is_not_believed() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    var elsewhere = Files.move(file(), folder.resolve("elsewhere"));
    Files.createSymbolicLink(state.resolve(name(elsewhere)), elsewhere);
    var before = Files.readString(elsewhere);
    disbelieved("it is not a regular file");
    assertEquals(before, Files.readString(elsewhere));
  }

  @Test
  void a_fifo_is_not_opened() throws IOException {
    Programs.require("mkfifo");
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    var file = file();
    Files.delete(file);
    Programs.run("mkfifo", file.toString());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> disbelieved("it is not a regular file"));
  }

  @Test
  void a_file_that_is_too_large_is_not_read() throws IOException {
    apply(stream("any", "thin:p/2@2", 2), copy).ok();
    try (var file = new RandomAccessFile(file().toFile(), "rw")) {
      file.setLength(600L << 20);
    }
    disbelieved("it has 629145600 bytes, more than the 4194304 that it can need");
  }

  /// A delta that starts elsewhere is written then, and what is remembered becomes right again.
  private void disbelieved(String why) throws IOException {
    var run = apply(stream("thin:p/7@7", "thin:p/8@8", 3), copy).ok();
    assertTrue(run.stderr().contains("is not believed, because " + why + ";"), run.stderr());
    assertTrue(Files.isRegularFile(file(), LinkOption.NOFOLLOW_LINKS));
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
    assertTrue(state(copy).ok().stdout().contains("holds thin:p/8@8"));
    assertFalse(Files.getPosixFilePermissions(file()).toString().contains("OTHERS"));
  }

  private String name(Path moved) throws IOException {
    var content = StateFile.parse(Files.readAllBytes(moved));
    new StateStore(state)
        .remember(content.destination(), copy.toString(), content.state(), content.written());
    var name = file().getFileName().toString();
    Files.delete(file());
    return name;
  }

  private Cli.Run apply(byte[] stream, Path to, Object... options) {
    var words = new Object[3 + options.length];
    words[0] = "apply";
    System.arraycopy(options, 0, words, 1, options.length);
    words[words.length - 2] = "-";
    words[words.length - 1] = to;
    return new Cli().remembering(state).reading(stream).with(words);
  }

  private Cli.Run state(Object... words) {
    var all = new Object[1 + words.length];
    all[0] = "state";
    System.arraycopy(words, 0, all, 1, words.length);
    return new Cli().remembering(state).with(all);
  }

  private JsonObject json(Object... words) {
    return JsonParser.parseString(state(words).ok().stdout()).getAsJsonObject();
  }

  private Path file() throws IOException {
    try (var files = Files.list(state)) {
      return files.findFirst().orElseThrow();
    }
  }
}
