package org.blkdelta.cli;

import static org.blkdelta.cli.RememberedTest.stream;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.blkdelta.destination.StateFile;
import org.blkdelta.destination.StateStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// State files that earlier versions wrote are read, and mean what they meant.
class OldStateFilesTest {

  private static final Path FILES = Path.of("testdata/state/0.1.0");

  @TempDir Path folder;

  private Path copy;
  private Path state;

  @BeforeEach
  void aDestination() throws IOException {
    copy = Files.write(folder.resolve("copy.img"), new byte[RememberedTest.SIZE]);
    state = Files.createDirectory(folder.resolve("state"));
  }

  @ParameterizedTest
  @CsvSource({
    "holds, thin:p/2@2",
    "whole, thin:p/1@1",
    "unnamed-copy, lvm:web@1",
    "incomplete-copy, any",
    "brought-to-unnamed, lvm:web@1",
    "unknown-names, thin:p/1@1",
    "undone, thin:p/2@2",
    "undoable, thin:p/3@3",
    "undos-of-undos, thin:p/2@2",
    "runs-in-a-row, thin:p/9@9",
  })
  void what_starts_from_there_is_written(String name, String base) throws IOException {
    remember(name);
    apply(stream(base, "thin:p/20@20", 4)).ok();
    apply(stream("thin:p/20@20", "thin:p/21@21", 5)).ok();
  }

  @ParameterizedTest
  @CsvSource({
    "holds, thin:p/1@1, holds thin:p/2@2",
    "whole, thin:p/2@2, holds thin:p/1@1",
    "incomplete-copy, lvm:web@1, holds an incomplete copy",
    "brought-to-unnamed, lvm:web@2, from lvm:web@1 to an unknown one",
    "incomplete, thin:p/2@2, 'is incomplete, on the way from thin:p/1@1 to thin:p/2@2'",
    "changes-only, thin:p/2@2, holds only the changes to thin:p/2@2",
    "undone, thin:p/3@3, holds thin:p/2@2",
    "undoable, thin:p/2@2, holds thin:p/3@3",
    "undos-of-undos, thin:p/3@3, holds thin:p/2@2",
    "runs-in-a-row, thin:p/8@8, holds thin:p/9@9",
  })
  void what_starts_elsewhere_is_refused(String name, String base, String words) throws IOException {
    remember(name);
    refused(words, stream(base, "thin:p/20@20", 4));
  }

  @ParameterizedTest
  @CsvSource({"incomplete", "changes-only", "holds"})
  void the_same_delta_is_written_again(String name) throws IOException {
    remember(name);
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
  }

  @ParameterizedTest
  @CsvSource({
    "undone, thin:p/2@2",
    "undoable, thin:p/2@2",
    "undos-of-undos, thin:p/3@3",
  })
  void the_undo_of_the_last_run_leads_back(String name, String reached) throws IOException {
    remember(name);
    apply(Files.readAllBytes(FILES.resolve(name + ".undo"))).ok();
    apply(stream(reached, "thin:p/20@20", 4)).ok();
  }

  @ParameterizedTest
  @CsvSource({"holds", "unknown-names", "runs-in-a-row"})
  void the_undo_of_another_run_is_refused(String name) throws IOException {
    remember(name);
    refused("", Files.readAllBytes(FILES.resolve("undoable.undo")));
  }

  @Test
  void those_of_devices_are_found_by_their_names() throws IOException {
    var memory = new StateStore(FILES.resolve("devices"));
    var volume = "LVM-mmrEFDW6TEmaeUR0000000000000001VxgoVxgo0000000000000000000000001";
    var known = memory.recall(volume, OldStateFilesTest::fail).orElseThrow();
    assertEquals("/dev/vg0/web", known.path());
    assertEquals("holds lvm:mmrEFD-W6@TEmaeU", known.state().text());
    var partition = "naa.5000c500a1b2c3d4 partition 2";
    var cut = memory.recall(partition, OldStateFilesTest::fail).orElseThrow();
    assertEquals("is incomplete, on the way from any to lvm:mmrEFD-W6@TEmaeU", cut.state().text());
    assertEquals(1L << 27, cut.state().durableUpTo());
  }

  /// Each of 24 undos of undos made the file of that version half as large again.
  @Test
  void what_was_kept_many_times_is_kept_once() throws IOException {
    remember("undos-of-undos");
    apply(stream("thin:p/2@2", "thin:p/20@20", 4), "--undo", folder.resolve("u")).ok();
    try (var files = Files.list(state)) {
      assertTrue(Files.size(files.findFirst().orElseThrow()) < 8 << 10);
    }
  }

  @Test
  void every_file_of_the_folder_is_tried() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      for (var file : files.filter(each -> each.toString().endsWith(".json")).toList()) {
        StateFile.parse(Files.readAllBytes(file));
      }
    }
  }

  private void remember(String name) throws IOException {
    var birth = Files.readAttributes(copy, BasicFileAttributes.class).creationTime();
    var identity = "inode %s of %s".formatted(Files.getAttribute(copy, "unix:ino"), birth);
    var text =
        Files.readString(FILES.resolve(name + ".json"))
            .replaceAll("\"inode [^\"]*\"", "\"" + identity + "\"")
            .replaceAll("\"path\": \"[^\"]*\"", "\"path\": \"" + copy + "\"");
    var hash = String.format(Locale.ROOT, "-%08x", identity.hashCode());
    Files.writeString(
        state.resolve(identity.replaceAll("[^A-Za-z0-9.-]", "_") + hash + ".json"), text);
  }

  private Cli.Run apply(byte[] stream, Object... options) {
    var words = new ArrayList<Object>(List.of("apply"));
    words.addAll(List.of(options));
    words.addAll(List.of("-", copy));
    return new Cli().remembering(state).reading(stream).with(words.toArray());
  }

  private void refused(String words, byte[] stream) throws IOException {
    var before = Files.readAllBytes(copy);
    var run = apply(stream);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains(words), run.stderr());
    assertArrayEquals(before, Files.readAllBytes(copy), "written although refused");
  }

  private static void fail(String warning) {
    throw new AssertionError(warning);
  }
}
