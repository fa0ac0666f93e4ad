package org.blkdelta.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class StripesTest {

  private static final byte[] NAME = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  @Test
  void what_is_dealt_over_several_connections_is_put_together_again() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    for (int lanes = 1; lanes <= 5; lanes++) {
      var content = new byte[(8 << 20) + random.nextInt(12 << 20)];
      random.nextBytes(content);
      assertArrayEquals(content, carried(content, lanes, random), "seed " + seed);
    }
  }

  @Test
  void a_stream_over_one_connection_passes_as_it_is() throws IOException {
    for (var text : List.of("", "short", "longer than any magic is")) {
      var bytes = text.getBytes(StandardCharsets.US_ASCII);
      try (var in = new StripedInput(new ByteArrayInputStream(bytes), StripesTest::nobody)) {
        assertArrayEquals(bytes, in.readAllBytes());
      }
    }
  }

  @Test
  void nothing_is_written_before_the_first_byte() throws IOException {
    var first = new ByteArrayOutputStream();
    new StripedOutput(first, NAME);
    assertEquals(0, first.size());
  }

  @Test
  void a_connection_that_fails_is_told_by_the_next_write() {
    var broken =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("gone");
          }
        };
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          var out = new StripedOutput(new ByteArrayOutputStream(), NAME);
          out.add(broken);
          var told =
              assertThrows(
                  IOException.class,
                  () -> {
                    while (true) {
                      out.write(new byte[1 << 20]);
                    }
                  });
          assertEquals("gone", told.getMessage());
        });
  }

  @Test
  void what_is_cut_or_damaged_is_no_end() {
    assertFails("one of the connections was lost", block(0, 5, 5));
    assertFails("one of the connections was lost", block(0, 5, 3));
    assertFails("its connections ended too early", block(0, 5, 5), block(2, 0, 0));
    assertFails("a block came twice", block(0, 5, 5), block(0, 5, 5));
    assertFails("a block of a connection is damaged", block(0, -1, 0));
    assertFails("a block of a connection is damaged", block(-1, 5, 5));
    assertFails("a block of a connection is damaged", block(0, (256 << 10) + 1, 0));
  }

  @Test
  void a_connection_that_carried_nothing_is_done_without() {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (int time = 0; time < 100; time++) {
            var first = new ByteArrayOutputStream();
            var late = new ByteArrayOutputStream();
            var out = new StripedOutput(first, NAME);
            try (out) {
              out.write(NAME);
            }
            out.add(late);
            var lanes = List.<InputStream>of(new ByteArrayInputStream(late.toByteArray()));
            try (var in =
                new StripedInput(
                    new ByteArrayInputStream(first.toByteArray()),
                    (name, joined) -> {
                      lanes.forEach(joined);
                      return () -> {};
                    })) {
              assertArrayEquals(NAME, in.readAllBytes());
            }
          }
          assertFails("its connections ended too early");
        });
  }

  private static void assertFails(String message, byte[]... blocks) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(Stripes.magic());
    all.writeBytes(NAME);
    for (var block : blocks) {
      all.writeBytes(block);
    }
    var in = new StripedInput(new ByteArrayInputStream(all.toByteArray()), StripesTest::nobody);
    var failed =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60), () -> assertThrows(IOException.class, in::readAllBytes));
    assertEquals(message, failed.getMessage());
  }

  private static byte[] block(long number, int length, int sent) {
    return ByteBuffer.allocate(12 + sent).putLong(number).putInt(length).array();
  }

  private static Closeable nobody(String name, Consumer<InputStream> joined) {
    return () -> {};
  }

  /// Sends over pipes that take little at a time; all but the first are added in the middle.
  private static byte[] carried(byte[] content, int lanes, Random random) throws Exception {
    var ins = new ArrayList<PipedInputStream>();
    var outs = new ArrayList<PipedOutputStream>();
    for (int lane = 0; lane < lanes; lane++) {
      ins.add(new PipedInputStream(1 << (10 + lane)));
      outs.add(new PipedOutputStream(ins.getLast()));
    }
    var sizes = random.ints(100, 1, 1 << 20).toArray();
    var written = CompletableFuture.runAsync(() -> write(outs, content, sizes));
    try (var in =
        new StripedInput(
            ins.getFirst(),
            (name, joined) -> {
              assertEquals(HexFormat.of().formatHex(NAME), name);
              ins.subList(1, lanes).forEach(joined);
              return () -> {};
            })) {
      var all = in.readAllBytes();
      written.join();
      return all;
    }
  }

  private static void write(List<PipedOutputStream> outs, byte[] content, int[] sizes) {
    try (var out = new StripedOutput(outs.getFirst(), NAME)) {
      for (int at = 0, turn = 0; at < content.length; turn++) {
        int length = Math.min(sizes[turn % sizes.length], content.length - at);
        out.write(Arrays.copyOfRange(content, at, at + length));
        at += length;
        if (turn > 0 && turn < outs.size()) {
          out.add(outs.get(turn));
        }
      }
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }
}
