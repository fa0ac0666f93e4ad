package org.blkdelta.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DiskContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The bytes of an export are those that the server has, whatever its replies look like.
class ExportDiskTest {

  @Nested
  class Structured implements DiskContract {
    @Override
    public Disk holding(byte[] content) throws IOException {
      return new AnsweringServer(content).open(Selection.WHOLE).disk();
    }
  }

  @Nested
  class Simple implements DiskContract {
    @Override
    public Disk holding(byte[] content) throws IOException {
      return new AnsweringServer(content).simple().open(Selection.WHOLE).disk();
    }
  }

  @Nested
  class InPiecesAndHolesAndBackwards implements DiskContract {
    @Override
    public Disk holding(byte[] content) throws IOException {
      return new AnsweringServer(content).pieces(700).reversed().open(Selection.WHOLE).disk();
    }
  }

  @Nested
  class InBlocks implements DiskContract {
    @Override
    public Disk holding(byte[] content) throws IOException {
      return new AnsweringServer(content).blocks(512, 1536).open(Selection.WHOLE).disk();
    }

    @Override
    public int unit() {
      return 512;
    }
  }

  @Test
  void no_request_is_larger_than_the_server_allows() throws IOException {
    var server = new AnsweringServer(new byte[1 << 20]).blocks(4096, 10_000);
    try (var source = server.open(Selection.WHOLE)) {
      DiskContract.read(source.disk(), 0, 1 << 20);
    }
    var reads = server.lengths().subList(0, server.lengths().size() - 1);
    assertEquals(8192, reads.stream().mapToInt(Integer::intValue).max().getAsInt());
    assertEquals(1 << 20, reads.stream().mapToInt(Integer::intValue).sum());
  }

  @Test
  void no_more_than_32_requests_are_under_way_and_none_is_larger_than_1_mib() throws IOException {
    var content = DiskContract.bytes(40 << 20);
    var server = new AnsweringServer(content);
    try (var source = server.open(Selection.WHOLE)) {
      assertArrayEquals(content, DiskContract.read(source.disk(), 0, content.length));
    }
    assertTrue(server.mostUnderWay() <= 32, () -> "under way: " + server.mostUnderWay());
    assertTrue(server.lengths().stream().allMatch(length -> length <= 1 << 20));
  }

  @Test
  void holes_are_zeros_whatever_the_buffer_held() throws IOException {
    var server = new AnsweringServer(new byte[4096]).pieces(1000);
    try (var source = server.open(Selection.WHOLE)) {
      var dst = ByteBuffer.allocate(4096);
      Arrays.fill(dst.array(), (byte) 0x5a);
      source.disk().readAll(List.of(new Disk.Read(dst, 0)));
      assertArrayEquals(new byte[4096], dst.array());
    }
  }

  @Test
  void the_server_is_told_that_this_is_the_end() throws IOException {
    var server = new AnsweringServer(new byte[4096]);
    server.open(Selection.WHOLE).close();
    assertEquals(List.of(2), server.commands());
  }
}
