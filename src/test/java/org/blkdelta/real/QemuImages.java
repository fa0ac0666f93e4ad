package org.blkdelta.real;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.disk.Programs;

/// Images in a folder that qemu's tools make and judge.
///
/// @param folder where they run
record QemuImages(Path folder) {

  /// Skips the test where qemu's tools are missing; fails it on a CI server.
  static void require() {
    Programs.require("qemu-img", "qemu-io");
  }

  /// Runs one of its programs and returns what it printed, or fails the test.
  String run(List<String> command) throws IOException {
    return Programs.run(new ProcessBuilder(command).directory(folder.toFile()));
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
