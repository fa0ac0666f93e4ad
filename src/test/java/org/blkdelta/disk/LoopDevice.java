package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A block device of this host's kernel that stands on a file. Closing it detaches it.
public final class LoopDevice implements Closeable {

  private final Path node;
  private final Path file;

  private LoopDevice(Path node, Path file) {
    this.node = node;
    this.file = file;
  }

  /// Skips the test where this host cannot give it loop devices or lacks one of the programs that
  /// it runs; fails it on a CI server.
  public static void require(String... programs) {
    var missing = new ArrayList<String>();
    if (!System.getProperty("user.name", "").equals("root")) {
      missing.add("root");
    }
    if (!Files.isWritable(Path.of("/dev/loop-control"))) {
      missing.add("/dev/loop-control");
    }
    missing.addAll(Programs.missing("losetup"));
    missing.addAll(Programs.missing(programs));
    Programs.require(missing);
  }

  /// Attaches the next free loop device to a file.
  ///
  /// @param options further options of losetup, such as `--read-only`
  public static LoopDevice on(Path file, String... options) throws IOException {
    var command = new ArrayList<>(List.of("losetup", "--find", "--show"));
    command.addAll(Arrays.asList(options));
    command.add(file.toString());
    return new LoopDevice(Path.of(Programs.run(command.toArray(String[]::new)).strip()), file);
  }

  /// Attaches one to a sparse file of `size` bytes, which is made at `file`.
  public static LoopDevice sparse(Path file, long size, String... options) throws IOException {
    try (var image = new RandomAccessFile(file.toFile(), "rw")) {
      image.setLength(size);
    }
    return on(file, options);
  }

  /// Returns its node, such as `/dev/loop0`.
  public Path node() {
    return node;
  }

  /// Returns the node of its partition 1, 2, ….
  public Path partition(int number) {
    return Path.of(node + "p" + number);
  }

  /// Returns the file that it stands on.
  public Path file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    Programs.run("losetup", "--detach", node.toString());
  }
}
