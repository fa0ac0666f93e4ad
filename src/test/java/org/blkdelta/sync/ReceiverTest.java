package org.blkdelta.sync;

import static org.blkdelta.sync.Frames.data;
import static org.blkdelta.sync.Frames.end;
import static org.blkdelta.sync.Frames.headerFrame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.RecordingDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.Test;

class ReceiverTest implements FrameConsumerContract {

  private static final int SIZE = 65_536;

  private final MemoryDisk memory = new MemoryDisk("web", new byte[SIZE]);
  private final List<String> events = new ArrayList<>();

  @Override
  public FrameConsumer consumer() {
    return receiver(new MemoryDisk("web", new byte[16_384]));
  }

  @Test
  void changes_reach_the_disk_in_order_and_are_durable_before_success_is_said() throws IOException {
    var first = data(4096, 512, 7);
    var second = new Frame.Zero(8192, 4096);
    receive(recording(), headerFrame(SIZE), first, second, end(first, second));
    assertEquals(
        List.of(
            "open 65536",
            "answer Ready[resumeAt=0, base=UNKNOWN]",
            "write 4096+512",
            "zero 8192+4096",
            "sync",
            "answer Result[sum=" + end(first, second).sum() + "]",
            "close"),
        events);
    var expected = new byte[SIZE];
    Arrays.fill(expected, 4096, 4608, (byte) 7);
    assertArrayEquals(expected, memory.bytes());
  }

  @Test
  void nothing_to_write_is_made_durable_all_the_same() throws IOException {
    receive(recording(), headerFrame(SIZE), end());
    assertEquals(
        List.of(
            "open 65536",
            "answer Ready[resumeAt=0, base=UNKNOWN]",
            "sync",
            "answer Result[sum=" + end().sum() + "]",
            "close"),
        events);
  }

  @Test
  void what_is_expected_is_read_before_the_first_change() throws IOException {
    var bytes = Digests.old().expect(4096, ByteBuffer.allocate(512));
    var zeros = Frame.Expect.zeros(8192, 8192);
    var change = data(4096, 512, 7);
    receive(recording(), headerFrame(SIZE), bytes, zeros, change, end(bytes, zeros, change));
    assertEquals(
        List.of(
            "open 65536",
            "answer Ready[resumeAt=0, base=UNKNOWN]",
            "read 4096+512",
            "read 8192+8192",
            "write 4096+512",
            "sync",
            "answer Result[sum=" + end(bytes, zeros, change).sum() + "]",
            "close"),
        events);
  }

  @Test
  void a_destination_that_is_not_what_is_expected_is_refused_with_nothing_written()
      throws IOException {
    memory.write(ByteBuffer.wrap(new byte[] {1}), 12_287);
    var bytes = Digests.old().expect(4096, ByteBuffer.allocate(16_384));
    for (var expect : List.of(bytes, Frame.Expect.zeros(4096, 16_384))) {
      events.clear();
      var change = data(4096, 512, 7);
      var refused =
          assertThrows(
              RefusedException.class,
              () -> receive(recording(), headerFrame(SIZE), expect, change, end(expect, change)));
      assertEquals(
          "web: at byte 8192: doesn't match the state that these changes start from (written to since?); nothing was written; send what differs: blkdelta verify --repair SOURCE web",
          refused.getMessage());
      assertEquals(
          List.of(
              "open 65536", "answer Ready[resumeAt=0, base=UNKNOWN]", "read 4096+16384", "close"),
          events);
    }
  }

  @Test
  void what_was_received_is_returned() throws IOException {
    var change = data(0, 100, 1);
    try (var receiver = receiver(memory)) {
      var sum =
          receiver.receive(
              frames(headerFrame(SIZE), change, end(change)), UnaryOperator.identity());
      assertEquals(end(change).sum(), sum);
    }
  }

  @Test
  void a_watcher_stands_before_everything() throws IOException {
    var seen = new ArrayList<Frame>();
    var change = data(0, 100, 1);
    try (var receiver = receiver(memory)) {
      receiver.receive(
          frames(headerFrame(SIZE), change, end(change)),
          next ->
              frame -> {
                seen.add(frame);
                next.accept(frame);
              });
    }
    assertEquals(List.of(headerFrame(SIZE), change, end(change)), seen);
  }

