package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// Images in a folder that qemu's tools make and judge.
///
/// @param folder where they run
record QemuImages(Path folder) {

  /// Skips the test where qemu's tools are missing; fails it on a CI server.
  static void require() {
    var missing =
        Stream.of("qemu-img", "qemu-io")
            .filter(
                name ->
                    Arrays.stream(System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1))
                        .noneMatch(bin -> Files.isExecutable(Path.of(bin, name))))
            .toList();
    var message = "no judge without " + String.join(", ", missing) + " (of qemu-utils)";
    if (!missing.isEmpty() && "true".equals(System.getenv("CI"))) {
      Assertions.fail(message);
    }
    Assumptions.assumeTrue(missing.isEmpty(), message);
  }

  /// Runs one of its programs and returns what it printed, or fails the test.
  String run(List<String> command) throws IOException {
    var process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new AssertionError(
          "%s: exit status %d: %s".formatted(String.join(" ", command), status, printed));
    }
    return printed;
  }

  String run(String... command) throws IOException {
    return run(List.of(command));
  }

  /// Returns the disk that a chain makes.
  byte[] flattened(Path top) throws IOException {
    var raw = folder.resolve("flattened.raw");
    run(
        "qemu-img",
        "convert",
        "-f",
        "vmdk",
        "-O",
        "raw",
        "-t",
        "unsafe",
        top.toString(),
        raw.toString());
    var bytes = Files.readAllBytes(raw);
    Files.delete(raw);
    return bytes;
  }

  /// Returns for each sector what a link itself has of it: 'd' for data, 'z' for zeros, '.' for
  /// nothing.
  char[] map(Path link, int sectors) throws IOException {
    var kinds = new char[sectors];
    Arrays.fill(kinds, '.');
    var json = run("qemu-img", "map", "--output=json", "-f", "vmdk", link.toString());
    for (var element : JsonParser.parseString(json).getAsJsonArray()) {
      var entry = element.getAsJsonObject();
      if (entry.get("depth").getAsInt() == 0 && entry.get("present").getAsBoolean()) {
        int from = (int) (entry.get("start").getAsLong() / 512);
        int count = (int) (entry.get("length").getAsLong() / 512);
        Arrays.fill(kinds, from, from + count, entry.get("zero").getAsBoolean() ? 'z' : 'd');
      }
    }
    return kinds;
  }
}
