package org.blkdelta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// No message is longer than is read at 3 a.m.
class MessageLengthTest {

  private static final Path MAIN = Path.of("src/main/java/org/blkdelta");
  private static final int MAX_LENGTH = 200;

  /// Stands for a name or number in a message: as long as `/dev/vg0/web`.
  private static final String NAME = "x".repeat(12);

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");

  @Test
  void no_message_is_longer_than_200_characters() throws IOException {
    var found = new ArrayList<String>();
    int messages = 0;
    for (var file : sources()) {
      for (var message : messages(Files.readString(file))) {
        messages++;
        if (message.length() > MAX_LENGTH) {
          found.add("%s: %d: %s".formatted(file.getFileName(), message.length(), message));
        }
      }
    }
    assertEquals(List.of(), found);
    assertTrue(messages > 500, "messages found: " + messages);
  }

  /// The texts of options and help pages are no messages.
  private static List<Path> sources() throws IOException {
    try (var files = Files.walk(MAIN)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.startsWith(MAIN.resolve("cli")))
          .toList();
    }
  }

  /// Returns the literals that are joined in the source, with names for what is put into them.
  /// Those that begin with a capital are sentences of an option's text.
  private static List<String> messages(String source) {
    var joined = source.replaceAll("(?m)^\\s*//.*$", "").replaceAll("\"\\s*\\+\\s*\"", "");
    return LITERAL
        .matcher(joined)
        .results()
        .map(found -> found.group(1))
        .filter(text -> text.contains(" ") && !Character.isUpperCase(text.charAt(0)))
        .map(text -> text.replaceAll("%+([0-9]+\\$)?[-0-9.,]*[a-zA-Z]", NAME))
        .map(text -> text.startsWith(":") ? NAME + text : text)
        .toList();
  }
}
