package org.blkdelta.real;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The blocks of code in the README, in `docs` and in the man pages, whose examples the help shows
/// too; and the scripts that run their commands.
final class DocumentBlocks {

  /// A block.
  ///
  /// @param name its document, the heading, and its number among those of its language there
  /// @param language what it is: `sh` for commands
  record Block(String name, String language, String text) {}

  private static final Path SCRIPTS = Path.of("src/test/resources/documents");
  private static final String FENCE = "```";

  /// A line of a script that stands for a block.
  private static final Pattern LINE =
      Pattern.compile("(?m)^ *@(run|here|text) (.*?: \\d+)(?: before (.*))?\n");

  /// The examples of a man page: lines that are shown as they are.
  private static final Pattern EXAMPLES =
      Pattern.compile("(?s)\n\\.SH \"EXAMPLES\"\n\\.in \\+4n\n\\.EX\n(.*?)\\.EE\n");

  private DocumentBlocks() {}

  /// Returns the README and all pages of `docs`.
  static List<Path> documents() throws IOException {
    try (var files = Files.list(Path.of("docs"))) {
      return Stream.concat(Stream.of(Path.of("README.md")), files.sorted())
          .filter(file -> file.toString().endsWith(".md"))
          .toList();
    }
  }

  /// Returns every block of every document.
  static List<Block> all() throws IOException {
    var blocks = new ArrayList<Block>();
    for (var document : documents()) {
      var heading = "";
      var numbers = new HashMap<String, Integer>();
      var lines = Files.readAllLines(document).iterator();
      while (lines.hasNext()) {
        var line = lines.next();
        if (line.startsWith("#")) {
          heading = line.replaceFirst("^#+ ", "");
        } else if (line.startsWith(FENCE)) {
          var language = line.substring(FENCE.length());
          var place = document + ": " + heading + ": ";
          int number = numbers.merge(language + place, 1, Integer::sum);
          var text = new StringBuilder();
          for (line = lines.next(); !line.equals(FENCE); line = lines.next()) {
            text.append(line).append('\n');
          }
          blocks.add(new Block(place + number, language, text.toString()));
        }
      }
    }
    blocks.addAll(examples());
    return blocks;
  }

  /// Returns the examples of each command, as its man page shows them.
  private static List<Block> examples() throws IOException {
    var blocks = new ArrayList<Block>();
    try (var pages = Files.list(Path.of("docs/man"))) {
      for (var page : pages.filter(path -> path.toString().endsWith(".1")).sorted().toList()) {
        EXAMPLES
            .matcher(Files.readString(page))
            .results()
            .map(match -> new Block(page + ": Examples: 1", "sh", unescaped(match.group(1))))
            .forEach(blocks::add);
      }
    }
    return blocks;
  }

  private static String unescaped(String roff) {
    return roff.replace("\\\n", "")
        .replace("\\-", "-")
        .replace("\\(aq", "'")
        .replace("\\(ti", "~")
        .replace("\\e", "\\");
  }

  /// Returns the names of the blocks of commands that a script runs whole.
  static List<String> runBy(Path script) throws IOException {
    return LINE.matcher(Files.readString(script))
        .results()
        .filter(line -> !line.group(1).equals("text") && line.group(3) == null)
        .map(line -> line.group(2))
        .toList();
  }

  /// Returns all scripts.
  static List<Path> scripts() throws IOException {
    try (var files = Files.list(SCRIPTS)) {
      return files.sorted().toList();
    }
  }

  /// Returns a script, the blocks put in.
  static String script(String name) throws IOException {
    var blocks = all();
    return LINE.matcher(Files.readString(SCRIPTS.resolve(name)))
        .replaceAll(
            line -> {
              var text = block(blocks, line.group(2), line.group(1).equals("text")).text();
              var some = line.group(3) == null ? text : before(line.group(3), text);
              return Matcher.quoteReplacement(
                  line.group(1).equals("here") ? some.replace("new:/dev/vg0/", "/dev/vg1/") : some);
            });
  }

  private static Block block(List<Block> blocks, String name, boolean isText) {
    return blocks.stream()
        .filter(block -> block.name().equals(name))
        .filter(block -> block.language().equals(isText ? "text" : "sh"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no block " + name));
  }

  private static String before(String words, String text) {
    int at = text.indexOf(words);
    if (at < 0) {
      throw new AssertionError("no \"" + words + "\" in: " + text);
    }
    return text.substring(0, at);
  }
}
