package org.blkdelta.cli;

/// The program as it was compiled, in a process of its own.
final class Compiled {

  private Compiled() {}

  /// Returns what a shell runs, up to the arguments.
  static String command() {
    return "'%s/bin/java' -Xmx128m -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp '%s' org.blkdelta.cli.Main"
        .formatted(System.getProperty("java.home"), System.getProperty("java.class.path"));
  }
}
