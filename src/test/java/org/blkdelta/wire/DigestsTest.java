package org.blkdelta.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class DigestsTest {

  /// Made with the reference implementation (libxxhash 0.8.1, XXH3_128bits).
  private static final String OLD_FULL = "b9a8fc8c82e339f399e3c931dab3e711";

  private static final String OLD_REST = "0e3e7b505c56be18cc12ebd0fceda35e";

  /// Made with OpenSSL 3: `openssl mac -cipher AES-128-GCM -macopt hexkey:0001…0f -macopt
  /// hexiv:000000000000300000000000 GMAC`, and so on.
  private static final String AT_12288 = "8d54aff8ceb96928bbddb31d7b18bf6b";

  private static final String AT_16384 = "46610494a6cdd21e19460fac97e3f475";
  private static final String AT_20480 = "0e8f053339c56641821c3a4926d4f883";

  private final Digests keyed = new KeyedDigests(new DigestKey("000102030405060708090a0b0c0d0e0f"));

  @Test
  void each_unit_has_one_and_so_has_what_remains() {
    assertEquals(OLD_FULL + OLD_FULL + OLD_REST, hex(Digests.old().of(77, counting(10_000))));
    assertEquals(OLD_FULL, hex(Digests.old().of(0, counting(4096))));
    assertEquals("", hex(Digests.old().of(0, counting(0))));

    assertEquals(AT_12288 + AT_16384 + AT_20480, hex(keyed.of(12_288, counting(10_000))));
    assertEquals("", hex(keyed.of(0, counting(0))));
  }

  @Test
  void only_what_remains_in_a_buffer_counts_and_it_stays_there() {
    var part = ByteBuffer.allocate(4099).position(3).put(counting(4096)).position(3);
    assertEquals(OLD_FULL, hex(Digests.old().of(0, part)));
    assertEquals(AT_12288, hex(keyed.of(12_288, part)));
    assertEquals(AT_12288, hex(keyed.of(12_288, part.slice())), "the same twice");
    assertEquals(3, part.position());
  }

  @Test
  void a_part_of_a_run_has_a_part_of_its_digests() {
    var digests = Digests.old().of(0, counting(10_000));
    assertEquals(OLD_REST, hex(Digests.part(digests, 8192, 1808)));
    assertEquals(OLD_FULL + OLD_FULL, hex(Digests.part(digests, 0, 8192)));
  }

  @Test
  void another_key_and_another_place_make_other_digests() {
    var other = new KeyedDigests(DigestKey.drawn());
    assertNotEquals(AT_12288, hex(other.of(12_288, counting(4096))));
    assertNotEquals(AT_12288, hex(keyed.of(0, counting(4096))));
    assertNotEquals(DigestKey.drawn(), DigestKey.drawn());
    assertFalse(DigestKey.drawn().toString().matches(".*[0-9a-f]{16}.*"));
  }

  @Test
  void pages_that_were_made_to_have_one_digest_have_two_with_a_key() throws IOException {
    var first = CollidingPages.first();
    var second = CollidingPages.second();
    assertArrayEquals(CollidingPages.made(0), first);
    assertArrayEquals(CollidingPages.made(1), second);
    assertFalse(Arrays.equals(first, second));
    assertEquals(hex(Digests.old().of(0, wrap(first))), hex(Digests.old().of(0, wrap(second))));
    for (int round = 0; round < 1000; round++) {
      var drawn = new KeyedDigests(DigestKey.drawn());
      assertNotEquals(hex(drawn.of(0, wrap(first))), hex(drawn.of(0, wrap(second))));
    }
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes);
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
