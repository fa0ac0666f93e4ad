package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/// Independent readers of what blkdelta took. One that refuses a file says nothing.
final class Oracles {

  private static final Pattern RUN =
      Pattern.compile("<(different|left_only|right_only) begin=\"(\\d+)\" length=\"(\\d+)\"/>");
  private static final Pattern BLOCK_SIZE = Pattern.compile("data_block_size=\"(\\d+)\"");

  /// How often another reader agreed, and how often it refused what blkdelta took.
  static final AtomicLong AGREED = new AtomicLong();

  static final AtomicLong REFUSED = new AtomicLong();

  static void same(byte[] expected, Path found) throws IOException {
    int at = Arrays.mismatch(expected, Files.readAllBytes(found));
    if (at >= 0) {
      throw new AssertionError("exit status 0, and other content at byte " + at);
    }
    AGREED.incrementAndGet();
  }

  void sameAsQemu(Path disk, Path found, String what) throws IOException {
    var raw = disk.resolveSibling("by qemu");
    if (!program(
        "qemu-img", "convert", "-U", "-f", "vmdk", "-O", "raw", disk.toString(), raw.toString())) {
      REFUSED.incrementAndGet();
      return;
    }
    try {
      var expected = Files.readAllBytes(raw);
      var actual = Files.readAllBytes(found);
      int length = Math.min(expected.length, actual.length);
      // qemu leaves out lines of extents that it does not know, and shows a shorter disk
      int at = Arrays.mismatch(expected, 0, length, actual, 0, length);
      if (at >= 0) {
        throw new AssertionError(
            "exit status 0, and qemu sees other content at byte %d of %s".formatted(at, what));
      }
      AGREED.incrementAndGet();
    } finally {
      Files.delete(raw);
    }
  }

  void sameAsTarAndQemu(Path archive, Path found) throws IOException {
    var folder = Files.createDirectories(archive.resolveSibling("unpacked"));
    program("tar", "-xf", archive.toString(), "-C", folder.toString());
    try (var members = Files.list(folder)) {
      for (var member : members.filter(Files::isRegularFile).toList()) {
        if (Files.size(member) > 4 && new String(head(member), UTF_8).equals("KDMV")) {
          sameAsQemu(member, found, "the archive's disk");
          return;
        }
      }
    }
    REFUSED.incrementAndGet();
  }

  private static byte[] head(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(4);
    }
  }

  void sameAsThinDelta(Path pool, int older, int newer, long size, String extents)
      throws IOException {
    var told = output("thin_delta", "--snap1", "" + older, "--snap2", "" + newer, pool.toString());
    var blockSize = BLOCK_SIZE.matcher(told);
    if (!blockSize.find()) {
      REFUSED.incrementAndGet();
      return;
    }
    long bytes = Long.parseLong(blockSize.group(1)) * 512;
    var expected = new StringBuilder();
    var runs = RUN.matcher(told);
    long start = 0;
    long end = 0;
    var kind = "";
    while (runs.find()) {
      var next = runs.group(1).equals("left_only") ? "zero" : "data";
      long first = Long.parseLong(runs.group(2)) * bytes;
      if (first != end || !next.equals(kind)) {
        line(expected, start, Math.min(end, size), kind);
        start = first;
        kind = next;
      }
      end = first + Long.parseLong(runs.group(3)) * bytes;
    }
    line(expected, start, Math.min(end, size), kind);
    if (!expected.toString().equals(extents)) {
      throw new AssertionError(
          "thin_delta says%n%s%nand blkdelta%n%s".formatted(expected, extents));
    }
    AGREED.incrementAndGet();
  }

  private static void line(StringBuilder lines, long start, long end, String kind) {
    if (start < end) {
      lines.append("%d %d %s%n".formatted(start, end - start, kind));
    }
  }

  /// Reads a store as the kernel does, without a check.
  static void sameAsList(Path store, byte[] origin, byte[] old, Path found) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(store)).order(ByteOrder.LITTLE_ENDIAN);
    int chunk = bytes.getInt(12) * 512;
    int perArea = chunk / 16;
    var expected = old.clone();
    for (int index = 0; ; index++) {
      int at = (1 + index / perArea * (perArea + 1)) * chunk + index % perArea * 16;
      if (bytes.getLong(at + 8) == 0) {
        break;
      }
      int from = Math.toIntExact(bytes.getLong(at) * chunk);
      int length = Math.min(chunk, origin.length - from);
      System.arraycopy(origin, from, expected, from, length);
    }
    same(expected, found);
  }

  static void sameAsLvmsync(Path stream, Path found, int size) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(stream));
    var expected = new byte[size];
    while (bytes.get() != '\n') {
      // the first line
    }
    while (bytes.hasRemaining()) {
      int at = Math.toIntExact(bytes.getLong());
      bytes.get(expected, at, bytes.getInt());
    }
    same(expected, found);
  }

  static Path sparse(Path file, long size) throws IOException {
    try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(size);
    }
    return file;
  }

  /// Runs a program, and returns whether it ended well in time.
  static boolean program(String... words) throws IOException {
    var process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (process.waitFor(20, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return false;
  }

  private static String output(String... words) throws IOException {
    var process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var text = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      return process.waitFor() == 0 ? text : "";
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
