package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.SAXException;

/// The pictures in `docs/pictures` are what the script beside them makes, and so what the README
/// and the program say.
class PicturesTest {

  private static final Path FOLDER = Path.of("docs/pictures");
  private static final String HOW = ": make it anew: docs/pictures/make";

  static List<Path> pictures() throws IOException {
    try (var files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".svg")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void each_is_whole_and_can_be_read_on_light_and_on_dark(Path picture)
      throws IOException, ParserConfigurationException, SAXException {
    var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    var root = builder.parse(picture.toFile()).getDocumentElement();
    assertEquals("svg", root.getTagName());
    var text = Files.readString(picture);
    assertTrue(text.contains("prefers-color-scheme: dark"), picture.toString());
    assertTrue(text.contains("<title>"), picture.toString());
  }

  @Test
  void the_story_has_the_commands_of_the_readme() throws IOException {
    Programs.require("python3");
    var made = Programs.run("python3", FOLDER.resolve("make").toString(), "story");
    assertEquals(made, Files.readString(FOLDER.resolve("story.svg")), "story.svg" + HOW);
  }

  @Test
  void the_recording_is_of_what_the_demo_says_now() throws IOException {
    var recorded = words(Files.readString(FOLDER.resolve("demo.svg")).replaceAll("<[^>]*>", "\n"));
    for (var line : Cli.run("demo").ok().stdout().split("\n", -1)) {
      if (!line.isBlank() && !line.startsWith(" ")) {
        assertTrue(recorded.contains(words(line)), () -> "\"" + line + "\"" + HOW);
      }
    }
  }

  /// Returns a text without space, and without what is another each time: figures with their units.
  private static String words(String text) {
    return text.replace("&#x27;", "'")
        .replaceAll("\\s+", "")
        .replaceAll("[0-9]+([.][0-9]+)?(([KMG]i)?B)?", "0");
  }
}
