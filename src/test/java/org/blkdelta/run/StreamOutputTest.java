package org.blkdelta.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.sync.Frames;
import org.blkdelta.wire.Answer;
import org.junit.jupiter.api.Test;

/// A stream to standard output.
class StreamOutputTest {

  @Test
  void a_full_disk_there_makes_the_stream_incomplete() {
    var output =
        new StreamOutput(
            frame -> {
              throw new IOException("No space left on device");
            });
    var failed =
        assertThrows(IncompleteException.class, () -> output.accept(Frames.headerFrame(4096)));
    assertEquals(
        "standard output: No space left on device; make room; the stream is incomplete: make it again",
        failed.getMessage());
  }

  @Test
  void it_begins_where_it_is_told_to() throws IOException {
    var ready = new Answer.Ready(512, Answer.Base.RIGHT);
    assertEquals(ready, new StreamOutput(frame -> {}, () -> ready).ready());
    assertEquals(new Answer.Ready(), new StreamOutput(frame -> {}).ready());
  }
}
