package org.blkdelta.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

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
    Stream.concat(Stream.of("losetup"), Arrays.stream(programs))
        .filter(name -> searchPath().noneMatch(folder -> Files.isExecutable(folder.resolve(name))))
        .forEach(missing::add);
    var message = "no real devices without " + String.join(", ", missing);
    if (!missing.isEmpty() && "true".equals(System.getenv("CI"))) {
      Assertions.fail(message);
    }
    Assumptions.assumeTrue(missing.isEmpty(), message);
  }

  /// Attaches the next free loop device to a file.
  ///
  /// @param options further options of losetup, such as `--read-only`
  public static LoopDevice on(Path file, String... options) throws IOException {
    var command = new ArrayList<>(List.of("losetup", "--find", "--show"));
    command.addAll(Arrays.asList(options));
    command.add(file.toString());
    return new LoopDevice(Path.of(run(command.toArray(String[]::new)).strip()), file);
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
    run("losetup", "--detach", node.toString());
  }

  /// Runs a program and returns what it printed, or fails the test.
  public static String run(String... command) throws IOException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    var process = builder.start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new AssertionError(
          "%s: exit status %d: %s".formatted(String.join(" ", command), status, printed));
    }
    return printed;
  }

  private static Stream<Path> searchPath() {
    var path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":", -1)).map(Path::of);
  }
}
