package org.blkdelta.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// The programs of this host that tests run, if they are installed.
public final class Programs {

  /// Where some accounts do not look, and administrators' programs are.
  private static final String MORE = "/usr/sbin:/sbin";

  private Programs() {}

  /// Skips the test where this host lacks one of the programs; fails it on a CI server.
  public static void require(String... names) {
    require(missing(names));
  }

  /// Skips the test where something is missing; fails it on a CI server.
  public static void require(List<String> missing) {
    var message = "not without " + String.join(", ", missing);
    if (!missing.isEmpty() && "true".equals(System.getenv("CI"))) {
      Assertions.fail(message);
    }
    Assumptions.assumeTrue(missing.isEmpty(), message);
  }

  /// Returns those of the programs that this host lacks.
  static List<String> missing(String... names) {
    return Arrays.stream(names)
        .filter(name -> searchPath().noneMatch(folder -> Files.isExecutable(folder.resolve(name))))
        .toList();
  }

  /// Runs a program and returns what it printed, or fails the test.
  public static String run(String... command) throws IOException {
    return run(new ProcessBuilder(command));
  }

  /// Runs a program and returns what it printed, or fails the test.
  public static String run(ProcessBuilder builder) throws IOException {
    builder.environment().merge("PATH", MORE, (path, more) -> path + ":" + more);
    var process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new AssertionError(
          "%s: exit status %d: %s".formatted(String.join(" ", builder.command()), status, printed));
    }
    return printed;
  }

  private static Stream<Path> searchPath() {
    var path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + ":" + MORE;
    return Arrays.stream(path.split(":", -1)).map(Path::of);
  }
}
