package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class DryDiskTest implements DiskContract {

  @Override
  public Disk holding(byte[] content) {
    return new DryDisk(new MemoryDisk("web", content));
  }

  @Test
  void it_takes_everything_and_reads_as_what_would_be_made() throws IOException {
    try (var disk = new DryDisk("web", 4096)) {
      var bytes = ByteBuffer.allocate(512);
      disk.write(bytes, 0);
      assertFalse(bytes.hasRemaining());
      disk.zero(0, 4096);
      disk.sync();
      assertEquals(4096, disk.size());
      var read = ByteBuffer.wrap(new byte[] {1, 2, 3});
      disk.read(read, 8);
      assertArrayEquals(new byte[3], read.array());
    }
  }

  @Test
  void one_that_exists_is_read_and_never_written() throws IOException {
    var content = new RecordingDisk(new MemoryDisk("web", new byte[] {1, 2, 3, 4}));
    try (var disk = new DryDisk(content)) {
      disk.write(ByteBuffer.allocate(4), 0);
      disk.zero(0, 4);
      disk.sync();
      var read = ByteBuffer.allocate(2);
      disk.read(read, 1);
      assertArrayEquals(new byte[] {2, 3}, read.array());
    }
    assertEquals(List.of("read 1+2", "close"), content.events());
  }

  @Test
  void what_a_real_run_could_not_write_is_refused() throws IOException {
    try (var disk = new DryDisk("web", 4096)) {
      assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(2), 4095));
      assertThrows(IOException.class, () -> disk.zero(1, 4096));
      assertThrows(EOFException.class, () -> DiskContract.read(disk, 4095, 2));
      assertEquals(4096, disk.nextData(7));
    }
  }
}
