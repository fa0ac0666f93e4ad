package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.junit.jupiter.api.Test;

/// What everything does that takes a whole run's frames.
public interface FrameConsumerContract {

  /// Returns one for a volume of 16 KiB of zeros. The test closes what it stands on.
  FrameConsumer consumer() throws Exception;

  @Test
  default void a_run_that_expects_what_is_there_is_taken_to_its_end() throws Exception {
    var expect = Frame.Expect.zeros(0, 16_384);
    var consumer = consumer();
    consumer.accept(Frames.headerFrame(16_384));
    assertEquals(0, consumer.ready().resumeAt());
    consumer.accept(expect);
    assertFalse(consumer.hasWritten());
    consumer.accept(Frames.end(expect));
  }

  @Test
  default void an_end_of_other_frames_is_no_success() throws Exception {
    var expect = Frame.Expect.zeros(0, 4096);
    var consumer = consumer();
    consumer.accept(Frames.headerFrame(16_384));
    consumer.accept(expect);
    assertThrows(IOException.class, () -> consumer.accept(Frames.end(expect, expect)));
  }

  @Test
  default void the_words_of_what_fails_are_kept() throws Exception {
    var refused = new RefusedException("web: is mounted at /srv");
    var consumer = consumer();
    var thrown =
        assertThrows(
            RefusedException.class,
            () ->
                consumer.guarded(
                    () -> {
                      throw refused;
                    }));
    assertSame(refused, thrown);
    var unread =
        assertThrows(
            SourceException.class,
            () ->
                consumer.guarded(
                    () -> {
                      throw new IOException("Connection reset");
                    }));
    assertEquals("stream: Connection reset; send it again", unread.getMessage());
  }
}
