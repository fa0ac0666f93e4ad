package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;

/// The files that are made from the commands and committed: man pages, completions and a help text.
class GeneratedFilesTest {

  private static final Path MAN_PAGES = Path.of("docs/man");
  private static final String GUIDE = "blkdelta-leaving-vmware";
  private static final Path COMPLETIONS = Path.of("completions");
  private static final Path HELP = Path.of("src/main/resources/org/blkdelta/usage/help");
  private static final String HOW =
      " is not what the commands and guides say; make it anew:"
          + " mvn -q test -Dtest=GeneratedFilesTest -Dblkdelta.regenerate=true";

  @Test
  void the_man_pages_are_those_of_the_commands_and_guides() throws IOException {
    var pages = new TreeMap<String, String>();
    for (var command : Model.visible()) {
      pages.put(ManPage.file(command), ManPage.of(command));
    }
    pages.put(
        GUIDE + ".7", GuidePage.of(GUIDE, Files.readString(Path.of("docs/leaving-vmware.md"))));
    check(MAN_PAGES, pages);
  }

  @Test
  void the_completions_are_those_of_the_commands() throws IOException {
    var files = new TreeMap<String, String>();
    files.put("blkdelta", Completions.bash());
    files.put("_blkdelta", Completions.zsh());
    files.put("blkdelta.fish", Completions.fish());
    check(COMPLETIONS, files);
  }

  @Test
  void the_ready_help_is_that_of_the_commands() throws IOException {
    check(
        HELP,
        Map.of(
            "blkdelta.txt", Model.help(Model.top()),
            "blkdelta-h.txt", Model.shortHelp(Model.top())));
  }

  @Test
  void the_shells_can_read_the_completions() throws IOException {
    Programs.require("bash", "zsh", "fish");
    Programs.run("bash", "-n", "completions/blkdelta");
    Programs.run("zsh", "-n", "completions/_blkdelta");
    Programs.run("fish", "--no-execute", "completions/blkdelta.fish");
    var asked = "source completions/blkdelta.fish; complete -C 'blkdelta sy'";
    var offered = Programs.run("fish", "-c", asked);
    assertTrue(offered.startsWith("sync\t"), offered);
    var after = "source completions/blkdelta.fish; complete -C 'blkdelta sync --wait-closed --js'";
    var beyond = Programs.run("fish", "-c", after);
    assertTrue(beyond.startsWith("--json\t"), beyond);
    var inBash =
        "source completions/blkdelta; COMP_WORDS=(blkdelta sync --wait-closed --js) COMP_CWORD=3;"
            + " _blkdelta; echo \"${COMPREPLY[@]}\"";
    assertEquals("--json\n", Programs.run("bash", "-c", inBash));
  }

  /// With `-ww` it complains about everything that it can.
  @Test
  void roff_has_nothing_to_complain_about() throws IOException {
    Programs.require("groff");
    for (var page : names(MAN_PAGES)) {
      var file = MAN_PAGES.resolve(page);
      assertTrue(Files.readString(file).chars().allMatch(letter -> letter < 128), file.toString());
      assertEquals("", Programs.run("groff", "-ww", "-man", "-z", file.toString()));
    }
  }

  @Test
  void the_man_pages_have_the_form_that_man_pages_have() throws IOException {
    Programs.require("mandoc");
    for (var page : names(MAN_PAGES)) {
      assertEquals("", Programs.run("mandoc", "-Tlint", MAN_PAGES.resolve(page).toString()));
    }
  }

  /// Compares a folder to what it should hold, or writes it where that is asked for.
  private static void check(Path folder, Map<String, String> wanted) throws IOException {
    if (Boolean.getBoolean("blkdelta.regenerate")) {
      write(folder, wanted);
    }
    assertTrue(Files.isDirectory(folder), folder + HOW);
    assertEquals(wanted.keySet(), names(folder), folder + HOW);
    for (var file : wanted.entrySet()) {
      var path = folder.resolve(file.getKey());
      assertEquals(file.getValue(), Files.readString(path), path + HOW);
    }
  }

  private static void write(Path folder, Map<String, String> wanted) throws IOException {
    Files.createDirectories(folder);
    for (var name : names(folder)) {
      Files.delete(folder.resolve(name));
    }
    for (var file : wanted.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
  }

  private static Set<String> names(Path folder) throws IOException {
    var found = new TreeSet<String>();
    try (var files = Files.newDirectoryStream(folder)) {
      files.forEach(file -> found.add(String.valueOf(file.getFileName())));
    }
    return found;
  }
}
