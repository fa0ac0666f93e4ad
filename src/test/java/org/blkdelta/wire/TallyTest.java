package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// The digests were made with the reference implementation (libxxhash 0.8.1, XXH3_128bits).
class TallyTest {

  @Test
  void nothing_has_the_digest_of_no_bytes() {
    assertEquals("99aa06d3014798d86001c324468d497f", new Tally().sum().digest());
  }

  @Test
  void frames_have_the_digest_of_their_type_place_and_bytes() {
    var tally = new Tally();
    tally.data(4096, ByteBuffer.wrap("blkdelta".getBytes(UTF_8)));
    tally.zero(8192, 1L << 40);
    var sum = tally.sum();
    assertEquals("5034b2a6163e4a768b294412d83c3ca5", sum.digest());
    assertEquals(new Tally.Sum(2, 2, 8, 1L << 40, sum.digestHigh(), sum.digestLow()), sum);
    assertEquals((1L << 40) + 8, sum.bytes());
  }

  @Test
  void large_frames_too() {
    var bytes = new byte[300_000];
    for (int at = 0; at < bytes.length; at++) {
      bytes[at] = (byte) (at * 7 + 1);
    }
    var tally = new Tally();
    tally.data(0, ByteBuffer.wrap(bytes));
    assertEquals("a64f5bde373e6a8e882594241c0dabeb", tally.sum().digest());
  }

  @Test
  void only_what_remains_in_a_buffer_counts_and_it_stays_there() {
    var part = ByteBuffer.wrap("..blkdelta..".getBytes(UTF_8)).position(2).limit(10);
    var tally = new Tally();
    tally.data(4096, part.slice());
    tally.zero(8192, 1L << 40);
    assertEquals("5034b2a6163e4a768b294412d83c3ca5", tally.sum().digest());
    var again = new Tally();
    again.data(4096, part);
    again.zero(8192, 1L << 40);
    assertEquals(tally.sum(), again.sum());
    assertEquals(2, part.position());
  }

  @Test
  void a_frame_that_begins_where_the_last_one_ended_goes_on_with_its_extent() {
    var tally = new Tally();
    tally.zero(0, 10);
    tally.zero(10, 10);
    tally.data(20, ByteBuffer.allocate(5));
    tally.zero(26, 1);
    assertEquals(4, tally.sum().frames());
    assertEquals(2, tally.sum().extents());
    assertEquals(5, tally.sum().dataBytes());
    assertEquals(21, tally.sum().zeroBytes());
  }

  @Test
  void what_is_expected_is_digested_and_is_no_change() {
    var tally = new Tally();
    tally.expect(Digests.old().expect(4096, ByteBuffer.wrap("blkdelta".getBytes(UTF_8))));
    tally.expect(Frame.Expect.zeros(8192, 1L << 40));
    var sum = tally.sum();
    assertEquals("8f29522d407e1c83f05b9f792275a9fd", sum.digest());
    assertEquals(new Tally.Sum(2, 0, 0, 0, sum.digestHigh(), sum.digestLow()), sum);
  }

  @Test
  void one_that_only_counts_has_no_digest() {
    var tally = Tally.counting();
    tally.data(0, ByteBuffer.allocate(16));
    tally.zero(16, 16);
    assertEquals("", tally.sum().digest());
    assertEquals(new Tally.Sum(2, 1, 16, 16, 0, 0), tally.sum());
  }

  @Test
  void zeros_sent_as_data_are_another_stream() {
    var data = new Tally();
    data.data(0, ByteBuffer.allocate(16));
    var zero = new Tally();
    zero.zero(0, 16);
    assertNotEquals(data.sum().digest(), zero.sum().digest());
  }
}
