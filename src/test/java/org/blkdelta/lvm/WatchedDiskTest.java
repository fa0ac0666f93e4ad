package org.blkdelta.lvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.Interval;
import org.junit.jupiter.api.Test;

class WatchedDiskTest implements DiskContract {

  private long now;
  private int looks;
  private final SourceException lost = new SourceException("vg-snap: the snapshot is invalid");

  @Override
  public Disk holding(byte[] content) {
    return new WatchedDisk(
        new MemoryDisk("origin", content), () -> {}, new Interval(10, () -> now));
  }

  @Test
  void the_source_is_looked_at_once_in_an_interval() throws IOException {
    var disk = watched(() -> looks++);
    for (int tick = 0; tick < 100; tick++) {
      now = tick;
      disk.read(ByteBuffer.allocate(10), 0);
      disk.readAll(List.of(new Disk.Read(ByteBuffer.allocate(10), 5)));
    }
    assertEquals(9, looks); // at 10, 20 and so on
  }

  @Test
  void a_source_that_is_lost_is_read_no_further() {
    var disk =
        watched(
            () -> {
              throw lost;
            });
    now = 10;
    var buffer = ByteBuffer.allocate(10);
    assertSame(lost, assertThrows(SourceException.class, () -> disk.read(buffer, 0)));
    assertEquals(0, buffer.position());
  }

  private Disk watched(WatchedDisk.Look look) {
    return new WatchedDisk(
        new MemoryDisk("origin", new byte[100]), look, new Interval(10, () -> now));
  }
}
