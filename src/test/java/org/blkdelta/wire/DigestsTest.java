package org.blkdelta.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// The digests were made with the reference implementation (libxxhash 0.8.1, XXH3_128bits).
class DigestsTest {

  private static final String FULL = "b9a8fc8c82e339f399e3c931dab3e711";
  private static final String REST = "0e3e7b505c56be18cc12ebd0fceda35e";

  @Test
  void each_unit_has_one_and_so_has_what_remains() {
    assertEquals(FULL + FULL + REST, hex(Digests.of(counting(10_000))));
    assertEquals(FULL, hex(Digests.of(counting(4096))));
    assertEquals("", hex(Digests.of(counting(0))));
  }

  @Test
  void only_what_remains_in_a_buffer_counts_and_it_stays_there() {
    var part = ByteBuffer.allocate(4099).position(3).put(counting(4096)).position(3);
    assertEquals(FULL, hex(Digests.of(part)));
    assertEquals(FULL, hex(Digests.of(part.slice())));
    assertEquals(3, part.position());
  }

  @Test
  void a_part_of_a_run_has_a_part_of_its_digests() {
    var digests = Digests.of(counting(10_000));
    assertEquals(REST, hex(Digests.part(digests, 8192, 1808)));
    assertEquals(FULL + FULL, hex(Digests.part(digests, 0, 8192)));
  }

  private static ByteBuffer counting(int length) {
    var bytes = new byte[length];
    for (int at = 0; at < length; at++) {
      bytes[at] = (byte) (at * 7 + 1);
    }
    return ByteBuffer.wrap(bytes);
  }

  private static String hex(ByteBuffer digests) {
    var bytes = new byte[digests.remaining()];
    digests.get(digests.position(), bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
