package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DryDiskTest {

  @Test
  void it_takes_everything_and_cannot_be_read() throws IOException {
    try (var disk = new DryDisk("web", 4096)) {
      var bytes = ByteBuffer.allocate(512);
      disk.write(bytes, 0);
      assertFalse(bytes.hasRemaining());
      disk.zero(0, 4096);
      disk.sync();
      assertEquals(4096, disk.size());
      var unread = assertThrows(IOException.class, () -> disk.read(ByteBuffer.allocate(1), 0));
      assertEquals("web: is not read in a dry run", unread.getMessage());
    }
  }
}
