package org.blkdelta.disk;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What every disk does.
public interface DiskContract {

  /// Opens a disk that holds `content`, of a multiple of [#unit()] bytes.
  Disk holding(byte[] content) throws IOException;

  /// Returns the bytes that the disk's size is a multiple of.
  default int unit() {
    return 1;
  }

  @Test
  default void it_reads_what_it_holds_at_any_offset() throws IOException {
    var content = bytes(whole(10_001));
    try (var disk = holding(content)) {
      assertEquals(content.length, disk.size());
      for (int offset : new int[] {0, 1, 511, 4095, 4096, 10_000, content.length - 1}) {
        int most = content.length - offset;
        for (int length : new int[] {1, Math.min(most, 777), most}) {
          assertArrayEquals(
              Arrays.copyOfRange(content, offset, offset + length), read(disk, offset, length));
        }
      }
    }
  }

  @Test
  default void reading_fills_what_is_left_of_the_buffer_and_nothing_else() throws IOException {
    var content = bytes(whole(5000));
    try (var disk = holding(content)) {
      var dst = ByteBuffer.allocate(100).position(7).limit(60);
      disk.read(dst, 1000);
      assertEquals(60, dst.position());
      var expected = new byte[100];
      System.arraycopy(content, 1000, expected, 7, 53);
      assertArrayEquals(expected, dst.array());
    }
  }

  @Test
  default void reading_beyond_the_end_is_no_short_read() throws IOException {
    var content = bytes(whole(1000));
    try (var disk = holding(content)) {
      for (long offset : new long[] {content.length - 10, content.length, content.length + 1L}) {
        var cut = assertThrows(EOFException.class, () -> read(disk, offset, 11));
        assertSays(cut, disk.name() + ": at byte ", ": ends ", ", too early");
      }
    }
  }

  @Test
  default void several_reads_at_once_give_what_each_gives() throws IOException {
    var content = bytes(whole(50_000));
    var random = new Random(42);
    try (var disk = holding(content)) {
      var shared = new byte[40_000];
      var expected = new byte[shared.length];
      var reads = new ArrayList<Disk.Read>();
      for (int at = 0; at < shared.length; ) {
        int length = Math.min(shared.length - at, 1 + random.nextInt(5000));
        int offset = random.nextInt(content.length - length);
        reads.add(new Disk.Read(ByteBuffer.wrap(shared, at, length), offset));
        System.arraycopy(content, offset, expected, at, length);
        at += length;
      }
      disk.readAll(reads);
      assertArrayEquals(expected, shared);
    }
  }

  @Test
  default void reads_fill_memory_outside_the_heap_as_well() throws IOException {
    var content = bytes(whole(50_000));
    try (var disk = holding(content)) {
      var shared = ByteBuffer.allocateDirect(40_000);
      var reads = new ArrayList<Disk.Read>();
      for (int at = 0; at < shared.capacity(); at += 5000) {
        reads.add(new Disk.Read(shared.duplicate().position(at).limit(at + 5000), at + 7));
      }
      disk.begin(reads).finish();
      var found = new byte[shared.capacity()];
      shared.get(0, found);
      assertArrayEquals(Arrays.copyOfRange(content, 7, 7 + found.length), found);
    }
  }

  @Test
  default void only_zeros_come_before_the_next_data() throws IOException {
    var content = new byte[whole(1_000_000)];
    System.arraycopy(bytes(10), 0, content, 400_000, 10);
    content[700_000] = 1;
    try (var disk = holding(content)) {
      for (int from : new int[] {0, 1, 399_999, 400_005, 400_010, 700_000, 700_001}) {
        long next = disk.nextData(from);
        assertTrue(next >= from, next + " from " + from);
        for (int at = from; at < Math.min(next, content.length); at++) {
          assertEquals(0, content[at], "at " + at + " from " + from);
        }
      }
      assertTrue(disk.nextData(content.length) >= content.length);
    }
  }

  private int whole(int size) {
    return Math.ceilDiv(size, unit()) * unit();
  }

  /// Returns bytes that are never zero.
  static byte[] bytes(int length) {
    var random = new Random(length);
    var bytes = new byte[length];
    for (int at = 0; at < length; at++) {
      bytes[at] = (byte) (1 + random.nextInt(255));
    }
    return bytes;
  }

  /// Returns bytes of a disk.
  static byte[] read(Disk disk, long offset, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    disk.read(bytes, offset);
    return bytes.array();
  }
}
