package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.wire.StreamTexts.SMALL;
import static org.blkdelta.wire.StreamTexts.closed;
import static org.blkdelta.wire.StreamTexts.data;
import static org.blkdelta.wire.StreamTexts.header;
import static org.blkdelta.wire.StreamTexts.read;
import static org.blkdelta.wire.StreamTexts.sum;
import static org.blkdelta.wire.StreamTexts.writtenForLvmsync;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

class LvmsyncStreamTest {

  private static final int GREETING = "lvmsync PROTO[3]\n".length();
  private static final int MEBIBYTE = 1 << 20;

  @Test
  void the_bytes_are_a_greeting_and_records_of_offset_length_and_data() throws IOException {
    var bytes =
        writtenForLvmsync(closed(header(1L << 50), data(0x0102030405L, "new"), data(0, "")));
    assertArrayEquals(
        HexFormat.of()
            .parseHex(
                "6c766d73796e632050524f544f5b335d0a" // lvmsync PROTO[3] and a line end
                    + "0000000102030405" // the offset, big-endian
                    + "00000003" // the length, big-endian
                    + "6e6577"
                    + "0000000000000000"
                    + "00000000"),
        bytes);
  }

  @Test
  void zeros_travel_as_data_in_records_of_a_mebibyte() throws IOException {
    var stream =
        writtenForLvmsync(closed(header(1L << 30), new Frame.Zero(4096, 2 * MEBIBYTE + 3)));
    assertEquals(GREETING + 3 * 12 + 2 * MEBIBYTE + 3, stream.length);
    assertEquals(
        List.of("header 0", "data 4096+1048576", "data 1052672+1048576", "data 2101248+3", "end"),
        read(stream).words());
    var rest = Arrays.copyOfRange(stream, stream.length - 3, stream.length);
    assertArrayEquals(new byte[3], rest);
  }

  @Test
  void what_is_written_is_what_is_read() throws IOException {
    var changes = List.of(data(4096, "one"), data(8192, "two"), data(0, "three, before them"));
    var stream = recordsOf(changes);
    var log = read(stream);
    assertEquals(changes, log.changes());
    assertTrue(log.ended());
    assertEquals(
        new Frame.End(sum(changes.toArray(Frame[]::new))),
        log.frames().get(log.frames().size() - 1));
  }

  @Test
  void records_may_overlap_repeat_and_hold_nothing() throws IOException {
    var stream =
        lvmsync()
            .record(8192, "abcd")
            .record(8194, "xy")
            .record(8192, "abcd")
            .record(0, "")
            .bytes();
    assertEquals(
        List.of("header 0", "data 8192+4", "data 8194+2", "data 8192+4", "end"),
        read(stream).words());
  }

  @Test
  void a_record_larger_than_a_frame_goes_on_in_pieces() throws IOException {
    var large = new byte[3 * MEBIBYTE + 5];
    new Random(3).nextBytes(large);
    var log = read(lvmsync().record(77, large).bytes());
    assertEquals(
        List.of(
            "header 0",
            "data 77+1048576",
            "data 1048653+1048576",
            "data 2097229+1048576",
            "data 3145805+5",
            "end"),
        log.words());
    var joined = new ByteArrayOutputStream();
    for (var frame : log.changes()) {
      joined.write(((Frame.Data) frame).bytes().array());
    }
    assertArrayEquals(large, joined.toByteArray());
  }

  @Test
  void the_largest_record_is_not_allocated_before_its_bytes_are_there() {
    var stream = lvmsync().head(0, -1).bytes(); // 4 GiB - 1
    var refused = assertThrows(SourceException.class, () -> read(stream));
    assertEquals(
        "web.delta: at byte 17: the stream is cut off; send it again", refused.getMessage());
  }

  @Test
  void every_cut_inside_a_record_is_refused_and_none_at_a_border_can_be() throws IOException {
    var stream = lvmsync().record(4096, "first").record(0, "second").record(8192, "third").bytes();
    Set<Integer> looksWhole = new TreeSet<>();
    for (int length = 0; length < stream.length; length++) {
      var log = new FrameLog();
      try {
        read(new ByteArrayInputStream(Arrays.copyOf(stream, length)), log);
        looksWhole.add(length);
        assertTrue(log.ended());
      } catch (SourceException refused) {
        assertFalse(log.ended());
      }
    }
    assertEquals(Set.of(GREETING, GREETING + 17, GREETING + 35), looksWhole);
    assertFalse(
        FrameSource.open(new ByteArrayInputStream(stream), "web.delta").provesCompleteness());
  }

  @Test
  void offsets_that_no_disk_has_are_refused() {
    for (long offset : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE - 3}) {
      var stream = lvmsync().record(4096, "first").record(offset, "four").bytes();
      var refused = assertThrows(SourceException.class, () -> read(stream));
      assertEquals(
          "web.delta: at byte 34: a record at offset %s; the stream is damaged"
              .formatted(Long.toUnsignedString(offset)),
          refused.getMessage());
    }
  }

  @Test
  void the_last_offset_that_a_disk_can_have_is_taken() throws IOException {
    var log = read(lvmsync().record(Long.MAX_VALUE - 4, "four").bytes());
    assertEquals(List.of("data 9223372036854775803+4"), log.words().subList(1, 2));
  }

  @Test
  void other_versions_of_its_format_are_refused_by_name() {
    for (var greeting : List.of("lvmsync PROTO[2]\n", "lvmsync PROTO[3]\r\n", "lvmsync\n", "l")) {
      var refused =
          assertThrows(SourceException.class, () -> read(greeting.getBytes(UTF_8)), greeting);
      assertSays(refused, "web.delta: at byte 0: ", "only lvmsync PROTO[3] is known");
    }
  }

  @Test
  void an_undo_of_zeros_and_data_is_read_back_as_data() throws IOException {
    var log = read(writtenForLvmsync(SMALL));
    assertEquals(
        List.of("header 0", "data 4096+20", "data 65536+131072", "data 1048560+16", "end"),
        log.words());
  }

  private static byte[] recordsOf(List<Frame.Data> changes) throws IOException {
    var frames = new ArrayList<Frame>(List.of(header(0)));
    frames.addAll(changes);
    return writtenForLvmsync(closed(frames.toArray(Frame[]::new)));
  }

  private static Builder lvmsync() {
    return new Builder();
  }

  private static final class Builder {

    private final RawStream out = new RawStream().text("lvmsync PROTO[3]\n");

    Builder record(long offset, String text) {
      return record(offset, text.getBytes(UTF_8));
    }

    Builder record(long offset, byte[] bytes) {
      head(offset, bytes.length);
      out.bytes(bytes);
      return this;
    }

    Builder head(long offset, int length) {
      out.bytes(ByteBuffer.allocate(12).putLong(offset).putInt(length).array());
      return this;
    }

    byte[] bytes() {
      return out.toBytes();
    }
  }
}
