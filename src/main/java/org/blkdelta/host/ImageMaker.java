package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.linux.DurableFile;

/// Makes disk images, by `qemu-img`.
public final class ImageMaker {

  private static final String PROGRAM = "qemu-img";

  private ImageMaker() {}

  /// Returns whether the program is there.
  public static boolean isInstalled() {
    return SearchPath.of(System.getenv("PATH")).find(PROGRAM).isPresent();
  }

  /// Makes a file with an empty image in it, which nobody but its owner can read.
  ///
  /// @param file absolute, so that QEMU does not take it for anything else
  /// @param format what QEMU calls it
  /// @param size of the disk in it, in bytes; formats that know only sectors round it up
  /// @throws IOException if that fails, or anything is there; nothing is made then
  public static void make(Path file, String format, long size) throws IOException {
    DurableFile.create(file, new byte[0]);
    try {
      fill(file, format, size);
    } catch (IOException | RuntimeException fault) {
      Files.deleteIfExists(file);
      throw fault;
    }
  }

  private static void fill(Path file, String format, long size) throws IOException {
    var words = new ArrayList<>(List.of(PROGRAM, "create", "-q", "-f", format));
    if (format.equals("vpc")) {
      words.addAll(List.of("-o", "force_size=on")); // else it has a size of cylinders and heads
    }
    words.addAll(List.of(file.toString(), Long.toString(size)));
    var made = new HostCommands().run(words);
    if (made.status() != 0) {
      throw new IOException("%s: qemu-img cannot make it: %s".formatted(file, made.complaint()));
    }
  }
}
