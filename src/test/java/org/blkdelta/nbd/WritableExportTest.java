package org.blkdelta.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.nbd.AnsweringServer.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a server is told, and what its export holds then.
class WritableExportTest {

  private static final int SIZE = 256 << 10;
  private static final int WRITE = 1;
  private static final int FLUSH = 3;
  private static final int ZEROES = 6;
  private static final int STATUS = 7;

  /// What doc/proto.md calls NBD_FLAG_SEND_FLUSH and NBD_FLAG_SEND_WRITE_ZEROES.
  private static final int ALL = 4 | 64;

  @Test
  void writes_are_under_way_together_and_durable_after_a_flush() throws IOException {
    var content = new byte[SIZE];
    var server = new AnsweringServer(content).writable(ALL);
    var bytes = DiskContract.bytes(4096);
    try (var disk = server.openForWriting()) {
      for (int at = 0; at < SIZE; at += 4096) {
        disk.write(ByteBuffer.wrap(bytes), at);
      }
      disk.sync();
    }
    assertArrayEquals(bytes, Arrays.copyOfRange(content, SIZE - 4096, SIZE));
    assertTrue(server.mostUnderWay() > 30, "" + server.mostUnderWay());
    assertEquals(FLUSH, server.commands().get(server.commands().size() - 2));
  }

  /// Whole blocks only, whatever is written; seen by the server too.
  @ParameterizedTest
  @ValueSource(ints = {1, 512, 4096})
  void any_range_with_any_block(int block) throws IOException {
    var content = DiskContract.bytes(SIZE);
    var expected = content.clone();
    var server = new AnsweringServer(content).writable(ALL).blocks(block, 8192);
    server.context(Export.ALLOCATION, new Run(SIZE, 0));
    var random = new Random(7);
    try (var disk = server.openForWriting()) {
      for (int i = 0; i < 200; i++) {
        int offset = random.nextInt(SIZE);
        int length = random.nextInt(Math.min(20_000, SIZE - offset) + 1);
        if (random.nextInt(3) == 0) {
          disk.zero(offset, length);
          Arrays.fill(expected, offset, offset + length, (byte) 0);
        } else {
          var bytes = new byte[length];
          random.nextBytes(bytes);
          disk.write(ByteBuffer.wrap(bytes), offset);
          System.arraycopy(bytes, 0, expected, offset, length);
        }
      }
      disk.sync();
      var read = ByteBuffer.allocate(SIZE);
      disk.read(read, 0);
      assertArrayEquals(expected, read.array());
    }
    assertArrayEquals(expected, content);
  }

  @Test
  void what_reads_as_zeros_is_not_zeroed() throws IOException {
    var content = new byte[SIZE];
    content[100_000] = 1;
    var server = new AnsweringServer(content).writable(ALL);
    server.context(Export.ALLOCATION, new Run(65_536, 3), new Run(65_536, 0), new Run(131_072, 2));
    try (var disk = server.openForWriting()) {
      disk.zero(0, SIZE);
      disk.sync();
    }
    assertEquals(List.of(STATUS, 0, ZEROES, FLUSH, 2), server.commands());
    assertEquals(65_536, server.offsets().get(2));
    assertEquals(65_536, server.lengths().get(2));
  }

  @Test
  void a_server_that_cannot_zero_gets_zeros_where_there_are_none() throws IOException {
    var content = new byte[SIZE];
    content[SIZE - 1] = 1;
    var server = new AnsweringServer(content).simple().writable(4);
    try (var disk = server.openForWriting()) {
      disk.zero(0, SIZE);
      disk.sync();
      disk.zero(0, SIZE);
      disk.sync();
    }
    assertArrayEquals(new byte[SIZE], content);
    assertEquals(1, Collections.frequency(server.commands(), WRITE));
  }

