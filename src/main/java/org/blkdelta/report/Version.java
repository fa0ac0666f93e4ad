package org.blkdelta.report;

import java.io.IOException;
import java.util.List;
import java.util.Properties;
import org.blkdelta.wire.FrameWriter;

/// The program's version, as Maven wrote it into the jar.
public final class Version {

  private Version() {}

  /// Returns what `--version` prints: the program's, and what else a report of a fault should say.
  public static List<String> lines() throws IOException {
    return List.of(line(), details());
  }

  private static String details() throws IOException {
    var commit = property("commit");
    return (commit.matches("[0-9a-f]{7,40}") ? "commit " + commit + ", " : "")
        + "change stream version %d, Java %s"
            .formatted(FrameWriter.version(), System.getProperty("java.runtime.version"));
  }

  /// Returns the program's name and version.
  public static String line() throws IOException {
    return "blkdelta " + number();
  }

  /// Returns it by itself.
  public static String number() throws IOException {
    return property("version");
  }

  private static String property(String name) throws IOException {
    var properties = new Properties();
    try (var text = Version.class.getResourceAsStream("version.properties")) {
      properties.load(text);
    }
    return properties.getProperty(name, "");
  }
}
