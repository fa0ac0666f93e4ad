package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.wire.StreamTexts.data;
import static org.blkdelta.wire.StreamTexts.read;
import static org.blkdelta.wire.StreamTexts.sum;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

/// Streams whose checksums are right and whose content is not.
class FrameRulesTest {

  private static final int FIRST_CHANGE = 38;
  private static final int SECOND_CHANGE = FIRST_CHANGE + 28 + 4;
  private static final byte[] FOUR = {1, 2, 3, 4};

  @Test
  void a_frame_that_may_be_skipped_is() throws IOException {
    var four = new Frame.Data(0, ByteBuffer.wrap(FOUR));
    var stream =
        RawStream.changes(100)
            .frame('x', -1, -1, "of a later version".getBytes(UTF_8))
            .frame('D', 0, 4, FOUR)
            .frame('a', 0, 0)
            .frame('z', Long.MAX_VALUE, 0, new byte[1 << 20])
            .end(sum(four));
    assertEquals(List.of(four), read(stream.toBytes()).changes());
  }

  @Test
  void a_frame_that_must_be_understood_is_refused() {
    for (char type : new char[] {'Y', 'A', 0, '1', 0xff, '{', '`', 'H'}) {
      refused(
          RawStream.changes(100).frame(type, 0, 0).end(sum()),
          "web.delta: at byte 38: a frame of type %d, which a newer blkdelta must read; refused"
              .formatted((byte) type));
    }
  }

  @Test
  void a_stream_begins_with_its_header() {
    var words = "web.delta: at byte 10: the stream does not begin with its header; refused";
    refused(RawStream.changes().frame('D', 0, 4, FOUR).end(sum()), words);
    refused(RawStream.changes().frame('x', 0, 0).frame('H', 0, 100).end(sum()), words);
    refused(RawStream.changes().frame('H', 1, 100).end(sum()), words);
    refused(RawStream.changes(-1).end(sum()), words);
    refused(RawStream.changes().end(sum()), words);
  }

  @Test
  void a_volume_of_no_bytes_is_refused() {
    var words = "web.delta: at byte 10: it is of a volume of 0 bytes, which cannot be; refused";
    refused(RawStream.changes(0).end(sum()), words);
    refused(RawStream.changes(0).frame('D', 0, 4, FOUR).end(sum()), words);
  }

  @Test
  void a_header_is_made_of_keys_and_values() {
    var words = "web.delta: in its header: a line that is not key=value; refused";
    for (var text : List.of("base", "=x", "base=a\nbase=b\n", "\nbase=a\n")) {
      refused(RawStream.changes().frame('H', 0, 100, text.getBytes(UTF_8)).end(sum()), words);
    }
  }

  @Test
  void keys_of_later_versions_mean_nothing() throws IOException {
    var text = "base=lvm:o@a\nnew=1\nstill=newer=2\n".getBytes(UTF_8);
    var stream = RawStream.changes().frame('H', 0, 100, text).end(sum());
    assertEquals(List.of("header 100", "end"), read(stream.toBytes()).words());
  }

  @Test
  void changes_that_overlap_or_go_back_are_refused() {
    var words =
        "web.delta: at byte %d: the changes are not in ascending order; refused"
            .formatted(SECOND_CHANGE);
    var first = RawStream.changes(100).frame('D', 50, 4, FOUR).toBytes();
    for (long offset : new long[] {50, 53, 49, 0, -1, Long.MIN_VALUE}) {
      refused(new RawStream().bytes(first).frame('D', offset, 4, FOUR), words);
      refused(new RawStream().bytes(first).frame('Z', offset, 4), words);
    }
  }

  @Test
  void changes_of_no_or_negative_length_are_refused() {
    var words = "web.delta: at byte 38: the changes are not in ascending order; refused";
    refused(RawStream.changes(100).frame('D', 0, 0), words);
    for (long length : new long[] {0, -1, Long.MIN_VALUE}) {
      refused(RawStream.changes(100).frame('Z', 0, length), words);
    }
  }

  @Test
  void changes_outside_the_volume_are_refused() {
    var words = "web.delta: at byte 38: a change lies outside the volume of 100 bytes; refused";
    refused(RawStream.changes(100).frame('D', 97, 4, FOUR), words);
    refused(RawStream.changes(100).frame('D', 100, 4, FOUR), words);
    refused(RawStream.changes(100).frame('D', Long.MAX_VALUE, 4, FOUR), words);
    refused(RawStream.changes(100).frame('Z', 0, 101), words);
    refused(RawStream.changes(100).frame('Z', 99, Long.MAX_VALUE), words);
  }

