package org.blkdelta.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.HostDevices;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.linux.DurableFile;

/// A text that a command writes when it ends: to a file, in the place of an older one; or to
/// standard output, by the name `-`; or to what the shell has opened, by a name such as
/// `/dev/stderr`. What a file is decides, not its name: the source, the destination and the like
/// are never replaced, and neither is what is not a regular file.
public final class OutputFile {

  private static final Pattern DESCRIPTOR =
      Pattern.compile("/dev/std(?<name>out|err)|(/dev/fd|/proc/self/fd)/(?<number>[0-9]{1,4})");

  private final String what;
  private final Path file;
  private final Streams streams;

  /// @param what it is, for messages: "the receipt"
  OutputFile(String what, Path file, Streams streams) {
    this.what = what;
    this.file = file;
    this.streams = streams;
  }

  /// Returns whether it goes where a stream goes.
  public boolean isStandardOutput() {
    return descriptor().equals("1");
  }

  /// Finds out before the run whether it can be written.
  ///
  /// @param others names of what must not be replaced; some may be of other machines, or of nothing
  void check(Collection<String> others) throws RefusedException {
    if (!descriptor().isEmpty()) {
      return;
    }
    try {
      DurableFile.checkReplaceable(file);
    } catch (IOException other) {
      throw new RefusedException(
          SyncException.describe(other) + "; name another file for " + what, other);
    }
    var folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new RefusedException(
          "%s: %s cannot be written there; name a file in a folder that can be written"
              .formatted(file, what));
    }
    for (var other : others) {
      if (isSame(other)) {
        var is = other.equals(file.toString()) ? "" : "is " + other + ", and ";
        throw new RefusedException(
            "%s: %s%s would replace it; name another file".formatted(file, is, what));
      }
    }
  }

  /// Returns whether writing it loses nothing: there is no such file, it is empty, or it begins as
  /// such a text does.
  ///
  /// @param beginning of every such text, in ASCII
  boolean isSpare(String beginning) throws IOException {
    if (!descriptor().isEmpty() || Files.notExists(file)) {
      return true;
    }
    try (var in = Files.newInputStream(file)) {
      var head = in.readNBytes(beginning.length());
      return head.length == 0 || Arrays.equals(head, beginning.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /// Checks that it is none of the files of a source.
  void checkNot(BackingDevices source) throws IOException {
    if (descriptor().isEmpty() && Files.exists(file)) {
      var own = HostDevices.backing(List.of(file));
      if (own.host().equals(source.host())
          && own.tops().stream().anyMatch(source.below()::contains)) {
        throw new RefusedException(
            "%s: belongs to the source, and %s would replace it; name another file"
                .formatted(file, what));
      }
    }
  }

  /// Writes it, durably if it is a file.
  void write(String text) throws IOException {
    var descriptor = descriptor();
    switch (descriptor) {
      case "" -> DurableFile.replace(file, text.getBytes(StandardCharsets.UTF_8));
      case "1" -> print(streams.out(), text);
      case "2" -> print(streams.err(), text);
      default -> {
        try (var out = Descriptors.open(descriptor, file.toString())) {
          print(out, text);
        }
      }
    }
  }

  private void print(PrintStream out, String text) throws IOException {
    out.print(text);
    if (out.checkError()) {
      throw new IOException(file + ": its reader is gone, or the disk full");
    }
  }

  /// Returns the number of the open file that is meant, or nothing if it is a file of its own.
  private String descriptor() {
    if (file.toString().equals("-")) {
      return "1";
    }
    var name = DESCRIPTOR.matcher(file.toString());
    if (!name.matches()) {
      return "";
    }
    var number = name.group("number");
    return number != null ? number : name.group("name").equals("out") ? "1" : "2";
  }

  private boolean isSame(String other) {
    try {
      var path = Path.of(other);
      return path.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize())
          || (Files.exists(file) && Files.exists(path) && Files.isSameFile(file, path));
    } catch (InvalidPathException | IOException noFile) {
      return false;
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
