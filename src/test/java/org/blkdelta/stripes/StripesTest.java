package org.blkdelta.stripes;

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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class StripesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(50);
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
      try (var in =
          new StripedInput(new ByteArrayInputStream(bytes), StripesTest::nobody, PATIENCE)) {
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
    assertTold(
        "gone",
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("gone");
          }
        });
  }

  @Test
  void a_connection_that_fails_by_a_fault_of_its_library_is_told_too() {
    assertTold(
        "java.lang.IllegalStateException: gone",
        new OutputStream() {
          @Override
          public void write(int one) {
            throw new IllegalStateException("gone");
          }
        });
  }

  private static void assertTold(String words, OutputStream broken) {
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
          assertEquals(words, told.getMessage());
        });
  }

  @Test
  void what_is_cut_or_damaged_is_no_end() {
    assertCarriedFails("one of the connections was lost", block(0, 5, 5));
    assertCarriedFails("one of the connections was lost", block(0, 5, 3));
    assertCarriedFails("its connections ended too early", block(0, 5, 5), last(2, 1));
    assertCarriedFails("a block of a connection is damaged", block(0, 5, 5), last(2, 2));
    assertCarriedFails("a block of a connection is damaged", block(0, 5, 5), last(-1, 1));
    assertCarriedFails("a block of a connection is damaged", block(0, 5, 5), block(0, 5, 5));
    assertCarriedFails("one of the connections was lost");
    assertCarriedFails("one of the connections was lost", block(0, 5, 5), block(1, 0, 0));
    assertCarriedFails("a block of a connection is damaged", block(0, -1, 0));
    assertCarriedFails("a block of a connection is damaged", block(-1, 5, 5));
    assertCarriedFails("a block of a connection is damaged", block(0, (256 << 10) + 1, 0));
  }

  @Test
  void a_block_that_nobody_can_wait_for_is_missed_at_once() {
    assertCarriedFails("a block of a connection is missing", block(1L << 62, 5, 5));
    assertCarriedFails("a block of a connection is missing", block(0, 5, 5), block(65, 5, 5));
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
                    },
                    PATIENCE)) {
              assertArrayEquals(NAME, in.readAllBytes());
            }
          }
        });
  }

  @Test
  void a_connection_that_ends_without_a_word_may_have_carried_something() {
    var first = joined(striped(block(0, 5, 5)), last(2, 1));
    assertFails("one of the connections was lost", first, new byte[0]);
    assertFails("one of the connections was lost", first, block(1, 5, 3));
    assertFails("a block came twice", joined(first), joined(block(0, 5, 5), last(2, 1)));
    assertFails("its connections end differently", first, last(3, 0));
  }

  @Test
  void a_sender_of_another_version_is_told_so() {
    var other = Stripes.magic();
    other[5] = '1';
    var in = input(joined(other, NAME), List.of());
    Messages.assertSays(
        assertThrows(SourceException.class, in::readAllBytes), "by version 1, this one by 2");
  }

  @Test
  void a_silent_connection_is_given_up() throws IOException {
    try (var nobody = new PipedOutputStream();
        var silent = new PipedInputStream(nobody)) {
      var in =
          new StripedInput(
              new ByteArrayInputStream(joined(striped(block(0, 5, 5)), last(2, 1))),
              (name, joined) -> {
                joined.accept(silent);
                return () -> {};
              },
              Duration.ofMillis(100));
      Messages.assertSays(
          assertThrows(ConnectionException.class, in::readAllBytes), "nothing came over");
    }
  }

  @Test
  void a_sender_that_fails_ends_all_its_connections_without_their_last_block() throws Exception {
    var broken =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("gone");
          }
        };
    var end = new CompletableFuture<byte[]>();
    var first =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            end.complete(toByteArray());
          }
        };
    var out = new StripedOutput(first, NAME);
    out.add(broken);
    assertThrows(
        IOException.class,
        () -> {
          while (true) {
            out.write(new byte[1 << 20]);
          }
        });
    assertFails("one of the connections was lost", end.get(60, TimeUnit.SECONDS));
  }

  private static void assertCarriedFails(String message, byte[]... blocks) {
    assertFails(message, striped(blocks));
  }

  /// Asserts what comes of a first connection that carries all of that, and of further ones.
  private static void assertFails(String message, byte[] first, byte[]... further) {
    var lanes = Arrays.stream(further).<InputStream>map(ByteArrayInputStream::new).toList();
    var in = input(first, lanes);
    var failed =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60), () -> assertThrows(IOException.class, in::readAllBytes));
    assertEquals(message, failed.getMessage());
  }

  private static StripedInput input(byte[] first, List<InputStream> further) {
    return new StripedInput(
        new ByteArrayInputStream(first),
        (name, joined) -> {
          further.forEach(joined);
          return () -> {};
        },
        PATIENCE);
  }

  private static byte[] striped(byte[]... blocks) {
    return joined(joined(Stripes.magic(), NAME), joined(blocks));
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] last(long total, long carried) {
    return ByteBuffer.allocate(20).putLong(total).putInt(0).putLong(carried).array();
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
            },
            PATIENCE)) {
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
