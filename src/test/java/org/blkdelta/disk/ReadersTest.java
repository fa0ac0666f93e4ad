package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadersTest {

  @Test
  void each_buffer_gets_its_own_bytes() throws IOException {
    var content = new byte[1 << 20];
    new Random(5).nextBytes(content);
    var copy = new byte[content.length];
    try (var readers =
        new Readers((dst, offset) -> dst.put(content, (int) offset, dst.remaining()))) {
      readers.readAll(pieces(copy, 1000));
    }
    assertArrayEquals(content, copy);
  }

  @Test
  void sixteen_are_under_way_together() throws IOException {
    var all = new CountDownLatch(Readers.MAX_READS);
    try (var readers = new Readers((dst, offset) -> meet(all))) {
      readers.readAll(pieces(new byte[Readers.MAX_READS], 1));
    }
    assertEquals(0, all.getCount());
  }

  @Test
  void a_failure_is_told_when_no_buffer_is_filled_any_more() {
    var under = new AtomicInteger();
    try (var readers =
        new Readers(
            (dst, offset) -> {
              under.incrementAndGet();
              dst.put(new byte[dst.remaining()]);
              under.decrementAndGet();
              if (offset == 5000) {
                throw new IOException("disk: at byte 5000: bad");
              }
            })) {
      var failed =
          assertThrows(IOException.class, () -> readers.readAll(pieces(new byte[1 << 20], 1000)));
      assertEquals(0, under.get());
      assertEquals("disk: at byte 5000: bad", failed.getMessage());
    }
  }

  @Test
  void nothing_is_read_where_nothing_is_asked_for() throws IOException {
    try (var readers = new Readers((dst, offset) -> assertTrue(false))) {
      readers.readAll(List.of());
    }
  }

  private static void meet(CountDownLatch all) throws IOException {
    all.countDown();
    try {
      if (!all.await(30, TimeUnit.SECONDS)) {
        throw new IOException("alone");
      }
    } catch (InterruptedException stopped) {
      throw new IOException(stopped);
    }
  }

  private static List<Disk.Read> pieces(byte[] array, int length) {
    var reads = new ArrayList<Disk.Read>();
    for (int at = 0; at < array.length; at += length) {
      reads.add(new Disk.Read(ByteBuffer.wrap(array, at, Math.min(length, array.length - at)), at));
    }
    return reads;
  }
}
