package org.blkdelta.destination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.disk.WritableDiskContract;
import org.junit.jupiter.api.Test;

/// The pages of a run that are kept, and what they show later.
class SampledDiskTest implements WritableDiskContract {

  private static final int PAGE = WrittenPages.PAGE;
  private static final int SIZE = 8 << 20;

  private final MemoryDisk disk = new MemoryDisk("web", new byte[SIZE]);
  private final Random random = new Random(42);

  @Override
  public WritableDisk holding(byte[] content) {
    return new SampledDisk(new MemoryDisk("web", content), Optional.empty(), random);
  }

  @Test
  void few_pages_are_all_kept_where_they_were_written() throws IOException {
    var written = written(Optional.empty(), 5000, 3 * PAGE);
    assertEquals(
        List.of("5000+3192", "8192+4096", "12288+4096", "16384+904"),
        written.pages().stream().map(page -> page.offset() + "+" + page.length()).toList());
    assertEquals(OptionalLong.empty(), written.firstDifference(disk));
  }

  @Test
  void a_roll_back_of_any_page_that_was_kept_shows() throws IOException {
    var written = written(Optional.empty(), 5000, 3 * PAGE);
    for (int at : new int[] {5000, 8191, 8192, 16384 + 903}) {
      var old = new byte[1];
      disk.read(ByteBuffer.wrap(old), at);
      disk.write(ByteBuffer.wrap(new byte[] {(byte) ~old[0]}), at);
      assertTrue(written.firstDifference(disk).isPresent(), "at " + at);
      disk.write(ByteBuffer.wrap(old), at);
    }
    disk.write(ByteBuffer.wrap(new byte[100]), 4900);
    assertEquals(OptionalLong.empty(), written.firstDifference(disk));
  }

  @Test
  void of_many_pages_each_has_the_same_chance() throws IOException {
    long inFirstHalf = 0;
    for (int round = 0; round < 20; round++) {
      var pages = written(Optional.empty(), 0, SIZE).pages();
      assertEquals(SampledDisk.PAGES, pages.size());
      inFirstHalf += pages.stream().filter(page -> page.offset() < SIZE / 2).count();
    }
    double share = inFirstHalf / (20.0 * SampledDisk.PAGES);
    assertTrue(share > 0.45 && share < 0.55, "share of the first half: " + share);
  }

  @Test
  void zeros_are_kept_without_walking_over_all_of_them() throws IOException {
    var sampled = new SampledDisk(disk, Optional.empty(), random);
    sampled.zero(0, SIZE);
    assertEquals(SampledDisk.PAGES, sampled.pages().pages().size());
    assertEquals(OptionalLong.empty(), sampled.pages().firstDifference(disk));
  }

  @Test
  void what_is_written_twice_is_kept_as_it_is_last() throws IOException {
    var sampled = new SampledDisk(disk, Optional.empty(), random);
    for (int round = 0; round < 3000; round++) {
      var bytes = new byte[1 + random.nextInt(3 * PAGE)];
      random.nextBytes(bytes);
      sampled.write(ByteBuffer.wrap(bytes), random.nextInt(SIZE - bytes.length));
    }
    assertEquals(OptionalLong.empty(), sampled.pages().firstDifference(disk));
    assertTrue(sampled.pages().pages().size() > SampledDisk.PAGES / 4);
  }

  @Test
  void pages_of_earlier_runs_stay_unless_they_are_overwritten() throws IOException {
    var first = written(Optional.empty(), 0, 4 * PAGE);
    var second = written(Optional.of(first), 2 * PAGE + 100, PAGE);
    assertEquals(first.salt(), second.salt());
    assertEquals(
        List.of(0L, 4096L, 2L * PAGE + 100, 3L * PAGE),
        second.pages().stream().map(WrittenPages.Page::offset).toList());
    assertEquals(OptionalLong.empty(), second.firstDifference(disk));
  }

  @Test
  void a_smaller_disk_is_another() throws IOException {
    var written = written(Optional.empty(), SIZE - PAGE, PAGE);
    assertEquals(
        OptionalLong.of(SIZE - PAGE),
        written.firstDifference(new MemoryDisk("web", new byte[SIZE / 2])));
  }

  @Test
  void a_digest_depends_on_the_salt_and_the_place() {
    var bytes = new byte[PAGE];
    var salt = "00112233445566778899aabbccddeeff";
    var digest = WrittenPages.digest(salt, 0, bytes);
    assertEquals(32, digest.length());
    assertNotEquals(digest, WrittenPages.digest(salt.replace("00", "01"), 0, bytes));
    assertNotEquals(digest, WrittenPages.digest(salt, PAGE, bytes));
  }

  private WrittenPages written(Optional<WrittenPages> before, long offset, int length)
      throws IOException {
    var sampled = new SampledDisk(disk, before, random);
    var bytes = new byte[length];
    random.nextBytes(bytes);
    for (int at = 0; at < length; at += 64 << 10) {
      int piece = Math.min(64 << 10, length - at);
      sampled.write(ByteBuffer.wrap(bytes, at, piece).slice(), offset + at);
    }
    return sampled.pages();
  }
}
