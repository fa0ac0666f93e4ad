package org.blkdelta.sync;

import static org.blkdelta.sync.Frames.end;
import static org.blkdelta.sync.Frames.header;
import static org.blkdelta.sync.Frames.headerFrame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.disk.CountedDisk;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameLog;
import org.junit.jupiter.api.Test;

class ExpectationsTest {

  @Test
  void extents_become_digests_and_zeros_are_told_as_such() throws IOException {
    var content = new byte[4 << 20];
    new Random(1).nextBytes(content);
    Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    var source =
        new ListedSource(
            content,
            new Extent(512, (2 << 20) - 512, Extent.Kind.DATA),
            new Extent(3 << 20, 8192, Extent.Kind.ZERO));
    var log = new FrameLog();
    var sum = Frames.expect(source, log, header(content.length));
    var first = Digests.old().expect(512, ByteBuffer.wrap(content, 512, 1 << 20));
    var second = Frame.Expect.zeros(512 + (1 << 20), (1 << 20) - 512);
    var third = Frame.Expect.zeros(3 << 20, 8192);
    assertEquals(
        List.of(headerFrame(content.length), first, second, third, end(first, second, third)),
        log.frames());
    assertEquals(end(first, second, third).sum(), sum);
  }

  @Test
  void reads_are_asked_for_together() throws IOException {
    var asked = new ArrayList<Integer>();
    var disk = new CountedDisk(new MemoryDisk("origin", new byte[9 << 20]), asked);
    var source = new ListedSource(disk, new Extent(0, 9 << 20, Extent.Kind.DATA));
    Frames.expect(source, new FrameLog(), header(9 << 20));
    assertEquals(List.of(4, 4, 1), asked);
  }

  @Test
  void a_source_that_cannot_be_read_fails() {
    var disk = new FailingDisk(new MemoryDisk("origin", new byte[8192]), 5000);
    var source = new ListedSource(disk, new Extent(0, 8192, Extent.Kind.DATA));
    var log = new FrameLog();
    assertThrows(SourceException.class, () -> Frames.expect(source, log, header(8192)));
    assertEquals(List.of("header 8192"), log.words());
  }
}
