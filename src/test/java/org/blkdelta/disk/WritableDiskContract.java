package org.blkdelta.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.disk.DiskContract.bytes;
import static org.blkdelta.disk.DiskContract.read;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What every disk that is written in place does.
public interface WritableDiskContract extends DiskContract {

  @Override
  WritableDisk holding(byte[] content) throws IOException;

  @Test
  default void writes_land_where_they_belong_and_nowhere_else() throws IOException {
    var content = bytes(10_001);
    try (var disk = holding(content)) {
      disk.write(ByteBuffer.wrap("first".getBytes(UTF_8)), 0);
      disk.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 9998);
      disk.sync();
      System.arraycopy("first".getBytes(UTF_8), 0, content, 0, 5);
      System.arraycopy(new byte[] {1, 2, 3}, 0, content, 9998, 3);
      assertArrayEquals(content, read(disk, 0, content.length));
    }
  }

  @Test
  default void zeroed_runs_read_as_zeros_and_their_neighbours_stay() throws IOException {
    var content = bytes(1_000_003);
    try (var disk = holding(content)) {
      for (int[] run : new int[][] {{1, 1}, {4000, 200}, {70_001, 300_001}, {999_000, 1003}}) {
        disk.zero(run[0], run[1]);
        Arrays.fill(content, run[0], run[0] + run[1], (byte) 0);
        assertArrayEquals(content, read(disk, 0, content.length));
      }
      disk.sync();
      assertArrayEquals(content, read(disk, 0, content.length));
    }
  }

  @Test
  default void writing_or_zeroing_beyond_the_end_is_refused_whole() throws IOException {
    var content = bytes(100_000);
    try (var disk = holding(content)) {
      var refused =
          assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(11), 99_990));
      assertSays(refused, "11 bytes reach beyond its end at 100000");
      assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(1), 100_000));
      assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(1), Long.MAX_VALUE));
      assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(1), -1));
      assertThrows(IOException.class, () -> disk.zero(0, 100_001));
      assertThrows(IOException.class, () -> disk.zero(1, Long.MAX_VALUE));
      assertEquals(100_000, disk.size());
      assertArrayEquals(content, read(disk, 0, content.length));
    }
  }
}
