package org.blkdelta.sync;

import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.sync.Frames.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.RecordingDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.sync.PipedPeer.FarEnd;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameLog;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.Tally;
import org.blkdelta.wire.Told;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A sender and a receiver that talk over pipes, with everything that can happen to those.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RemoteReceiverTest implements FrameConsumerContract {

  private static final int MEBIBYTE = 1 << 20;

  /// Bytes that a small run takes each way, all in: magic, header, one change, end; and magic,
  /// hello, ready, result.
  private static final int CHANGES = 10 + 28 + 28 + 512 + 28 + 48;

  private static final int HELLO = 10 + 28;
  private static final int READY = HELLO + 28;
  private static final int ANSWERS = READY + 28 + 48;

  private final byte[] content = filled(8192, 7);

  @Override
  public FrameConsumer consumer() throws IOException {
    var peer = new PipedPeer(receiving(new MemoryDisk("web", new byte[16_384])));
    return new RemoteReceiver(peer, Asked.NOTHING, Meter.NONE, UnaryOperator.identity());
  }

  @Test
  void what_changed_is_written_and_confirmed() throws IOException {
    var disk = new MemoryDisk("web", new byte[8192]);
    var sum = send(new PipedPeer(receiving(disk)), small());
    assertEquals(512, sum.dataBytes());
    var expected = new byte[8192];
    Arrays.fill(expected, 4096, 4608, (byte) 7);
    assertArrayEquals(expected, disk.bytes());
  }

  @Test
  void a_large_run_flows_although_neither_pipe_holds_it() throws IOException {
    var random = new byte[20 * MEBIBYTE];
    new Random(5).nextBytes(random);
    var disk = new MemoryDisk("web", new byte[random.length]);
    send(new PipedPeer(receiving(disk)), all(random));
    assertArrayEquals(random, disk.bytes());
  }

  private static Meter durableTo(LongConsumer told) {
    return new Meter() {
      @Override
      public void moved(long bytes) {}

      @Override
      public void durable(long bytes) {
        told.accept(bytes);
      }
    };
  }

  @Test
  void what_is_durable_meanwhile_is_told() throws IOException {
    var zeros = new Extent(0, 200L << 20, Extent.Kind.ZERO);
    var source = new ListedSource(new DryDisk("origin", 200 << 20), zeros);
    var durable = new ArrayList<Long>();
    var meter = durableTo(durable::add);
    try (var peer = new PipedPeer(receiving(new DryDisk("web", 200 << 20)))) {
      var receiver = new RemoteReceiver(peer, Asked.NOTHING, meter, UnaryOperator.identity());
      Frames.send(source, receiver, header(200 << 20));
    }
    assertEquals(List.of(200L << 20, 200L << 20), durable); // on the way, and at the end
  }

  @Test
  void what_fails_while_answers_are_heard_is_told() {
    var zeros = new Extent(0, 200L << 20, Extent.Kind.ZERO);
    var source = new ListedSource(new DryDisk("origin", 200 << 20), zeros);
    var meter =
        durableTo(
            bytes -> {
              throw new IllegalStateException("broken");
            });
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          try (var peer = new PipedPeer(receiving(new DryDisk("web", 200 << 20)))) {
            var receiver = new RemoteReceiver(peer, Asked.NOTHING, meter, UnaryOperator.identity());
            assertThrows(IOException.class, () -> Frames.send(source, receiver, header(200 << 20)));
          }
        });
  }

  @Test
  void the_bytes_on_the_wire_are_counted() throws IOException {
    try (var peer = new PipedPeer(receiving(new MemoryDisk("web", new byte[8192])))) {
      var receiver = new RemoteReceiver(peer, Asked.NOTHING, Meter.NONE, UnaryOperator.identity());
      Frames.send(small(), receiver, header(8192));
      assertEquals(CHANGES, receiver.wireBytes());
    }
  }

  @Test
  void a_refused_destination_says_why_and_nothing_is_written() throws IOException {
    var refusal = new RefusedException("/dev/vg0/web: is mounted at /srv; free it");
    Destination opener =
        header -> {
          throw refusal;
        };
    var peer = new PipedPeer((in, out) -> service(in, out).serve(8192, opener));
    var refused = assertThrows(RefusedException.class, () -> send(peer, small()));
    assertEquals("new: /dev/vg0/web: is mounted at /srv; free it", refused.getMessage());
    assertEquals(refusal, peer.failure());
  }

  @Test
  void a_destination_that_fails_meanwhile_says_why() throws IOException {
    var disk = new FailingDisk(new MemoryDisk("web", new byte[20 * MEBIBYTE]), 5000);
    var peer = new PipedPeer(receiving(disk));
    var broken =
        assertThrows(IncompleteException.class, () -> send(peer, all(filled(20 * MEBIBYTE, 1))));
    assertEquals(
        "new: web: at byte 0: Input/output error; don't use the destination until a run completes",
        broken.getMessage());
  }

  @Test
  void a_connection_that_ends_before_the_first_word_is_no_connection() throws IOException {
    var failed =
        assertThrows(
            ConnectionException.class, () -> send(new PipedPeer((in, out) -> {}), small()));
    assertEquals("new: the remote command ended with status 9", failed.getMessage());
  }

  @Test
  void a_connection_that_ends_before_the_checks_have_passed_is_no_connection() throws IOException {
    FarEnd far =
        (in, out) -> {
          new AnswerWriter(out).send(new Answer.Hello(8192));
          in.readNBytes(10); // the header has gone out then
        };
    var failed = assertThrows(ConnectionException.class, () -> send(new PipedPeer(far), small()));
    assertEquals("new: the remote command ended with status 9", failed.getMessage());
  }

  @Test
  void a_connection_that_ends_in_the_middle_leaves_the_destination_incomplete() throws IOException {
    FarEnd far =
        (in, out) -> {
          begin(out);
          in.readNBytes(3 * MEBIBYTE);
        };
    var failed =
        assertThrows(
            IncompleteException.class,
            () -> send(new PipedPeer(far), all(filled(20 * MEBIBYTE, 1))));
    assertTrue(
        String.valueOf(failed.getMessage())
            .endsWith(
                "the remote command ended with status 9; don't use the destination until a run completes"));
  }

  @Test
  void a_connection_that_ends_after_the_end_leaves_it_unconfirmed() throws IOException {
    FarEnd far =
        (in, out) -> {
          begin(out);
          FrameSource.open(in, "stream").frames(new FrameLog());
        };
    var failed = assertThrows(UnconfirmedException.class, () -> send(new PipedPeer(far), small()));
    assertEquals(
        "new: the remote command ended with status 9; everything was sent, but not confirmed: run"
            + " again",
        failed.getMessage());
  }

  @Test
  void a_result_of_something_else_is_no_confirmation() throws IOException {
    FarEnd far =
        (in, out) -> {
          var answers = begin(out);
          FrameSource.open(in, "stream").frames(new FrameLog());
          answers.send(new Answer.Result(new Tally().sum()));
        };
    var failed = assertThrows(UnconfirmedException.class, () -> send(new PipedPeer(far), small()));
    assertSays(
        failed, "new: the remote side wrote 0 bytes (digest 99aa06d3014798d86001c324468d497f)");
  }

  @Test
  void answers_out_of_turn_end_the_run() throws IOException {
    FarEnd readyAtOnce = (in, out) -> new AnswerWriter(out).send(new Answer.Ready());
    FarEnd twice =
        (in, out) -> {
          var answers = new AnswerWriter(out);
          answers.send(new Answer.Hello(0));
          answers.send(new Answer.Durable(1));
          in.readAllBytes();
        };
    for (var far : List.of(readyAtOnce, twice)) {
      assertThrows(SyncException.class, () -> send(new PipedPeer(far), small()));
    }
  }

  @Test
  void an_early_failure_stops_the_sender_before_it_has_sent_all() throws IOException {
    FarEnd far =
        (in, out) -> {
          begin(out).send(new Answer.Failed(Answer.Kind.INCOMPLETE, "web: no space left"));
          in.readAllBytes(); // and never stops taking
        };
    var failed =
        assertThrows(
            IncompleteException.class,
            () -> send(new PipedPeer(far), all(filled(64 * MEBIBYTE, 1))));
    assertEquals("new: web: no space left", failed.getMessage());
  }

  @Test
  void a_receiver_that_says_nothing_more_is_given_up() throws Exception {
    var flushing = new CountDownLatch(1);
    FarEnd taking =
        (in, out) -> {
          begin(out);
          in.readAllBytes();
          await(flushing);
        };
    assertGivenUp(UnconfirmedException.class, taking, flushing::countDown, small());
    var stopped = new CountDownLatch(1);
    FarEnd hanging =
        (in, out) -> {
          begin(out);
          await(stopped);
        };
    assertGivenUp(
        IncompleteException.class, hanging, stopped::countDown, all(filled(20 * MEBIBYTE, 1)));
    var deaf = new CountDownLatch(1);
    FarEnd checking =
        (in, out) -> {
          new AnswerWriter(out).send(new Answer.Hello(8192));
          await(deaf);
        };
    assertGivenUp(ConnectionException.class, checking, deaf::countDown, small());
  }

  @Test
  void a_receiver_that_is_busy_is_waited_for() throws Exception {
    FarEnd busy =
        (in, out) -> {
          var answers = begin(out);
          var frames = new FrameLog();
          FrameSource.open(in, "stream").frames(frames);
          for (int beat = 0; beat < 30; beat++) {
            answers.alive();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
          }
          answers.send(new Answer.Result(((Frame.End) frames.frames().getLast()).sum()));
        };
    try (var peer = new PipedPeer(busy)) {
      var receiver = impatient(peer, Duration.ofSeconds(2));
      assertEquals(512, Frames.send(small(), receiver, header(8192)).dataBytes());
    }
  }

  private static void assertGivenUp(
      Class<? extends SyncException> kind, FarEnd far, Runnable then, ListedSource source)
      throws IOException {
    try (var peer = new PipedPeer(far)) {
      var receiver = impatient(peer, Duration.ofMillis(200));
      var silent =
          assertThrows(kind, () -> Frames.send(source, receiver, header(source.disk().size())));
      assertSays(silent, "it said nothing for 0 s");
      then.run();
    }
  }

  private static RemoteReceiver impatient(PipedPeer peer, Duration silence) {
    return new RemoteReceiver(peer, Asked.NOTHING, Meter.NONE, UnaryOperator.identity(), silence);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  /// The invariant of all exit codes: who says that nothing was written says the truth.
  @Test
  void wherever_the_answers_are_cut_nobody_claims_what_is_not_so() throws IOException {
    for (int length = 0; length < ANSWERS; length++) {
      var disk = new RecordingDisk(new MemoryDisk("web", new byte[8192]));
      var peer = new PipedPeer(receiving(disk), Long.MAX_VALUE, length);
      var what = "answers cut at byte " + length;
      var failed = assertThrows(SyncException.class, () -> send(peer, small()), what);
      int code = Answer.Kind.of(failed).code();
      assertTrue(length >= READY || code <= 6, what);
      assertTrue(code > 6 || disk.events("write").isEmpty(), what);
    }
  }

  @Test
  void wherever_the_changes_are_cut_nobody_claims_what_is_not_so() throws IOException {
    for (int length = 0; length < CHANGES; length++) {
      cutChanges(length, small(), 8192);
    }
    var random = new Random(11);
    var large = filled(5 * MEBIBYTE, 1);
    for (int round = 0; round < 20; round++) {
      cutChanges(random.nextInt(5 * MEBIBYTE), all(large), large.length);
    }
  }

  @Test
  void a_run_that_is_cut_can_be_mended_by_another() throws IOException {
    var random = new byte[5 * MEBIBYTE];
    new Random(6).nextBytes(random);
    var disk = new MemoryDisk("web", new byte[random.length]);
    var cut = new PipedPeer(receiving(disk), 2 * MEBIBYTE + 77, Long.MAX_VALUE);
    assertThrows(IncompleteException.class, () -> send(cut, all(random)));
    assertNull(sent(new PipedPeer(receiving(disk)), all(random)));
    assertArrayEquals(random, disk.bytes());
  }

  private void cutChanges(int length, ListedSource source, int size) throws IOException {
    var what = "changes cut at byte " + length;
    var disk = new RecordingDisk(new MemoryDisk("web", new byte[size]));
    var peer = new PipedPeer(receiving(disk), length, Long.MAX_VALUE);
    var failed = assertThrows(SyncException.class, () -> send(peer, source), what);
    boolean saysNothingWasWritten = Answer.Kind.of(failed).code() <= 6;
    if (saysNothingWasWritten) {
      assertEquals(List.of(), disk.events("write"), what + ": " + failed);
    }
    assertEquals(List.of(), disk.events("sync"), what);
    var far = assertInstanceOf(SyncException.class, peer.failure(), what);
    assertTrue(!disk.events("write").isEmpty() || Answer.Kind.of(far).code() <= 6, what);
  }

  private static Tally.Sum send(PipedPeer peer, ListedSource source) throws IOException {
    try (peer) {
      var receiver = new RemoteReceiver(peer, Asked.NOTHING, Meter.NONE, UnaryOperator.identity());
      return Frames.send(source, receiver, header(source.disk().size()));
    }
  }

  /// Sends, and returns what the far end failed with.
  private static @Nullable Throwable sent(PipedPeer peer, ListedSource source) throws IOException {
    send(peer, source);
    return peer.failure();
  }

  private static AnswerWriter begin(OutputStream out) throws IOException {
    var answers = new AnswerWriter(out);
    answers.send(new Answer.Hello(8192));
    answers.send(new Answer.Ready());
    return answers;
  }

  private static FarEnd receiving(WritableDisk disk) {
    return (in, out) -> service(in, out).serve(disk.size(), new PlainDestination(header -> disk));
  }

  private static ReceiverService service(InputStream in, OutputStream out) {
    return new ReceiverService(in, out, Told.NOTHING, UnaryOperator.identity());
  }

  private ListedSource small() {
    return new ListedSource(content, new Extent(4096, 512, Extent.Kind.DATA));
  }

  private static ListedSource all(byte[] content) {
    return new ListedSource(content, new Extent(0, content.length, Extent.Kind.DATA));
  }

  private static byte[] filled(int length, int value) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
