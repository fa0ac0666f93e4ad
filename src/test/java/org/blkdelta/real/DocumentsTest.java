package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What the README, the pages in `docs` and the examples of the help have in common: no command
/// that no test runs, no link that leads nowhere, and words of messages that the program still
/// says.
class DocumentsTest {

  private static final int MAX_README = 10_000;

  /// Blocks of commands that no test can run, and why.
  private static final Map<String, String> NOT_RUN =
      Map.of(
          "README.md: Try it: 2",
          "the build itself, which runs this test",
          "docs/leaving-vmware.md: 2. Copy the base while the VM runs: 1",
          "vmkfstools is a part of ESXi",
          "docs/development.md: Fuzzing: 1",
          "they run for two minutes each, to find something new",
          "docs/man/blkdelta-serve.1: Examples: 1",
          "lines of authorized_keys; docs/restricted-keys.md has a key that is used");

  /// `hex …` are streams, which `StreamDocumentTest` reads and writes.
  private static final Pattern LANGUAGE = Pattern.compile("sh|text|json|toml|yaml|java|hex [a-z]+");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  private static final Pattern MESSAGE = Pattern.compile("\\*\\*(.*?)\\*\\*");

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"");

  private static final Pattern BLOCK = Pattern.compile("(?s)\"{3}\n(.*?)\"{3}");

  @Test
  void every_command_of_the_help_has_examples() throws IOException {
    try (var pages = Files.list(Path.of("docs/man"))) {
      long commands = pages.filter(page -> page.toString().endsWith(".1")).count();
      long examples =
          DocumentBlocks.all().stream().filter(block -> block.name().contains(".1: ")).count();
      assertEquals(commands, examples);
    }
  }

  @Test
  void every_command_is_run_by_a_test() throws IOException {
    var run = new TreeSet<String>();
    for (var script : DocumentBlocks.scripts()) {
      run.addAll(DocumentBlocks.runBy(script));
    }
    var left = new TreeSet<String>();
    for (var block : DocumentBlocks.all()) {
      if (block.language().equals("sh") && !run.contains(block.name())) {
        left.add(block.name());
      }
    }
    assertEquals(new TreeSet<>(NOT_RUN.keySet()), left);
  }

  @Test
  void every_block_says_what_it_is() throws IOException {
    for (var block : DocumentBlocks.all()) {
      assertTrue(LANGUAGE.matcher(block.language()).matches(), block.toString());
    }
  }

  @Test
  void the_readme_is_short() throws IOException {
    long size = Files.size(Path.of("README.md"));
    assertTrue(size <= MAX_README, "bytes of the README: " + size);
  }

  @Test
  void every_link_leads_somewhere() throws IOException {
    for (var document : DocumentBlocks.documents()) {
      for (var link : found(LINK, Files.readString(document))) {
        if (!link.contains("://")) {
          checkLink(document, link);
        }
      }
    }
  }

  private static void checkLink(Path document, String link) throws IOException {
    var parts = link.split("#", 2);
    var file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    assertTrue(Files.exists(file), document + ": " + link);
    if (parts.length == 2) {
      assertTrue(anchors(file).contains(parts[1]), document + ": " + link);
    }
  }

  /// Returns the names that a page's headings have in links.
  private static List<String> anchors(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .toList();
  }

  @Test
  void messages_that_are_explained_are_said() throws IOException {
    var said = literals();
    var explained = new ArrayList<String>();
    for (var row : Files.readAllLines(Path.of("docs/troubleshooting.md"))) {
      if (row.startsWith("| **")) {
        explained.addAll(found(MESSAGE, row));
      }
    }
    for (var item : Files.readAllLines(Path.of("docs/leaving-vmware.md"))) {
      if (item.startsWith("- **\"") && !item.contains("Device or resource busy")) {
        found(MESSAGE, item).forEach(words -> explained.addAll(List.of(words.split("…|\"", -1))));
      }
    }
    assertTrue(explained.size() > 80, "messages: " + explained.size());
    for (var words : explained) {
      assertTrue(said.contains(words.strip()), "nothing says \"" + words + "\"");
    }
  }

  /// Returns all texts in the program, each whole.
  private static String literals() throws IOException {
    var texts = new StringBuilder();
    try (var files = Files.walk(Path.of("src/main/java"))) {
      for (var file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        var joined = Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", "");
        found(BLOCK, joined)
            .forEach(text -> texts.append(text.replaceAll("\\s+", " ")).append('\n'));
        var lines = BLOCK.matcher(joined).replaceAll("");
        found(LITERAL, lines).forEach(text -> texts.append(text).append('\n'));
      }
    }
    return texts.toString();
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }
}
