package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.wire.StreamTexts.EXPECTING;
import static org.blkdelta.wire.StreamTexts.SMALL;
import static org.blkdelta.wire.StreamTexts.closed;
import static org.blkdelta.wire.StreamTexts.data;
import static org.blkdelta.wire.StreamTexts.header;
import static org.blkdelta.wire.StreamTexts.read;
import static org.blkdelta.wire.StreamTexts.sum;
import static org.blkdelta.wire.StreamTexts.written;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.linux.BackingDevices;
import org.junit.jupiter.api.Test;

class FrameStreamTest {

  @Test
  void what_is_written_is_what_is_read() throws IOException {
    assertEquals(SMALL, read(written(SMALL)).frames());
  }

  @Test
  void a_stream_without_changes_has_a_header_and_an_end() throws IOException {
    var empty = closed(header(4096));
    assertEquals(empty, read(written(empty)).frames());
    assertEquals(10 + 28 + 28 + 48, written(empty).length);
  }

  @Test
  void the_bytes_are_those_of_the_description() throws IOException {
    var expected =
        RawStream.changes(1 << 20)
            .frame('D', 4096, 20, "These bytes are new.".getBytes(UTF_8))
            .frame('Z', 65_536, 131_072)
            .frame('D', (1 << 20) - 16, 16, "The last sixteen".getBytes(UTF_8))
            .end(sum(SMALL.toArray(Frame[]::new)))
            .toBytes();
    assertArrayEquals(expected, written(SMALL));
  }

  @Test
  void what_is_expected_is_written_as_digests_of_4096_bytes_each() throws IOException {
    var digest = HexFormat.of().parseHex("b80ce3d6b5114e12c0e4b4e92693da16"); // by libxxhash
    var expected =
        RawStream.changes(1 << 20)
            .frame('X', 4096, 20, digest)
            .frame('X', 65_536, 131_072)
            .frame('D', 4096, 20, "These bytes are new.".getBytes(UTF_8))
            .frame('Z', 65_536, 131_072)
            .frame('D', (1 << 20) - 16, 16, "The last sixteen".getBytes(UTF_8))
            .end(sum(EXPECTING.toArray(Frame[]::new)))
            .toBytes();
    assertArrayEquals(expected, written(EXPECTING));
  }

  @Test
  void what_is_expected_survives_the_way() throws IOException {
    assertEquals(EXPECTING, read(written(EXPECTING)).frames());
  }

  @Test
  void a_stream_proves_that_it_is_complete() throws IOException {
    var stream = FrameSource.open(new ByteArrayInputStream(written(SMALL)), "web.delta");
    assertTrue(stream.provesCompleteness());
  }

  @Test
  void a_stream_that_comes_byte_by_byte_is_read_as_well() throws IOException {
    var whole = new ByteArrayInputStream(written(SMALL));
    var drops =
        new InputStream() {
          @Override
          public int read() {
            return whole.read();
          }

          @Override
          public int read(byte[] to, int at, int length) {
            return whole.read(to, at, Math.min(1, length));
          }
        };
    assertEquals(SMALL, read(drops, new FrameLog()).frames());
  }

  @Test
  void the_largest_frame_and_the_largest_zeros_pass() throws IOException {
    var large = ByteBuffer.allocate(Frame.MAX_BYTES);
    new Random(1).nextBytes(large.array());
    var frames =
        closed(
            header(Long.MAX_VALUE),
            new Frame.Data(0, large),
            new Frame.Zero(Frame.MAX_BYTES, Long.MAX_VALUE - Frame.MAX_BYTES));
    assertEquals(frames, read(written(frames)).frames());
  }

  @Test
  void frames_that_touch_may_follow_each_other() throws IOException {
    var frames = closed(header(100), data(0, "ab"), data(2, "cd"), new Frame.Zero(4, 96));
    assertEquals(frames, read(written(frames)).frames());
  }

  @Test
  void random_frames_survive_the_way() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var frames = new ArrayList<>(List.of(header(1L << 40)));
      for (long at = random.nextInt(100); frames.size() < 30; at += random.nextInt(1 << 30)) {
        var bytes = new byte[1 + random.nextInt(5000)];
        random.nextBytes(bytes);
        frames.add(
            random.nextInt(3) == 0
                ? new Frame.Zero(at, bytes.length)
                : new Frame.Data(at, ByteBuffer.wrap(bytes)));
        at += bytes.length;
      }
      var all = closed(frames.toArray(Frame[]::new));
      assertEquals(all, read(written(all)).frames(), "seed " + seed);
    }
  }

  @Test
  void the_header_and_the_end_go_out_at_once_and_what_is_between_in_large_writes()
      throws IOException {
    var writes = new ArrayList<Integer>();
    var writer =
        new FrameWriter(
            new ByteArrayOutputStream() {
              @Override
              public synchronized void write(byte[] from, int at, int length) {
                writes.add(length);
              }
            });
    writer.accept(header(1 << 30));
    assertEquals(List.of(38), writes);
    for (int at = 0; at < 1000; at++) {
      writer.accept(new Frame.Data(at * 4096L, ByteBuffer.allocate(4096)));
    }
    assertEquals(List.of(38, 1 << 20, 1 << 20, 1 << 20), writes);
    writer.accept(new Frame.End(new Tally().sum()));
    assertEquals(5, writes.size());
    assertEquals(38 + 1000 * (28 + 4096) + 76, writes.stream().mapToLong(Integer::longValue).sum());
  }

  @Test
  void the_writer_leaves_the_bytes_as_they_were() throws IOException {
    var bytes = ByteBuffer.wrap("xxnewxx".getBytes(UTF_8)).position(2).limit(5);
    var out = written(closed(header(10), new Frame.Data(0, bytes)));
    assertEquals(2, bytes.position());
    assertEquals(List.of(data(0, "new")), read(out).changes());
  }

  @Test
  void a_header_carries_generations_and_what_the_sender_reads() throws IOException {
    var footing =
        new BackingDevices("boot", Set.of("b:254:1"), Set.of("b:254:1", "b:8:0", "f:2049:77"));
    var stream =
        new StreamHeader(
                4096,
                new Lineage(
                    Optional.of(Generation.of("lvm:o@a")), Optional.of(Generation.of("lvm:o@b"))),
                Optional.of(footing))
            .told(List.of("send", "--since=old 1%", "--", "web\nüß", ""));
    assertEquals(
        List.of(new Frame.Header(stream)),
        read(written(closed(new Frame.Header(stream)))).frames().subList(0, 1));
  }

  @Test
  void labels_of_generations_are_carried_and_cannot_break_the_header() throws IOException {
    var base = Generation.of("lvm:o@a", "vg0/web\nresult=forged \u202e as of 2026");
    var long1000 = Generation.of("lvm:o@b", "x".repeat(1000));
    var lineage = new Lineage(Optional.of(base), Optional.of(long1000));
    var stream = new StreamHeader(4096, lineage, Optional.empty());
    var read = (Frame.Header) read(written(closed(new Frame.Header(stream)))).frames().getFirst();
    assertEquals(lineage, read.stream().lineage());
    assertEquals("vg0/web?result=forged ? as of 2026", read.stream().lineage().base().get().text());
    assertEquals("x".repeat(Generation.MAX_LABEL), read.stream().lineage().result().get().text());
  }
}
