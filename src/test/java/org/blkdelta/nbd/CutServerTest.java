package org.blkdelta.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

/// Reads that are under way, several calls of them at a time: whatever becomes of the connection,
/// nothing is taken for read that was not.
class CutServerTest {

  private static final int CUTS = 100;
  private static final int BATCH = 1 << 20;

  /// Replies to the requests that 3 batches are cut into.
  private static final int REPLIES = 12;

  private final byte[] content = DiskContract.bytes(3 * BATCH);

  @Test
  void a_second_batch_is_under_way_before_the_first_is_finished() throws IOException {
    var server = new AnsweringServer(content);
    try (var disk = opened(server)) {
      var first = ByteBuffer.allocate(BATCH);
      var second = ByteBuffer.allocate(BATCH);
      var one = disk.begin(List.of(new Disk.Read(first, 0)));
      int alone = server.underWay();
      var two = disk.begin(List.of(new Disk.Read(second, BATCH)));
      assertEquals(2 * alone, server.underWay());
      one.finish();
      assertEquals(alone, server.underWay());
      two.finish();
      assertEquals(0, server.underWay());
      assertArrayEquals(Arrays.copyOf(content, BATCH), first.array());
      assertEquals(ByteBuffer.wrap(content, BATCH, BATCH), second.flip());
    }
  }

  @Test
  void what_is_asked_later_is_read_after_what_was_begun() throws IOException {
    var server = new AnsweringServer(content).reversed();
    try (var disk = opened(server)) {
      var first = ByteBuffer.allocate(BATCH);
      var begun = disk.begin(List.of(new Disk.Read(first, 0)));
      assertArrayEquals(Arrays.copyOfRange(content, 7, 107), DiskContract.read(disk, 7, 100));
      begun.finish();
      assertArrayEquals(Arrays.copyOf(content, BATCH), first.array());
    }
  }

  @Test
  void a_connection_that_is_cut_anywhere_is_never_taken_for_a_whole_one() throws IOException {
    var random = random();
    var whole = new Cut(new AnsweringServer(content), Long.MAX_VALUE);
    read(whole, ByteBuffer::allocate);
    assertTrue(whole.count > content.length, "bytes: " + whole.count);
    for (int number = 0; number < CUTS; number++) {
      long at = random.nextLong(whole.count);
      var cut = new Cut(new AnsweringServer(content), at);
      var memory = memory(number);
      var refused =
          assertThrows(SourceException.class, () -> read(cut, memory), "cut at byte " + at);
      assertEquals(
          "nbd://kvm/web: the server closed the connection too early; see the server's log, and run"
              + " this again",
          refused.getMessage());
    }
  }

  @Test
  void a_reply_with_a_wrong_number_in_its_head_is_refused() throws IOException {
    var random = random();
    for (int number = 0; number < CUTS; number++) {
      var spoilt = new AnsweringServer(content).spoiling(random.nextInt(REPLIES), random);
      var memory = memory(number);
      assertThrows(SourceException.class, () -> read(spoilt, memory), "reply " + number);
    }
    read(new AnsweringServer(content).spoiling(REPLIES, random), ByteBuffer::allocateDirect);
  }

  private static Random random() {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println(
        "CutServerTest: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    return new Random(seed);
  }

  /// Returns what makes memory of one kind or the other.
  private static IntFunction<ByteBuffer> memory(int number) {
    return number % 2 == 0 ? ByteBuffer::allocate : ByteBuffer::allocateDirect;
  }

  /// Reads all of it, as a run does.
  private static void read(ByteChannel server, IntFunction<ByteBuffer> memory) throws IOException {
    try (var disk = opened(server)) {
      Disk.Reading before = () -> {};
      for (int at = 0; at < disk.size(); at += BATCH) {
        var next = disk.begin(List.of(new Disk.Read(memory.apply(BATCH), at)));
        before.finish();
        before = next;
      }
      before.finish();
    }
  }

  private static ExportDisk opened(ByteChannel server) throws IOException {
    return ExportDisk.over(server, AnsweringServer.URI, Side.SOURCE, List.of(Export.ALLOCATION));
  }

  /// A connection that ends after so many bytes of the server.
  private static final class Cut implements ByteChannel {

    private final ByteChannel server;
    private final long end;
    private long count;

    Cut(ByteChannel server, long end) {
      this.server = server;
      this.end = end;
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
      if (count >= end) {
        return -1;
      }
      int most = (int) Math.min(dst.remaining(), end - count);
      var part = dst.slice(dst.position(), most);
      int read = server.read(part);
      if (read > 0) {
        dst.position(dst.position() + read);
        count += read;
      }
      return read;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
      return server.write(src);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
