package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.wire.StreamTexts.EXPECTING;
import static org.blkdelta.wire.StreamTexts.closed;
import static org.blkdelta.wire.StreamTexts.header;
import static org.blkdelta.wire.StreamTexts.read;
import static org.blkdelta.wire.StreamTexts.written;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

/// Whatever happens to a stream on its way: its end must not be believed.
class FrameDamageTest {

  @Test
  void every_stream_that_was_cut_is_refused() throws IOException {
    var whole = written(EXPECTING);
    for (int length = 0; length < whole.length; length++) {
      refused(Arrays.copyOf(whole, length), "cut to %d bytes".formatted(length));
    }
  }

  @Test
  void every_stream_with_one_flipped_bit_is_refused() throws IOException {
    var stream = written(EXPECTING);
    for (int bit = 0; bit < 8 * stream.length; bit++) {
      stream[bit / 8] ^= (byte) (1 << bit % 8);
      refused(stream, "bit %d of byte %d".formatted(bit % 8, bit / 8));
      stream[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void every_stream_that_lost_one_byte_or_got_one_is_refused() throws IOException {
    var whole = written(EXPECTING);
    for (int at = 0; at < whole.length; at++) {
      var lost = new ByteArrayOutputStream();
      lost.write(whole, 0, at);
      lost.write(whole, at + 1, whole.length - at - 1);
      refused(lost.toByteArray(), "byte %d lost".formatted(at));
      var got = new ByteArrayOutputStream();
      got.write(whole, 0, at);
      got.write(0x2a);
      got.write(whole, at, whole.length - at);
      refused(got.toByteArray(), "a byte before byte %d".formatted(at));
    }
  }

  @Test
  void bytes_behind_the_end_are_refused() throws IOException {
    var whole = written(EXPECTING);
    var more = Arrays.copyOf(whole, whole.length + 1);
    var refused = refused(more, "a byte more");
    assertEquals(
        "web.delta: at byte %d: bytes follow the end of the stream; refused"
            .formatted(whole.length),
        refused.getMessage());
    var twice = Arrays.copyOf(whole, 2 * whole.length);
    System.arraycopy(whole, 0, twice, whole.length, whole.length);
    refused(twice, "twice the stream");
  }

  @Test
  void a_text_transfer_is_noticed_in_the_first_bytes() throws IOException {
    var unix = new String(written(EXPECTING), ISO_8859_1);
    var translated = unix.replace("\r\n", "\n");
    var bytes = translated.getBytes(ISO_8859_1);
    assertSays(refused(bytes, "line ends changed"), "at byte 0: the stream is damaged");
  }

  @Test
  void what_is_no_stream_is_called_so() {
    assertEquals(
        "web.delta: at byte 0: the stream is empty; send it again",
        refused(new byte[0], "nothing").getMessage());
    assertEquals(
        "web.delta: at byte 0: not a change stream; name one that blkdelta dump made",
        refused(new byte[1000], "zeros").getMessage());
    assertSays(refused("hello, world".getBytes(UTF_8), "text"), "not a change");
  }

  @Test
  void a_payload_longer_than_any_frame_is_refused_before_it_is_read() {
    for (int claimed : new int[] {(1 << 20) + 1, 1 << 30, Integer.MAX_VALUE, -1, -(1 << 20)}) {
      var stream = RawStream.changes(1L << 40).frame('D', 0, claimed, claimed, new byte[100]);
      assertSays(refused(stream.toBytes(), "a payload of " + claimed), "no valid frame");
    }
  }

  @Test
  void the_place_of_the_damage_is_named() throws IOException {
    var stream = written(closed(header(4096), new Frame.Zero(0, 4096)));
    stream[10 + 28 + 9] ^= 1;
    assertEquals(
        "web.delta: at byte 38: the stream is damaged (no valid frame); send it again",
        refused(stream, "the second frame").getMessage());
    assertEquals(
        "web.delta: at byte 66: the stream is cut off; send it again",
        refused(Arrays.copyOf(written(closed(header(4096), new Frame.Zero(0, 4096))), 70), "cut")
            .getMessage());
  }

  private static SourceException refused(byte[] stream, String what) {
    var log = new FrameLog();
    var refused =
        assertThrows(
            SourceException.class, () -> read(new ByteArrayInputStream(stream), log), what);
    assertFalse(log.ended(), what);
    return refused;
  }
}
