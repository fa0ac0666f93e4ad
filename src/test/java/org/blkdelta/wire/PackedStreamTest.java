package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PackedStreamTest {

  private static final int MEBIBYTE = 1 << 20;
  private static final int MAGIC = 10;
  private static final int HEAD = 28;

  @BeforeAll
  static void zstd() throws IOException {
    Zstandard.load();
  }

  @Test
  void whatever_is_written_however_comes_out_again() throws IOException {
    for (long seed = 0; seed < 40; seed++) {
      var random = new Random(seed);
      var bytes = mixed(random, random.nextInt(3 * MEBIBYTE));
      var wire = new ByteArrayOutputStream();
      try (var out = output(wire, random)) {
        for (int at = 0; at < bytes.length; ) {
          int length = Math.min(bytes.length - at, 1 + random.nextInt(2 * MEBIBYTE));
          out.write(bytes, at, length);
          at += length;
        }
      }
      assertArrayEquals(bytes, unpacked(wire.toByteArray()), "seed " + seed);
    }
  }

  @Test
  void single_bytes_are_taken_and_given() throws IOException {
    var wire = new ByteArrayOutputStream();
    try (var out = PackedOutput.always(wire, 1)) {
      for (int value : new int[] {0, 127, 128, 255}) {
        out.write(value);
      }
      out.write(new byte[0]);
    }
    try (var in = input(wire.toByteArray())) {
      assertEquals(0, in.read(new byte[1], 0, 0));
      assertEquals(
          List.of(0, 127, 128, 255, -1, -1),
          List.of(in.read(), in.read(), in.read(), in.read(), in.read(), in.read()));
    }
  }

  @Test
  void each_write_goes_on_at_once_and_as_one() throws IOException {
    var writes = new ArrayList<Integer>();
    try (var out = PackedOutput.always(noting(writes), 1)) {
      out.write(new byte[100]);
      out.write(random(MEBIBYTE));
      out.write(new byte[MEBIBYTE]);
    }
    assertEquals(MAGIC + HEAD + 100, writes.get(0));
    assertEquals(HEAD + MEBIBYTE, writes.get(1));
    assertTrue(writes.get(2) < 1000, "a mebibyte of zeros: " + writes.get(2));
    assertEquals(3, writes.size());
  }

  @Test
  void a_flush_is_passed_on() throws IOException {
    var flushes = new ArrayList<Integer>();
    var below =
        new ByteArrayOutputStream() {
          @Override
          public void flush() {
            flushes.add(size());
          }
        };
    try (var out = PackedOutput.always(below, 1)) {
      out.write(new byte[10]);
      out.flush();
      assertEquals(List.of(MAGIC + HEAD + 10), flushes);
    }
  }

  @Test
  void a_stream_of_changes_is_read_through_it() throws IOException {
    var wire = new ByteArrayOutputStream();
    var writer = new FrameWriter(PackedOutput.always(wire, 3));
    for (var frame : StreamTexts.EXPECTING) {
      writer.accept(frame);
    }
    var log = StreamTexts.read(input(wire.toByteArray()), new FrameLog());
    assertEquals(StreamTexts.EXPECTING, log.frames());
  }

  @Test
  void a_fast_network_gets_blocks_as_they_are_and_a_slow_one_packed_ones() throws IOException {
    var bytes = new byte[MEBIBYTE];
    for (int at = 0; at < bytes.length; at++) {
      bytes[at] = (byte) (at >> 8);
    }
    assertTrue(sentBy(0, bytes) > 50L * MEBIBYTE);
    assertTrue(sentBy(1000, bytes) < 10L * MEBIBYTE);
  }

  @Test
  void a_stream_that_was_cut_is_refused_unless_whole_blocks_remain() throws IOException {
    var wire = packed(random(3000), new byte[5000], random(70));
    int second = MAGIC + HEAD + 3000;
    int third = wire.length - HEAD - 70;
    for (int length = 0; length < wire.length; length++) {
      var cut = Arrays.copyOf(wire, length);
      if (List.of(0, MAGIC, second, third).contains(length)) {
        unpacked(cut); // what it holds must prove its end by itself
      } else {
        var refused = assertThrows(SourceException.class, () -> unpacked(cut), length + " bytes");
        assertSays(refused, length < MAGIC ? "not compressed, cut" : "the stream is cut off");
      }
    }
  }

  @Test
  void a_flipped_bit_is_always_noticed() throws IOException {
    var wire = packed(random(300), new byte[5000], random(70));
    for (int bit = 0; bit < 8 * wire.length; bit++) {
      wire[bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(SourceException.class, () -> unpacked(wire), "bit " + bit);
      wire[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void a_block_that_is_none_is_refused_whatever_its_checksum() throws IOException {
    var bytes = new byte[5000];
    var packed = new byte[Zstandard.most(bytes.length)];
    int size = Zstandard.pack(bytes, 0, bytes.length, packed, 1);
    var small = Arrays.copyOf(packed, size);
    assertArrayEquals(bytes, unpacked(blocks().frame('P', 0, 5000, small).toBytes()));
    for (long length : new long[] {4999, 5001, 0, -1, size, MEBIBYTE, MEBIBYTE + 1, 1L << 40}) {
      refused(blocks().frame('P', 0, length, small), "as %d bytes".formatted(length));
      refused(blocks().frame('S', 0, length == size ? 0 : length, small), "stored");
    }
    refused(blocks().frame('P', 0, 5000, random(size)), "noise");
    refused(blocks().frame('P', 0, 5000, Arrays.copyOf(small, size - 1)), "cut inside");
    refused(blocks().frame('P', 0, 5000, Arrays.copyOf(small, size + 1)), "and more");
    refused(blocks().frame('P', 0, 5000), "nothing");
    refused(blocks().frame('S', 0, 0), "nothing stored");
    refused(blocks().frame('D', 0, 5000, new byte[5000]), "another type");
    refused(blocks().frame('x', 0, 0), "an optional type");
    refused(blocks().frame('S', 0, 5000, MEBIBYTE + 1, new byte[5000]), "a long one");
  }

  @Test
  void a_bomb_is_refused_at_the_size_that_it_claims() {
    var zeros = new byte[64 * MEBIBYTE];
    var packed = new byte[Zstandard.most(zeros.length)];
    int size = Zstandard.pack(zeros, 0, zeros.length, packed, 1);
    var bomb = Arrays.copyOf(packed, size);
    refused(blocks().frame('P', 0, MEBIBYTE, bomb), "a bomb of %d bytes".formatted(size));
  }

  @Test
  void what_is_not_packed_is_called_so() throws IOException {
    assertEquals(0, unpacked(new byte[0]).length);
    for (var other : List.of(StreamTexts.written(StreamTexts.SMALL), "hi".getBytes(ISO_8859_1))) {
      var refused = assertThrows(SourceException.class, () -> unpacked(other));
      assertEquals(
          "web.delta: at byte 0: not compressed, cut, or of a newer version; refused",
          refused.getMessage());
    }
  }

  private static RawStream blocks() {
    return new RawStream().bytes("\u0089BLKP1\r\n\u001a\n".getBytes(ISO_8859_1));
  }

  private static void refused(RawStream stream, String what) {
    var refused = assertThrows(SourceException.class, () -> unpacked(stream.toBytes()), what);
    assertSays(refused, "at byte 10: the stream is damaged");
  }

  private static PackedOutput output(OutputStream wire, Random random) {
    return random.nextBoolean()
        ? PackedOutput.always(wire, 1 + random.nextInt(3))
        : PackedOutput.whereItPays(wire, () -> random.nextInt(1000));
  }

  private static PackedInput input(byte[] wire) {
    return new PackedInput(new ByteArrayInputStream(wire), "web.delta");
  }

  private static byte[] unpacked(byte[] wire) throws IOException {
    try (var in = input(wire)) {
      return in.readAllBytes();
    }
  }

  private static byte[] packed(byte[]... writes) throws IOException {
    var wire = new ByteArrayOutputStream();
    try (var out = PackedOutput.always(wire, 1)) {
      for (var bytes : writes) {
        out.write(bytes);
      }
    }
    return wire.toByteArray();
  }

  /// Returns how much of 100 blocks goes over a network that takes so many nanoseconds for a byte,
  /// where packing one takes a tenth of a second.
  private static long sentBy(long nanosPerByte, byte[] block) throws IOException {
    var writes = new ArrayList<Integer>();
    var now = new long[1];
    var written = new int[1];
    LongSupplier clock =
        () -> {
          boolean wrote = writes.size() > written[0];
          written[0] = writes.size();
          now[0] += wrote ? writes.getLast() * nanosPerByte : 100_000_000;
          return now[0];
        };
    try (var out = PackedOutput.whereItPays(noting(writes), clock)) {
      for (int count = 0; count < 100; count++) {
        out.write(block);
      }
    }
    return writes.stream().mapToLong(Integer::longValue).sum();
  }

  private static OutputStream noting(List<Integer> writes) {
    return new OutputStream() {
      @Override
      public void write(int one) {
        throw new AssertionError("a byte by itself");
      }

      @Override
      public void write(byte[] from, int offset, int length) {
        writes.add(length);
      }
    };
  }

  /// Runs of noise, of zeros and of text.
  private static byte[] mixed(Random random, int size) {
    var bytes = random(size);
    for (int at = 0; at < size; ) {
      int length = Math.min(size - at, 1 + random.nextInt(300_000));
      int kind = random.nextInt(3);
      if (kind > 0) {
        Arrays.fill(bytes, at, at + length, (byte) (kind == 1 ? 0 : random.nextInt()));
      }
      at += length;
    }
    return bytes;
  }

  private static byte[] random(int size) {
    var bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
