package org.blkdelta.report;

import java.io.IOException;
import java.util.Properties;

/// The program's version, as Maven wrote it into the jar.
public final class Version {

  private Version() {}

  /// Returns what `--version` prints.
  public static String line() throws IOException {
    return "blkdelta " + number();
  }

  /// Returns it by itself.
  public static String number() throws IOException {
    var properties = new Properties();
    try (var text = Version.class.getResourceAsStream("version.properties")) {
      properties.load(text);
    }
    return properties.getProperty("version");
  }
}
