package org.blkdelta.disk;

import static org.blkdelta.disk.DiskContract.bytes;
import static org.blkdelta.disk.DiskContract.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.linux.NativeException;
import org.blkdelta.linux.NativeFile;
import org.junit.jupiter.api.Test;

class ThinDiskTest implements WritableDiskContract {

  private static final int BLOCK = 65_536;

  private final List<String> events = new ArrayList<>();

  /// What the kernel makes of a discard: a block that somebody is busy with stays as it is.
  private ThinDisk thin(MemoryDisk device, long... busy) {
    return ThinDisk.of(
        new RecordingDisk(device, "", events),
        device,
        BLOCK,
        (offset, length) -> {
          events.add("discard %d+%d".formatted(offset, length));
          for (long at = offset; at < offset + length; at += BLOCK) {
            long block = at / BLOCK;
            if (Arrays.stream(busy).noneMatch(one -> one == block)) {
              device.zero(at, BLOCK);
            }
          }
        });
  }

  private ThinDisk refusing(MemoryDisk device, int errno) {
    return ThinDisk.of(
        new RecordingDisk(device, "", events),
        device,
        BLOCK,
        (offset, length) -> {
          events.add("discard %d+%d".formatted(offset, length));
          throw new NativeException("BLKDISCARD", errno, "refused");
        });
  }

  @Override
  public WritableDisk holding(byte[] content) {
    return thin(new MemoryDisk("thin", content), 2, 3);
  }

  @Test
  void whole_blocks_are_discarded_and_the_edges_are_zeroed() throws IOException {
    var device = new MemoryDisk("thin", bytes(6 * BLOCK));
    var disk = thin(device);
    disk.zero(100, 3 * BLOCK);
    disk.zero(4 * BLOCK, BLOCK);
    disk.zero(5 * BLOCK + 1, BLOCK - 2);
    assertEquals(
        List.of(
            "zero 100+65436",
            "discard 65536+131072",
            "zero 196608+100",
            "discard 262144+65536",
            "zero 327681+65534"),
        events);
  }

  @Test
  void the_last_part_of_a_block_is_no_block() throws IOException {
    var disk = thin(new MemoryDisk("thin", bytes(BLOCK + 512)));
    disk.zero(0, BLOCK + 512);
    assertEquals(List.of("discard 0+65536", "zero 65536+512"), events);
  }

  @Test
  void long_runs_are_discarded_in_spans() throws IOException {
    var disk = thin(new MemoryDisk("thin", new byte[(16 << 20) + 2 * BLOCK]));
    disk.zero(BLOCK, (16 << 20) + BLOCK);
    assertEquals(List.of("discard 65536+16777216", "discard 16842752+65536"), events);
  }

  @Test
  void a_block_that_was_not_taken_back_is_zeroed() throws IOException {
    var device = new MemoryDisk("thin", bytes(4 * BLOCK));
    thin(device, 1).zero(0, 4 * BLOCK);
    assertEquals(
        List.of(
            "discard 0+262144",
            "zero 0+65536",
            "zero 65536+65536",
            "zero 131072+65536",
            "zero 196608+65536"),
        events);
    assertArrayEquals(new byte[4 * BLOCK], device.bytes());
  }

  @Test
  void a_pool_that_takes_no_discards_is_asked_once() throws IOException {
    var device = new MemoryDisk("thin", bytes(4 * BLOCK));
    var disk = refusing(device, 95);
    disk.zero(0, 2 * BLOCK);
    disk.zero(2 * BLOCK, 2 * BLOCK);
    assertEquals(
        List.of("discard 0+131072", "zero 0+65536", "zero 65536+65536", "zero 131072+131072"),
        events);
    assertArrayEquals(new byte[4 * BLOCK], device.bytes());
  }

  @Test
  void a_range_whose_pages_wait_to_be_written_is_zeroed_and_the_next_is_tried() throws IOException {
    var device = new MemoryDisk("thin", bytes(2 * BLOCK));
    var disk = refusing(device, NativeFile.EBUSY);
    disk.zero(0, BLOCK);
    disk.zero(BLOCK, BLOCK);
    assertEquals(
        List.of("discard 0+65536", "zero 0+65536", "discard 65536+65536", "zero 65536+65536"),
        events);
    assertArrayEquals(new byte[2 * BLOCK], read(disk, 0, 2 * BLOCK));
  }
}
