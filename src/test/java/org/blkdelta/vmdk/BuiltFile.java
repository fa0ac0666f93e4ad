package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.Consumer;
import org.blkdelta.disk.MemoryDisk;

/// A file that a builder made; most of it may be holes.
///
/// @param size its bytes
/// @param parts what is not a hole, by where it begins, in bytes
/// @param tables the first sector of each grain table, by the table's index in the directory
/// @param grains the first sector of each grain with data, by the grain's index on the disk
public record BuiltFile(
    long size, NavigableMap<Long, byte[]> parts, Map<Long, Long> tables, Map<Long, Long> grains) {

  /// Returns its bytes, for a test to damage them.
  public byte[] bytes() {
    var whole = ByteBuffer.allocate(Math.toIntExact(size));
    parts.forEach((at, part) -> whole.put(at.intValue(), part, 0, inside(at, part)));
    return whole.array();
  }

  /// Returns it as a disk in memory.
  public MemoryDisk disk(String name) {
    return new MemoryDisk(name, bytes());
  }

  /// Writes it, with its holes.
  public Path write(Path file) throws IOException {
    Files.deleteIfExists(file);
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (var part : parts.entrySet()) {
        var bytes = ByteBuffer.wrap(part.getValue(), 0, inside(part.getKey(), part.getValue()));
        for (long at = part.getKey(); bytes.hasRemaining(); ) {
          at += channel.write(bytes, at);
        }
      }
      if (channel.size() < size) {
        channel.write(ByteBuffer.allocate(1), size - 1);
      }
    }
    return file;
  }

  /// Returns bytes that are written as little-endian fields.
  static byte[] fields(int length, Consumer<ByteBuffer> writer) {
    var bytes = new byte[length];
    writer.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return bytes;
  }

  /// Returns bytes that mean nothing and are not zero.
  static byte[] rubbish(int length) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xa5);
    return bytes;
  }

  private int inside(long at, byte[] part) {
    return Math.clamp(size - at, 0, part.length);
  }
}
