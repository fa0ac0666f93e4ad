package org.blkdelta.sync;

import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.sync.Frames.data;
import static org.blkdelta.sync.Frames.end;
import static org.blkdelta.sync.Frames.header;
import static org.blkdelta.sync.Frames.headerFrame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.ForwardingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.RecordingDisk;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.PipedPeer.FarEnd;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.Told;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A destination that compares, by itself and behind pipes.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ComparerTest implements FrameConsumerContract {

  private static final int SIZE = 65_536;

  private final byte[] content = new byte[SIZE];
  private final List<Answer> answers = new ArrayList<>();

  @Override
  public FrameConsumer consumer() {
    return new Comparer(header -> new MemoryDisk("web", new byte[16_384]), answer -> {});
  }

  @Test
  void what_differs_is_answered_in_pages_and_joined() throws IOException {
    content[4096] = 1;
    content[12_287] = 1;
    content[SIZE - 1] = 1;
    compare(
        Frame.Expect.zeros(0, 8192), Digests.old().expect(8192, ByteBuffer.allocate(SIZE - 8192)));
    assertEquals(List.of("4096+8192", "61440+4096"), differences());
    assertEquals(2, compared().extents());
    assertEquals(12_288, compared().bytes());
  }

  @Test
  void how_far_it_is_is_answered_but_not_past_a_run_that_may_go_on() throws IOException {
    long step = 64 << 20;
    long differs = 2 * step - 4096;
    compare(
        zerosBut(differs, 3 * step),
        Frame.Expect.zeros(0, step),
        Frame.Expect.zeros(step, step),
        Frame.Expect.zeros(2 * step, step));
    assertEquals(
        List.of(
            new Answer.Ready(),
            new Answer.Passed(step),
            new Answer.Passed(differs),
            new Answer.Passed(differs)),
        answers.subList(0, 4));
    assertEquals(List.of(differs + "+4096"), differences());
  }

  @Test
  void what_is_the_same_is_only_counted() throws IOException {
    new Random(1).nextBytes(content);
    compare(Digests.old().expect(100, ByteBuffer.wrap(content, 100, 50_001)));
    assertEquals(List.of(), differences());
    assertEquals(0, compared().extents());
  }

  @Test
  void pages_are_counted_from_where_the_expectation_begins() throws IOException {
    content[4196] = 1;
    compare(Frame.Expect.zeros(100, 5000));
    assertEquals(List.of("4196+904"), differences());
  }

  @Test
  void long_expectations_are_compared_in_pieces() throws IOException {
    var large = new byte[(3 << 20) + 5];
    new Random(2).nextBytes(large);
    var expect = Digests.old().expect(0, ByteBuffer.wrap(large.clone()));
    large[(1 << 20) - 1] ^= 1;
    large[1 << 20] ^= 1;
    large[large.length - 1] ^= 1;
    compare(new MemoryDisk("web", large), expect);
    assertEquals(List.of("1044480+8192", "3145728+5"), differences());
  }

  @Test
  void what_the_destination_is_too_small_for_is_different() throws IOException {
    new Random(5).nextBytes(content);
    var small = new MemoryDisk("web", Arrays.copyOf(content, 20_000));
    compare(
        SIZE + 10,
        small,
        Digests.old().expect(0, ByteBuffer.wrap(content)),
        Frame.Expect.zeros(SIZE, 10));
    assertEquals(List.of("16384+49162"), differences());
    compare(SIZE, new MemoryDisk("web", new byte[0]), Frame.Expect.zeros(100, 5000));
    assertEquals("100+5000", differences().getLast());
  }

  @Test
  void zeros_that_a_disk_does_not_hold_are_not_read() throws IOException {
    var read = new ArrayList<Long>();
    content[30_000] = 1;
    compare(
        hollow(new MemoryDisk("web", content), 30_000, read), Frame.Expect.zeros(100, SIZE - 100));
    assertEquals(List.of(28_772L), read); // the start of a unit, as counted from 100
    assertEquals(List.of("28772+4096"), differences());
  }

  @Test
  void a_change_is_refused_and_nothing_is_written() throws IOException {
    for (var change : List.of(data(0, 4096, 1), new Frame.Zero(0, 4096))) {
      var disk = new RecordingDisk(new MemoryDisk("web", content));
      var refused = assertThrows(SourceException.class, () -> compare(disk, change));
      assertEquals(
          "stream: at byte 0 of the volume: a change, where nothing may be written; refused",
          refused.getMessage());
      assertEquals(List.of("close"), disk.events());
    }
  }

  @Test
  void a_disk_that_cannot_be_read_is_no_difference() {
    var disk = new FailingDisk(new MemoryDisk("web", content), 5000);
    var refused =
        assertThrows(RefusedException.class, () -> compare(disk, Frame.Expect.zeros(0, SIZE)));
    assertSays(refused, "; the destination cannot be read");
    assertEquals(1, answers.size()); // that it is ready
  }

  @Test
  void an_end_of_other_frames_is_refused() throws IOException {
    try (var comparer = new Comparer(header -> new MemoryDisk("web", content), answers::add)) {
      comparer.accept(headerFrame(SIZE));
      assertThrows(SourceException.class, () -> comparer.accept(end(Frame.Expect.zeros(0, SIZE))));
    }
  }

  @Test
  void differences_come_over_a_connection() throws IOException {
    new Random(3).nextBytes(content);
    var source = all(content.clone());
    content[20_000] ^= 1;
    assertEquals("", overPipes(new PipedPeer(comparing(new MemoryDisk("web", content))), source));
    assertEquals(List.of("16384+4096"), differences());
    assertEquals(new Answer.Compared(compared().sum(), 1, 4096), compared());
  }

  @Test
  void a_connection_that_is_cut_anywhere_never_makes_them_the_same() throws IOException {
    int stream = 10 + 28 + 28 + 16 * 16 + 28 + 48;
    int said = 10 + 28 + 28 + 28 + 28 + 48;
    new Random(4).nextBytes(content);
    var source = all(content.clone());
    content[20_000] ^= 1;
    for (int cut = 0; cut < stream; cut += 7) {
      cut(new PipedPeer(comparing(new MemoryDisk("web", content)), cut, Long.MAX_VALUE), source);
    }
    for (int cut = 0; cut < said; cut++) {
      cut(new PipedPeer(comparing(new MemoryDisk("web", content)), Long.MAX_VALUE, cut), source);
    }
  }

  @Test
  void a_receiver_that_writes_is_no_comparer() throws IOException {
    var disk = new RecordingDisk(new MemoryDisk("web", content));
    FarEnd writing =
        (in, out) ->
            new ReceiverService(in, out, Told.NOTHING, UnaryOperator.identity())
                .serve(SIZE, new PlainDestination(header -> disk));
    assertTrue(overPipes(new PipedPeer(writing), all(content)).contains("answered out of turn"));
  }

  /// Returns a disk that says where its only data is, and notes where it is read.
  private static Disk hollow(Disk disk, long data, List<Long> read) {
    return new Disk() {
      @Override
      public String name() {
        return disk.name();
      }

      @Override
      public long size() {
        return disk.size();
      }

      @Override
      public long nextData(long offset) {
        return offset <= data ? data : Long.MAX_VALUE;
      }

      @Override
      public void read(ByteBuffer dst, long offset) throws IOException {
        read.add(offset);
        disk.read(dst, offset);
      }

      @Override
      public void close() throws IOException {
        disk.close();
      }
    };
  }

  private void cut(PipedPeer peer, ListedSource source) throws IOException {
    answers.clear();
    var failed = overPipes(peer, source);
    assertTrue(!failed.isEmpty(), "a verdict");
    assertTrue(answers.stream().noneMatch(answer -> answer instanceof Answer.Compared));
  }

  /// Returns what it failed with; nothing if it did not.
  private String overPipes(PipedPeer peer, ListedSource source) throws IOException {
    try (peer) {
      var receiver = RemoteReceiver.comparing(peer, Asked.NOTHING, answers::add);
      Frames.expect(source, receiver, header(SIZE));
      return "";
    } catch (SyncException failed) {
      assertTrue(Answer.Kind.of(failed).code() <= 6, failed.toString()); // nothing was written
      return String.valueOf(failed.getMessage());
    }
  }

  private static FarEnd comparing(Disk disk) {
    return (in, out) ->
        new ReceiverService(in, out, Told.NOTHING, UnaryOperator.identity())
            .compare(SIZE, header -> disk);
  }

  private static ListedSource all(byte[] content) {
    return new ListedSource(content, new Extent(0, content.length, Extent.Kind.DATA));
  }

  private void compare(Frame... expected) throws IOException {
    compare(new MemoryDisk("web", content), expected);
  }

  /// Returns a disk of zeros, but for one byte; its holes are no holes.
  private static Disk zerosBut(long at, long size) {
    return new ForwardingDisk(new MemoryDisk("web", new byte[0])) {
      @Override
      public long size() {
        return size;
      }

      @Override
      public void read(ByteBuffer dst, long offset) {
        for (long position = offset; dst.hasRemaining(); position++) {
          dst.put((byte) (position == at ? 1 : 0));
        }
      }

      @Override
      public long nextData(long offset) {
        return offset;
      }
    };
  }

  private void compare(Disk disk, Frame... frames) throws IOException {
    compare(disk.size(), disk, frames);
  }

  private void compare(long volumeSize, Disk disk, Frame... frames) throws IOException {
    try (var comparer = new Comparer(header -> disk, answers::add)) {
      comparer.accept(headerFrame(volumeSize));
      for (var frame : frames) {
        comparer.accept(frame);
      }
      comparer.accept(end(frames));
    }
  }

  private List<String> differences() {
    return answers.stream()
        .filter(answer -> answer instanceof Answer.Differs)
        .map(answer -> (Answer.Differs) answer)
        .map(differs -> differs.offset() + "+" + differs.length())
        .toList();
  }

  private Answer.Compared compared() {
    return (Answer.Compared) answers.getLast();
  }
}
