package org.blkdelta.sync;

import static org.blkdelta.sync.Frames.end;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.RecordingDisk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ForwardingSource;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameLog;
import org.junit.jupiter.api.Test;

class SenderTest {

  private static final int MEBIBYTE = 1 << 20;

  @Test
  void a_source_without_changes_is_a_header_and_an_end() throws IOException {
    assertEquals(List.of("header 8192", "end"), sent(new ListedSource(new byte[8192])).words());
  }

  @Test
  void new_bytes_are_read_and_sent_in_order() throws IOException {
    var content = new byte[16_384];
    Arrays.fill(content, (byte) 7);
    content[4096] = 1;
    content[12_287] = 9;
    var log = sent(new ListedSource(content, data(0, 100), data(4096, 8192)));
    assertEquals(List.of("header 16384", "data 0+100", "data 4096+8192", "end"), log.words());
    var second = (Frame.Data) log.changes().get(1);
    assertEquals(ByteBuffer.wrap(content, 4096, 8192), second.bytes());
  }

  @Test
  void what_an_earlier_run_wrote_is_expected_and_not_sent() throws IOException {
    var content = new byte[8 * 4096];
    Arrays.fill(content, (byte) 7);
    var source =
        new ListedSource(
            content,
            data(0, 4096),
            new Extent(4096, 4096, Extent.Kind.ZERO),
            data(3 * 4096, 3 * 4096),
            data(7 * 4096, 4096));
    var log = new FrameLog();
    var header = Frames.header(content.length);
    log.accept(new Frame.Header(header));
    new Sender(source, log).send(header, new Start(4 * 4096, BaseCheck.NONE));
    assertEquals(
        List.of(
            "header 32768",
            "expect 0+4096",
            "expect 4096+4096",
            "expect 12288+4096",
            "data 16384+8192",
            "data 28672+4096",
            "end"),
        log.words());
  }

  @Test
  void pages_of_zeros_are_found_among_the_data() throws IOException {
    var content = new byte[10 * 4096];
    content[0] = 1;
    content[3 * 4096 + 5] = 1;
    content[7 * 4096 - 1] = 1;
    assertEquals(
        List.of(
            "header 40960",
            "data 0+4096",
            "zero 4096+8192",
            "data 12288+4096",
            "zero 16384+8192",
            "data 24576+4096",
            "zero 28672+12288",
            "end"),
        sent(new ListedSource(content, data(0, content.length))).words());
  }

  @Test
  void zeros_that_touch_are_one_run_over_pieces_and_extents() throws IOException {
    var content = new byte[5 * MEBIBYTE];
    content[4 * MEBIBYTE] = 1;
    assertEquals(
        List.of("header 5242880", "zero 0+4194304", "data 4194304+4096", "end"),
        sent(new ListedSource(
                content,
                zero(0, MEBIBYTE),
                data(MEBIBYTE, 2 * MEBIBYTE),
                zero(3 * MEBIBYTE, 100),
                data(3 * MEBIBYTE + 100, MEBIBYTE - 100),
                data(4 * MEBIBYTE, 4096)))
            .words());
  }

  @Test
  void zeros_that_do_not_touch_stay_apart() throws IOException {
    assertEquals(
        List.of("header 1048576", "zero 0+4096", "zero 8192+1", "zero 8194+10", "end"),
        sent(new ListedSource(new byte[MEBIBYTE], data(0, 4096), data(8192, 1), zero(8194, 10)))
            .words());
  }

  @Test
  void a_last_unit_that_is_smaller_than_a_page_can_be_zeros_too() throws IOException {
    var content = new byte[5000];
    content[0] = 1;
    assertEquals(
        List.of("header 5000", "data 0+4096", "zero 4096+904", "end"),
        sent(new ListedSource(content, data(0, 5000))).words());
  }

  @Test
  void long_extents_are_cut_to_frames_of_a_mebibyte() throws IOException {
    var content = new byte[3 * MEBIBYTE];
    Arrays.fill(content, (byte) 1);
    assertEquals(
        List.of(
            "header 3145728", "data 512+1048576", "data 1049088+1048576", "data 2097664+3", "end"),
        sent(new ListedSource(content, data(512, 2 * MEBIBYTE + 3))).words());
  }

  @Test
  void what_is_known_to_be_zeros_is_not_read() throws IOException {
    var disk = new RecordingDisk(new MemoryDisk("origin", new byte[8192]));
    sent(new ListedSource(disk, zero(0, 4096), data(4096, 100)));
    assertEquals(List.of("read 4096+100"), disk.events());
  }

  @Test
  void the_end_counts_and_digests_what_was_sent() throws IOException {
    var content = new byte[3 * 4096];
    content[0] = 1;
    var log = new FrameLog();
    var sum =
        Frames.send(
            new ListedSource(content, data(0, content.length)), log, Frames.header(content.length));
    var expected = end(log.changes().toArray(Frame[]::new));
    assertEquals(expected, log.frames().getLast());
    assertEquals(expected.sum(), sum);
    assertEquals(2, sum.frames());
    assertEquals(1, sum.extents());
    assertEquals(4096, sum.dataBytes());
    assertEquals(8192, sum.zeroBytes());
  }