  @Test
  void every_64_mebibytes_are_made_durable_and_said_to_be() throws IOException {
    long piece = 40 << 20;
    var changes = new Frame[5];
    for (int at = 0; at < changes.length; at++) {
      changes[at] = new Frame.Zero(at * piece, piece);
    }
    var stream = new ArrayList<>(List.of(changes));
    stream.add(end(changes));
    var dry = new RecordingDisk(new DryDisk("dry", 5 * piece), "", events);
    receive(dry, headerFrame(5 * piece), stream.toArray(Frame[]::new));
    assertEquals(
        List.of(
            "zero 0+41943040",
            "zero 41943040+41943040",
            "sync",
            "answer Durable[bytes=83886080]",
            "zero 83886080+41943040",
            "zero 125829120+41943040",
            "sync",
            "answer Durable[bytes=167772160]",
            "zero 167772160+41943040",
            "sync",
            "answer Result[sum=" + end(changes).sum() + "]",
            "close"),
        events.subList(2, events.size()));
  }

  @Test
  void a_destination_that_is_refused_is_told_by_its_own_words() {
    var refusal = new RefusedException("web: is mounted at /srv");
    Destination opener =
        header -> {
          throw refusal;
        };
    try (var receiver = new Receiver(opener, this::answer)) {
      assertSame(
          refusal,
          assertThrows(
              RefusedException.class,
              () -> receiver.receive(frames(headerFrame(SIZE)), UnaryOperator.identity())));
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    assertEquals(List.of(), events);
  }

  @Test
  void a_first_change_beyond_the_end_is_refused() {
    for (var change : beyond()) {
      events.clear();
      var refused =
          assertThrows(RefusedException.class, () -> receive(recording(), headerFrame(0), change));
      assertEquals(
          "web: at byte %s reaches beyond the destination's end at 65536; use a larger destination"
              .formatted(place(change)),
          refused.getMessage());
      assertEquals(List.of("open 0", "answer Ready[resumeAt=0, base=UNKNOWN]", "close"), events);
    }
  }

  @Test
  void a_later_change_beyond_the_end_leaves_the_destination_incomplete() {
    for (var change : beyond()) {
      events.clear();
      var broken =
          assertThrows(
              IncompleteException.class,
              () -> receive(recording(), headerFrame(0), data(0, 16, 1), change));
      assertEquals(
          "web: at byte %s reaches beyond the destination's end at 65536; don't use the destination until a run completes"
              .formatted(place(change)),
          broken.getMessage());
      assertEquals(
          List.of("open 0", "answer Ready[resumeAt=0, base=UNKNOWN]", "write 0+16", "close"),
          events);
    }
  }

  @Test
  void the_last_bytes_of_the_destination_can_be_written() throws IOException {
    var last = data(SIZE - 16, 16, 1);
    receive(memory, headerFrame(0), last, end(last));
    assertEquals(1, memory.bytes()[SIZE - 1]);
  }

  @Test
  void a_disk_that_fails_leaves_the_destination_incomplete() {
    var bad = new FailingDisk(memory, 5000);
    for (var change : List.of(data(4096, 4096, 1), new Frame.Zero(4096, 4096))) {
      var broken =
          assertThrows(IncompleteException.class, () -> receive(bad, headerFrame(SIZE), change));
      assertEquals(
          "web: at byte 4096: Input/output error; don't use the destination until a run completes",
          broken.getMessage());
    }
  }

  @Test
  void a_flush_that_fails_is_no_success() {
    var bad = new RecordingDisk(new FailingDisk(memory, SIZE), "", events);
    var change = data(0, 16, 1);
    var broken =
        assertThrows(
            IncompleteException.class, () -> receive(bad, headerFrame(SIZE), change, end(change)));
    assertEquals(
        "web: flushing to the medium failed: Input/output error; don't use the destination until a run completes",
        broken.getMessage());
    assertEquals(
        List.of(
            "open 65536", "answer Ready[resumeAt=0, base=UNKNOWN]", "write 0+16", "sync", "close"),
        events);
  }

  @Test
  void an_end_that_counts_other_frames_is_no_success() {
    var change = data(0, 16, 1);
    var broken =
        assertThrows(
            IncompleteException.class,
            () -> receive(recording(), headerFrame(SIZE), change, end(data(0, 32, 1))));
    assertEquals(
        "stream: its end counts other frames than came; don't use the destination until a run completes",
        broken.getMessage());
    assertEquals(
        List.of("open 65536", "answer Ready[resumeAt=0, base=UNKNOWN]", "write 0+16", "close"),
        events);
  }

  @Test
  void a_bad_stream_is_called_so_until_something_was_written() {
    FrameSource bad =
        source(
            headerFrame(SIZE),
            sink -> {
              throw new SourceException("stream: at byte 38: cut; send it again");
            });
    assertEquals(
        "stream: at byte 38: cut; send it again",
        assertThrows(SourceException.class, () -> receive(memory, bad)).getMessage());
    FrameSource later =
        source(
            headerFrame(SIZE),
            sink -> {
              sink.accept(data(0, 16, 1));
              throw new SourceException("stream: at byte 82: cut; send it again");
            });
    assertEquals(
        "stream: at byte 82: cut; send it again; don't use the destination until a run completes",
        assertThrows(IncompleteException.class, () -> receive(memory, later)).getMessage());
  }

  @Test
  void a_stream_that_cannot_be_read_is_called_so_until_something_was_written() {
    FrameSource bad =
        source(
            headerFrame(SIZE),
            sink -> {
              throw new IOException("Connection reset");
            });
    assertEquals(
        "stream: Connection reset; send it again",
        assertThrows(SourceException.class, () -> receive(memory, bad)).getMessage());
    FrameSource later =
        source(
            headerFrame(SIZE),
            sink -> {
              sink.accept(new Frame.Zero(0, 16));
              throw new IOException("Connection reset");
            });
    assertEquals(
        "stream: Connection reset; don't use the destination until a run completes",
        assertThrows(IncompleteException.class, () -> receive(memory, later)).getMessage());
  }

  @Test
  void a_change_before_the_header_is_a_bug() throws IOException {
    try (var receiver = receiver(memory)) {
      assertThrows(IllegalStateException.class, () -> receiver.accept(data(0, 16, 1)));
    }
  }

  @Test
  void a_receiver_that_opened_nothing_closes_nothing() throws IOException {
    receiver(recording()).close();
    assertEquals(List.of(), events);
  }

  @Test
  void the_bytes_of_a_frame_stay_the_senders() throws IOException {
    var change = data(0, 16, 1);
    try (var receiver = receiver(memory)) {
      receiver.accept(headerFrame(SIZE));
      receiver.accept(change);
      assertEquals(16, change.bytes().remaining());
    }
  }

  private static List<Frame> beyond() {
    return List.of(
        data(SIZE - 15, 16, 1),
        data(SIZE, 1, 1),
        data(Long.MAX_VALUE - 1, 1, 1),
        new Frame.Zero(0, SIZE + 1),
        new Frame.Zero(1, Long.MAX_VALUE - 1));
  }

  private static String place(Frame change) {
    return change instanceof Frame.Data data
        ? "%d: a change of %d bytes".formatted(data.offset(), data.bytes().remaining())
        : "%d: a change of %d bytes"
            .formatted(((Frame.Zero) change).offset(), ((Frame.Zero) change).length());
  }

  private RecordingDisk recording() {
    return new RecordingDisk(memory, "", events);
  }

  private void receive(WritableDisk disk, Frame.Header header, Frame... rest) throws IOException {
    receive(disk, frames(header, rest));
  }

  private Tally.Sum receive(WritableDisk disk, FrameSource stream) throws IOException {
    try (var receiver = receiver(disk)) {
      return receiver.receive(stream, UnaryOperator.identity());
    }
  }

  private Receiver receiver(WritableDisk disk) {
    return new Receiver(
        new PlainDestination(
            header -> {
              events.add("open " + header.volumeSize());
              return disk;
            }),
        this::answer);
  }

  private void answer(Answer answer) {
    events.add("answer " + answer);
  }

  private static FrameSource frames(Frame.Header header, Frame... rest) {
    return source(
        header,
        sink -> {
          for (var frame : rest) {
            sink.accept(frame);
          }
        });
  }

  @FunctionalInterface
  private interface Script {
    void run(FrameSink sink) throws IOException;
  }

  private static FrameSource source(Frame.Header first, Script rest) {
    return new FrameSource() {
      @Override
      public StreamHeader header() {
        return first.stream();
      }

      @Override
      public boolean isAscending() {
        return true;
      }

      @Override
      public void frames(FrameSink sink) throws IOException {
        sink.accept(first);
        rest.run(sink);
      }

      @Override
      public boolean provesCompleteness() {
        return true;
      }
    };
  }
}
