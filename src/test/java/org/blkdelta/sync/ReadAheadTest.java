package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.RefusedException;
import org.junit.jupiter.api.Test;

class ReadAheadTest {

  private static final int BATCH = 4 << 20;

  @Test
  void a_batch_is_read_while_the_one_before_is_handed_on() throws IOException {
    var second = new CountDownLatch(1);
    var disk =
        new Watched() {
          @Override
          public void read(ByteBuffer dst, long offset) throws IOException {
            super.read(dst, offset);
            if (offset >= BATCH) {
              second.countDown();
            }
          }
        };
    var taken = new ArrayList<Long>();
    try (var ahead =
        new ReadAhead(
            disk,
            (extent, bytes) -> {
              assertTrue(arrived(second), "the second batch waits for the first");
              taken.add(extent.offset());
            })) {
      ahead.add(new Extent(0, 2 * BATCH, Extent.Kind.DATA));
      ahead.finish();
    }
    assertEquals(List.of(0L, 1L << 20, 2L << 20, 3L << 20), taken.subList(0, 4));
    assertEquals(8, taken.size());
  }

  @Test
  void what_the_taker_throws_comes_out_and_nothing_is_handed_on_after_it() throws IOException {
    var taken = new ArrayList<Long>();
    try (var ahead =
        new ReadAhead(
            new Watched(),
            (extent, bytes) -> {
              taken.add(extent.offset());
              throw new RefusedException("no");
            })) {
      var whole = new Extent(0, 4 * BATCH, Extent.Kind.DATA);
      assertEquals("no", assertThrows(RefusedException.class, () -> ahead.add(whole)).getMessage());
    }
    assertEquals(List.of(0L), taken);
  }

  @Test
  void extents_without_bytes_keep_their_place() throws IOException {
    var taken = new ArrayList<String>();
    try (var ahead =
        new ReadAhead(
            new Watched(),
            (extent, bytes) -> taken.add(extent.offset() + ":" + bytes.remaining()))) {
      for (int at = 0; at < 40_000; at += 2) {
        ahead.add(new Extent(at, 1, at % 4 == 0 ? Extent.Kind.ZERO : Extent.Kind.DATA));
      }
      ahead.finish();
    }
    assertEquals(20_000, taken.size());
    assertEquals(List.of("0:0", "2:1", "4:0"), taken.subList(0, 3));
    assertEquals("39998:1", taken.getLast());
  }

  private static boolean arrived(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  private static class Watched implements Disk {

    private final MemoryDisk disk = new MemoryDisk("memory", new byte[4 * BATCH]);

    @Override
    public String name() {
      return disk.name();
    }

    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public void read(ByteBuffer dst, long offset) throws IOException {
      disk.read(dst, offset);
    }

    @Override
    public void close() {}
  }
}