  @Test
  void a_rehearsal_reads_nothing_and_sends_no_change() throws IOException {
    var disk = new RecordingDisk(new MemoryDisk("origin", new byte[8192]));
    var log = new FrameLog();
    var header = Frames.header(8192);
    log.accept(new Frame.Header(header));
    new Sender(new ListedSource(disk, data(0, 8192)), log).rehearse(header, Start.PLAIN);
    assertEquals(List.of("header 8192", "end"), log.words());
    assertEquals(List.of(), disk.events());
  }

  @Test
  void a_source_that_cannot_be_read_at_first_left_nothing_written() {
    var disk = new FailingDisk(new MemoryDisk("origin", ones(8192)), 100);
    var failed =
        assertThrows(SourceException.class, () -> sent(new ListedSource(disk, data(0, 8192))));
    assertEquals(
        "origin: at byte 0: Input/output error; the source cannot be read", failed.getMessage());
  }

  @Test
  void a_source_that_cannot_be_read_later_leaves_the_destination_incomplete() {
    var disk = new FailingDisk(new MemoryDisk("origin", ones(10 << 20)), 9 << 20);
    var log = new FrameLog();
    var source = new ListedSource(disk, data(0, 8 << 20), data(9 << 20, 4096));
    var failed =
        assertThrows(
            IncompleteException.class, () -> Frames.send(source, log, Frames.header(10 << 20)));
    assertEquals(
        "origin: at byte 9437184: Input/output error; the source cannot be read; don't use the destination until a run completes",
        failed.getMessage());
    assertEquals(
        List.of(
            "header 10485760",
            "data 0+1048576",
            "data 1048576+1048576",
            "data 2097152+1048576",
            "data 3145728+1048576"),
        log.words());
  }

  @Test
  void a_source_that_turns_out_bad_at_its_end_has_no_end_sent() {
    var log = new FrameLog();
    var source = doubtful(new ListedSource(ones(9 << 20), data(0, 9 << 20)));
    assertThrows(IncompleteException.class, () -> Frames.send(source, log, Frames.header(9 << 20)));
    assertEquals(5, log.words().size(), "the header, and what was read at once");
  }

  @Test
  void a_small_source_that_turns_out_bad_at_its_end_has_nothing_sent() {
    var log = new FrameLog();
    var source = doubtful(new ListedSource(ones(8192), data(0, 100)));
    assertThrows(SourceException.class, () -> Frames.send(source, log, Frames.header(8192)));
    assertEquals(List.of("header 8192"), log.words());
  }

  @Test
  void everything_is_read_before_the_source_checks_that_it_stayed_true() throws IOException {
    var content = ones(5 * MEBIBYTE);
    var listed = new ListedSource(content, data(0, 5 * MEBIBYTE));
    var source = new Checked(listed, () -> Arrays.fill(content, (byte) 2));
    var last = (Frame.Data) sent(source).changes().getLast();
    assertEquals(ByteBuffer.wrap(ones(MEBIBYTE)), last.bytes());
  }

  @Test
  void what_the_sink_refuses_is_passed_on_as_it_is() {
    var refusal = new RefusedException("new: too small");
    var sender =
        new Sender(
            new ListedSource(ones(10), data(0, 10)),
            frame -> {
              throw refusal;
            });
    assertSame(
        refusal,
        assertThrows(RefusedException.class, () -> sender.send(Frames.header(10), Start.PLAIN)));
  }

  @Test
  void whatever_the_content_the_frames_rebuild_it() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      var random = new Random(seed);
      var content = sparse(random, 1 + random.nextInt(3 * MEBIBYTE));
      var extents = new ArrayList<Extent>();
      for (int at = 0; at < content.length; ) {
        int length = Math.min(content.length - at, 1 + random.nextInt(MEBIBYTE + 5000));
        extents.add(data(at, length));
        at += length;
      }
      var rebuilt = new MemoryDisk("copy", ones(content.length));
      try (var receiver = new Receiver(new PlainDestination(header -> rebuilt), answer -> {})) {
        Frames.send(
            new ListedSource(content, extents.toArray(Extent[]::new)),
            receiver,
            Frames.header(content.length));
      }
      assertArrayEquals(content, rebuilt.bytes(), "seed " + seed);
    }
  }

  private static byte[] sparse(Random random, int length) {
    var content = new byte[length];
    for (int at = 0; at < length; at += random.nextInt(20_000)) {
      int run = Math.min(length - at, random.nextInt(9000));
      for (int end = at + run; at < end; at++) {
        content[at] = (byte) random.nextInt();
      }
    }
    return content;
  }

  /// What a source does when everything was taken.
  private interface Check {
    void run() throws IOException;
  }

  /// A source that looks at itself when everything was taken.
  private static final class Checked extends ForwardingSource {

    private final Check check;

    Checked(ListedSource source, Check check) {
      super(source);
      this.check = check;
    }

    @Override
    public void checkStillTrue() throws IOException {
      super.checkStillTrue();
      check.run();
    }
  }

  private static ChangeSource doubtful(ListedSource source) {
    return new Checked(
        source,
        () -> {
          throw new SourceException("web: the snapshot is invalid");
        });
  }

  private static FrameLog sent(ChangeSource source) throws IOException {
    var log = new FrameLog();
    Frames.send(source, log, Frames.header(source.disk().size()));
    return log;
  }

  private static byte[] ones(int length) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) 1);
    return bytes;
  }

  private static Extent data(long offset, long length) {
    return new Extent(offset, length, Extent.Kind.DATA);
  }

  private static Extent zero(long offset, long length) {
    return new Extent(offset, length, Extent.Kind.ZERO);
  }
}
