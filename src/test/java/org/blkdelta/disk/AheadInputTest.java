package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class AheadInputTest {

  private static final int SOME = 3_000_001;

  private final CountDownLatch closed = new CountDownLatch(1);

  /// Gives bytes a few at a time, then does what its subclass says.
  private class Few extends InputStream {

    private final InputStream few = new ByteArrayInputStream(bytes());

    @Override
    public int read() {
      throw new AssertionError("one at a time");
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int read = few.read(to, offset, Math.min(length, 10_000));
      return read < 0 ? ended() : read;
    }

    int ended() throws IOException {
      return -1;
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private static byte[] bytes() {
    var bytes = new byte[SOME];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @Test
  void gives_all_and_then_the_end() throws Exception {
    try (var in = new AheadInput(new Few())) {
      assertEquals(bytes()[0], (byte) in.read());
      assertEquals(0, in.read(new byte[0], 0, 0));
      var rest = in.readAllBytes();
      assertArrayEquals(
          bytes(),
          new SequenceInputStream(
                  new ByteArrayInputStream(bytes(), 0, 1), new ByteArrayInputStream(rest))
              .readAllBytes());
      assertEquals(-1, in.read());
      assertEquals(-1, in.read(new byte[1], 0, 1));
    }
    assertClosed();
  }

  @Test
  void fails_after_what_came_before() throws Exception {
    var failing =
        new Few() {
          @Override
          int ended() throws IOException {
            throw new IOException("cut");
          }
        };
    try (var in = new AheadInput(failing)) {
      assertArrayEquals(bytes(), in.readNBytes(SOME));
      assertEquals("cut", assertThrows(IOException.class, in::read).getMessage());
      assertThrows(IOException.class, in::read);
    }
    assertClosed();
  }

  @Test
  void fails_as_the_library_below_it_does() throws Exception {
    assertFails(new IllegalStateException("broken"));
  }

  @Test
  void fails_also_if_the_machine_has_no_memory_left() throws Exception {
    assertFails(new OutOfMemoryError("test"));
  }

  private void assertFails(Throwable fault) throws Exception {
    var failing =
        new Few() {
          @Override
          int ended() {
            if (fault instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) fault;
          }
        };
    try (var in = new AheadInput(failing)) {
      assertSame(fault, assertThrows(fault.getClass(), in::readAllBytes));
    }
    assertClosed();
  }

  @Test
  void is_closed_without_waiting_for_a_read_that_hangs() throws Exception {
    var hung = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    var hanging =
        new Few() {
          @Override
          int ended() throws IOException {
            hung.countDown();
            try {
              released.await();
            } catch (InterruptedException asked) {
              throw new IOException(asked);
            }
            return -1;
          }
        };
    var in = new AheadInput(hanging);
    in.readNBytes(SOME - 300_000);
    hung.await();
    in.close();
    assertEquals(1, closed.getCount());
    released.countDown();
    assertClosed();
  }

  @Test
  void is_closed_while_all_blocks_are_full() throws Exception {
    new AheadInput(new Few()).close();
    assertClosed();
  }

  private void assertClosed() throws InterruptedException {
    assertTrue(closed.await(30, TimeUnit.SECONDS), "not closed");
  }
}
