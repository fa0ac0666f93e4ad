package org.blkdelta.disk;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceNumbers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteWatchTest {

  private static final DeviceNumber NUMBER = new DeviceNumber(254, 0);

  @TempDir Path folder;

  private Path node;
  private Path device;

  /// The numbers are those of a real volume: reads 41, 5.2 MB; writes 7, 56 sectors; discards 2.
  @BeforeEach
  void aDevice() throws IOException {
    node = Files.write(folder.resolve("web"), new byte[4096]);
    device = Files.createDirectories(folder.resolve("sys/dev/block/254:0"));
    stat("41 0 10240 3 7 0 56 2 0 12 5 2 0 16 1 9 3");
    Files.writeString(device.resolve("inflight"), "       0        0\n");
  }

  @Test
  void reads_and_flushes_are_not_writes() throws IOException {
    var watch = watch();
    stat("941 10 510240 33 11 0 56 2 0 99 55 2 0 16 1 99 33");
    assertFalse(watch.isWritten());
    Files.writeString(device.resolve("inflight"), "       4        0\n");
    assertFalse(watch.isWritten());
  }

  @Test
  void written_and_discarded_sectors_are_and_so_is_a_write_under_way() throws IOException {
    var watch = watch();
    stat("41 0 10240 3 8 0 64 2 0 12 5 2 0 16 1 9 3");
    assertTrue(watch.isWritten());
    stat("41 0 10240 3 7 0 56 2 0 12 5 3 0 24 1 9 3");
    assertTrue(watch.isWritten());
    stat("41 0 10240 3 7 0 56 2 0 12 5 2 0 16 1 9 3");
    assertFalse(watch.isWritten());
    Files.writeString(device.resolve("inflight"), "       0        1\n");
    assertTrue(watch.isWritten());
  }

  /// It may end after the sectors that it writes were read.
  @Test
  void a_write_that_was_under_way_at_the_beginning_counts() throws IOException {
    Files.writeString(device.resolve("inflight"), "       0        1\n");
    var watch = watch();
    Files.writeString(device.resolve("inflight"), "       0        0\n");
    assertTrue(watch.isWritten());
  }

  @Test
  void kernels_before_4_18_count_no_discards() throws IOException {
    stat("41 0 10240 3 7 0 56 2 0 12 5");
    Files.delete(device.resolve("inflight"));
    var watch = watch();
    assertFalse(watch.isWritten());
    stat("41 0 10240 3 7 0 57 2 0 12 5");
    assertTrue(watch.isWritten());
  }

  @Test
  void a_device_whose_writes_are_not_counted_is_refused() throws IOException {
    var queue = Files.createDirectories(device.resolve("queue")).resolve("iostats");
    Files.writeString(queue, "0\n");
    assertEquals(
        node
            + ": the kernel does not count what is written to it ("
            + queue
            + " is 0), so nothing tells whether it stays as it is while it is read; turn that on:"
            + " echo 1 > "
            + queue,
        assertThrows(SourceException.class, this::watch).getMessage());
    Files.writeString(queue, "1\n");
    assertFalse(watch().isWritten());
  }

  @Test
  void a_file_is_written_to_if_its_time_or_size_changes() throws IOException {
    var watch = WriteWatch.of(node);
    assertFalse(watch.isWritten());
    Files.write(node, new byte[4096]);
    assertTrue(watch.isWritten());
    var truncated = WriteWatch.of(node);
    Files.write(node, new byte[4095]);
    assertTrue(truncated.isWritten());
  }

  /// The kernel stamps a file when a page of it becomes dirty, and not again while it is.
  @Test
  void a_page_that_stays_mapped_and_dirty_is_seen() throws IOException {
    assumeFalse(Files.getFileStore(node).type().equals("tmpfs"), "has no medium to write out to");
    try (var file = FileChannel.open(node, READ, WRITE)) {
      var page = file.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
      page.put(7, (byte) 1);
      var watch = WriteWatch.of(node);
      assertFalse(watch.isWritten());
      page.put(7, (byte) 2);
      assertTrue(watch.isWritten());
    }
  }

  private void stat(String words) throws IOException {
    Files.writeString(device.resolve("stat"), "  " + words.replace(" ", "    ") + "\n");
  }

  private WriteWatch watch() throws IOException {
    DeviceNumbers numbers = path -> path.equals(node) ? Optional.of(NUMBER) : Optional.empty();
    return WriteWatch.of(node, folder.resolve("sys"), numbers);
  }
}