  @Test
  void a_frame_whose_length_is_not_its_payloads_is_refused() {
    var words = "web.delta: at byte 38: the stream is damaged (no valid frame); send it again";
    refused(RawStream.changes(100).frame('D', 0, 5, FOUR), words);
    refused(RawStream.changes(100).frame('D', 0, 3, FOUR), words);
    refused(RawStream.changes(100).frame('Z', 0, 4, FOUR), words);
    refused(RawStream.changes(100).frame('E', 0, 0), words);
    refused(RawStream.changes(100).frame('E', 0, 0, new byte[49]), words);
  }

  @Test
  void what_is_expected_stands_before_the_first_change() {
    var words =
        "web.delta: at byte %d: it says what is expected after the first change; refused"
            .formatted(SECOND_CHANGE);
    refused(RawStream.changes(100).frame('D', 0, 4, FOUR).frame('X', 50, 4), words);
    refused(RawStream.changes(100).frame('D', 0, 4, FOUR).frame('X', 50, 4, new byte[16]), words);
  }

  @Test
  void changes_may_begin_before_what_is_expected_ends() throws IOException {
    var expect = Frame.Expect.zeros(50, 50);
    var four = new Frame.Data(0, ByteBuffer.wrap(FOUR));
    var stream =
        RawStream.changes(100).frame('X', 50, 50).frame('D', 0, 4, FOUR).end(sum(expect, four));
    assertEquals(
        List.of("header 100", "expect 50+50", "data 0+4", "end"), read(stream.toBytes()).words());
  }

  @Test
  void what_is_expected_is_in_order_and_inside_the_volume() {
    var order = "web.delta: at byte %d: what is expected is not in ascending order; refused";
    var first = RawStream.changes(100).frame('X', 50, 4).toBytes();
    for (long offset : new long[] {50, 53, 49, 0, -1, Long.MIN_VALUE}) {
      refused(
          new RawStream().bytes(first).frame('X', offset, 4, new byte[16]), order.formatted(66));
    }
    for (long length : new long[] {0, -1, Long.MIN_VALUE}) {
      refused(RawStream.changes(100).frame('X', 0, length), order.formatted(38));
    }
    var place =
        "web.delta: at byte 38: what is expected lies outside the volume of 100 bytes; refused";
    refused(RawStream.changes(100).frame('X', 97, 4, new byte[16]), place);
    refused(RawStream.changes(100).frame('X', Long.MAX_VALUE, 4), place);
    refused(RawStream.changes(100).frame('X', 1, Long.MAX_VALUE), place);
  }

  @Test
  void there_is_a_digest_for_each_unit_or_none_at_all() throws IOException {
    var words = "web.delta: at byte 38: the stream is damaged (no valid frame); send it again";
    for (int size : new int[] {1, 15, 17, 31, 33, 48, 4097}) {
      refused(RawStream.changes(1L << 40).frame('X', 0, 4097, new byte[size]), words);
    }
    refused(RawStream.changes(1L << 40).frame('X', 0, 4096, new byte[32]), words);
    refused(RawStream.changes(Long.MAX_VALUE).frame('X', 0, Long.MAX_VALUE, new byte[16]), words);
    refused(RawStream.changes(1L << 62).frame('X', 0, 1L << 62, new byte[1 << 20]), words);
    var whole = new Frame.Expect(0, 4097, ByteBuffer.allocate(32));
    var stream = RawStream.changes(5000).frame('X', 0, 4097, new byte[32]).end(sum(whole));
    assertEquals(whole, read(stream.toBytes()).frames().get(1));
  }

  @Test
  void an_end_that_counts_anything_else_than_came_is_refused() {
    var words =
        "web.delta: at byte %d: the stream's frames don't match its end; refused"
            .formatted(SECOND_CHANGE);
    var right = sum(data(0, "four"));
    long[] numbers = {
      right.frames(),
      right.extents(),
      right.dataBytes(),
      right.zeroBytes(),
      right.digestHigh(),
      right.digestLow()
    };
    for (int wrong = 0; wrong < numbers.length; wrong++) {
      numbers[wrong]++;
      var stream = RawStream.changes(100).frame('D', 0, 4, "four".getBytes(UTF_8)).end(numbers);
      refused(stream, words);
      numbers[wrong]--;
    }
    var whole = RawStream.changes(100).frame('D', 0, 4, "four".getBytes(UTF_8)).end(numbers);
    assertEquals(SECOND_CHANGE + 28 + 48, whole.toBytes().length);
  }

  @Test
  void a_frame_that_was_lost_whole_is_noticed_at_the_end() {
    refused(
        RawStream.changes(100).frame('D', 0, 4, "four".getBytes(UTF_8)).end(sum()),
        "web.delta: at byte 70: the stream's frames don't match its end; refused");
  }

  private static void refused(RawStream stream, String words) {
    var log = new FrameLog();
    var refused =
        assertThrows(
            SourceException.class,
            () -> read(new ByteArrayInputStream(stream.toBytes()), log),
            words);
    assertEquals(words, refused.getMessage());
    assertFalse(log.ended());
  }
}
