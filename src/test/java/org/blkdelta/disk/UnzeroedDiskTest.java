package org.blkdelta.disk;

import static org.blkdelta.disk.DiskContract.bytes;
import static org.blkdelta.disk.DiskContract.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UnzeroedDiskTest implements WritableDiskContract {

  private static final int BLOCK = 8192;

  /// A thin device as the kernel makes them of a pool with skip_block_zeroing: a block is mapped by
  /// the first write to it, and shows what was there before, but for what is written.
  private static final class StaleDevice extends ForwardingWritableDisk {

    private final WritableDisk memory;
    private final BitSet mapped = new BitSet();

    StaleDevice(WritableDisk memory) {
      super(memory);
      this.memory = memory;
    }

    /// Returns one that holds something, all of it mapped.
    static StaleDevice holding(byte[] content) {
      var device = new StaleDevice(new MemoryDisk("stale", content));
      device.mapped.set(0, Math.ceilDiv(content.length, BLOCK));
      return device;
    }

    @Override
    public void write(ByteBuffer src, long offset) throws IOException {
      checkInside(offset, src.remaining());
      long end = offset + src.remaining();
      for (long at = offset / BLOCK * BLOCK; at < end; at += BLOCK) {
        int block = (int) (at / BLOCK);
        if (!mapped.get(block)) {
          mapped.set(block);
          var stale = new byte[(int) Math.min(BLOCK, size() - at)];
          Arrays.fill(stale, (byte) 0xee);
          memory.write(ByteBuffer.wrap(stale), at);
        }
      }
      memory.write(src, offset);
    }

    @Override
    public void zero(long offset, long length) {
      throw new AssertionError("zeros are left to the pool");
    }
  }

  private final List<String> wholes = new ArrayList<>();

  @Override
  public WritableDisk holding(byte[] content) {
    return inFrontOf(StaleDevice.holding(content));
  }

  private UnzeroedDisk inFrontOf(StaleDevice device) {
    return UnzeroedDisk.of(
        device,
        BLOCK,
        new UnzeroedDisk.ZeroWriter() {
          @Override
          public void write(long offset, long length) throws IOException {
            wholes.add(offset + "+" + length);
            device.write(ByteBuffer.allocate((int) length), offset);
          }

          @Override
          public void close() {
            wholes.add("closed");
          }
        });
  }

  @Test
  void a_write_to_a_part_of_a_block_leaves_the_rest_zero() throws IOException {
    var device = new StaleDevice(new MemoryDisk("stale", new byte[5 * BLOCK]));
    try (var disk = inFrontOf(device)) {
      disk.write(ByteBuffer.wrap(bytes(BLOCK + 10)), BLOCK + 100);
      disk.write(ByteBuffer.wrap(bytes(10)), 2 * BLOCK + 200); // the block is known
      disk.zero(3 * BLOCK + 4096, BLOCK);
      disk.write(ByteBuffer.wrap(bytes(BLOCK)), 0);
      var expected = new byte[5 * BLOCK];
      System.arraycopy(bytes(BLOCK + 10), 0, expected, BLOCK + 100, BLOCK + 10);
      System.arraycopy(bytes(10), 0, expected, 2 * BLOCK + 200, 10);
      System.arraycopy(bytes(BLOCK), 0, expected, 0, BLOCK);
      assertArrayEquals(expected, read(disk, 0, 5 * BLOCK));
    }
    assertEquals(List.of("8192+8192", "16384+8192", "24576+8192", "32768+8192", "closed"), wholes);
  }

  @Test
  void whole_blocks_of_zeros_are_written() throws IOException {
    var device = new StaleDevice(new MemoryDisk("stale", new byte[3 * BLOCK]));
    try (var disk = inFrontOf(device)) {
      disk.zero(0, 2 * BLOCK);
      assertTrue(device.mapped.get(0) && device.mapped.get(1) && !device.mapped.get(2));
      assertArrayEquals(new byte[3 * BLOCK], read(disk, 0, 3 * BLOCK));
    }
    assertEquals(List.of("closed"), wholes);
  }

  @Test
  void writes_anywhere_give_what_they_give_elsewhere() throws IOException {
    int size = 40 * BLOCK + 1024;
    for (int seed = 1; seed <= 20; seed++) {
      var random = new Random(seed);
      var device = new StaleDevice(new MemoryDisk("stale", new byte[size]));
      var expected = new MemoryDisk("expected", new byte[size]);
      try (var disk = inFrontOf(device)) {
        for (int round = 0; round < 60; round++) {
          int offset = random.nextInt(size);
          int length = random.nextInt(Math.min(3 * BLOCK, size - offset));
          if (random.nextBoolean()) {
            disk.zero(offset, length);
            expected.zero(offset, length);
          } else {
            disk.write(ByteBuffer.wrap(bytes(length)), offset);
            expected.write(ByteBuffer.wrap(bytes(length)), offset);
          }
          assertArrayEquals(expected.bytes(), read(disk, 0, size), "seed " + seed);
        }
      }
    }
  }
}
