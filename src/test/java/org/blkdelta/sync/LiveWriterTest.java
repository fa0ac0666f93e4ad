package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameLog;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LiveWriterTest {

  @Test
  void a_sender_that_reads_for_long_is_known_to_be_there() throws Exception {
    var out = new Flushes(4);
    var writer = new FrameWriter(out);
    writer.greet();
    try (var live = new LiveWriter(writer, Duration.ofMillis(1))) {
      out.awaited.await();
      live.accept(Frames.headerFrame(4096));
      live.accept(new Frame.End(new Tally().sum()));
      var whole = out.toByteArray();
      var read = new FrameLog();
      FrameSource.open(new ByteArrayInputStream(whole), "stream").frames(read);
      assertEquals(List.of("header 4096", "end"), read.words());
      assertEquals('a', whole[10]);
    }
  }

  @Test
  void nothing_follows_the_end() throws Exception {
    var out = new Flushes(100);
    var writer = new FrameWriter(out);
    writer.greet();
    try (var live = new LiveWriter(writer, Duration.ofMillis(1))) {
      live.accept(Frames.headerFrame(4096));
      live.accept(new Frame.End(new Tally().sum()));
      var whole = out.toByteArray();
      out.awaited.await(50, TimeUnit.MILLISECONDS);
      assertArrayEquals(whole, out.toByteArray());
    }
  }

  /// Counts how often something went out.
  private static final class Flushes extends ByteArrayOutputStream {

    private final CountDownLatch awaited;

    Flushes(int count) {
      awaited = new CountDownLatch(count);
    }

    @Override
    public void flush() throws IOException {
      awaited.countDown();
    }
  }
}