  /// A server may do what is under way in any order.
  @Test
  void what_overlaps_waits_for_what_was_before() throws IOException {
    var content = new byte[SIZE];
    var server = new AnsweringServer(content).writable(ALL);
    try (var disk = server.openForWriting()) {
      disk.write(ByteBuffer.wrap(new byte[] {1, 1, 1, 1}), 0);
      disk.write(ByteBuffer.wrap(new byte[] {2, 2}), 4);
      assertEquals(2, server.underWay());
      disk.write(ByteBuffer.wrap(new byte[] {3, 3}), 3);
      assertEquals(1, server.underWay());
      disk.sync();
    }
    assertArrayEquals(new byte[] {1, 1, 1, 3, 3, 2}, Arrays.copyOf(content, 6));
  }

  @Test
  void nothing_reaches_beyond_the_end() throws IOException {
    var server = new AnsweringServer(new byte[SIZE]).writable(ALL);
    try (var disk = server.openForWriting()) {
      assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(2), SIZE - 1));
      assertThrows(IOException.class, () -> disk.zero(SIZE - 1, 2));
      assertEquals(List.of(), server.commands());
    }
  }

  @Test
  void failures_come_with_a_later_call_and_stay() throws IOException {
    var content = new byte[SIZE];
    var server = new AnsweringServer(content).writable(ALL).failing(WRITE, 28);
    try (var disk = server.openForWriting()) {
      disk.write(ByteBuffer.allocate(512), 1024);
      for (int i = 0; i < 2; i++) {
        var full = assertThrows(IOException.class, disk::sync);
        assertEquals(
            "nbd://kvm/web: at byte 1024: the server cannot write the next 512 bytes: no space left"
                + " on its device; see its log",
            full.getMessage());
      }
    }
    failsBy("cannot flush what was written to its medium: input/output error", FLUSH, 5);
    failsBy("cannot zero the next 262144 bytes: operation not permitted", ZEROES, 1);
  }

  private static void failsBy(String what, int command, int error) throws IOException {
    var server = new AnsweringServer(new byte[SIZE]).writable(ALL).failing(command, error);
    try (var disk = server.openForWriting()) {
      disk.write(ByteBuffer.wrap(new byte[] {1}), 0);
      disk.zero(0, SIZE);
      var fault = assertThrows(IOException.class, disk::sync);
      assertTrue(String.valueOf(fault.getMessage()).contains(what), fault.getMessage());
    }
  }

  /// Every cut of the answers to two writes and a flush, and each wrong bit in them: nothing of it
  /// is taken for success.
  @Test
  void nothing_but_the_whole_answer_is_success() throws IOException {
    var agreed = ScriptedServer.agreed().array();
    var answers =
        new Bytes()
            .u32(0x67446698)
            .u32(0)
            .i64(1)
            .chunk(1, 0, 2, 0)
            .u32(0x67446698)
            .u32(0)
            .i64(3)
            .array();
    written(joined(agreed, answers));
    for (int cut = 0; cut < answers.length; cut++) {
      var cutAnswers = Arrays.copyOf(answers, cut);
      assertThrows(IOException.class, () -> written(joined(agreed, cutAnswers)), "cut");
    }
    for (int bit = 0; bit < 8 * answers.length; bit++) {
      var wrong = answers.clone();
      wrong[bit / 8] ^= (byte) (1 << bit % 8);
      boolean isOtherFlag = bit / 8 == 20; // of the high byte, none of which means anything
      if (!isOtherFlag && bit / 8 != 21) {
        assertThrows(IOException.class, () -> written(joined(agreed, wrong)), "bit " + bit);
      }
    }
  }

  private static void written(byte[] script) throws IOException {
    var channel = new ScriptedServer(script);
    var disk =
        WritableExport.of(
            ExportDisk.over(
                channel, AnsweringServer.URI, Side.DESTINATION, List.of(Export.ALLOCATION)));
    disk.write(ByteBuffer.allocate(512), 0);
    disk.write(ByteBuffer.allocate(512), 512);
    disk.sync();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    var both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}
