package org.blkdelta.report;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DeviceNumber;

/// The descriptors that were handed to this process.
public final class Descriptors {

  private Descriptors() {}

  /// Opens one for writing. The JVM has files of its own open, jars among them, but those only for
  /// reading; devices are never meant.
  ///
  /// @param name what messages call it
  public static PrintStream open(String number, String name) throws IOException {
    var path = Path.of("/proc/self/fd", number);
    try {
      if (!isWritable(number) || DeviceNumber.of(path).isPresent()) {
        throw new UsageException(
            "%s: the shell has opened no file for writing as %s; say %s>FILE"
                .formatted(name, number, number));
      }
      return new PrintStream(
          new FileOutputStream(path.toString(), true), true, StandardCharsets.UTF_8);
    } catch (FileNotFoundException | NoSuchFileException closed) {
      throw new UsageException(name + ": no such open descriptor", closed);
    }
  }

  /// Reads the access mode from the last octal digit of the flags; see proc(5), fdinfo.
  private static boolean isWritable(String number) throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/self/fdinfo", number))) {
      if (line.startsWith("flags:")) {
        return (line.charAt(line.length() - 1) & 3) != 0;
      }
    }
    return false;
  }
}
