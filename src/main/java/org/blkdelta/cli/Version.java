package org.blkdelta.cli;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// The program's version, as Maven wrote it into the jar.
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {line()};
  }

  /// Returns what `--version` prints.
  static String line() throws IOException {
    return "blkdelta " + number();
  }

  static String number() throws IOException {
    var properties = new Properties();
    try (var text = Version.class.getResourceAsStream("version.properties")) {
      properties.load(text);
    }
    return properties.getProperty("version");
  }
}
