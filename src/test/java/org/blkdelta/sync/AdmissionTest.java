package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AdmissionTest {

  private static final Duration OFTEN = Duration.ofMillis(1);
  private static final int HELLO_AND_READY = 2;

  @Test
  void a_sender_hears_something_for_as_long_as_the_checks_take() throws Exception {
    var beats = 5;
    var out = new Flushes(1 + beats);
    try (var admission = new Admission(out, OFTEN)) {
      admission.greet(4096);
      out.awaited.await();
      admission.grant(new Answer.Ready(512, Answer.Base.RIGHT));
    }
    var answers = new AnswerReader(new ByteArrayInputStream(out.toByteArray()), "here");
    assertEquals(new Answer.Hello(4096), answers.first());
    assertEquals(new Answer.Ready(512, Answer.Base.RIGHT), answers.next());
    assertTrue(out.flushed >= HELLO_AND_READY + beats, out::toString);
  }

  @Test
  void a_sender_that_has_left_is_told_nothing_more() throws Exception {
    var deaf =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("broken pipe");
          }
        };
    try (var admission = new Admission(deaf, OFTEN)) {
      admission.greet(-1);
      admission.grant(new Answer.Ready());
    }
  }

  /// Counts how often something went out.
  private static final class Flushes extends ByteArrayOutputStream {

    private final CountDownLatch awaited;
    private int flushed;

    Flushes(int count) {
      awaited = new CountDownLatch(count);
    }

    @Override
    public void flush() throws IOException {
      flushed++;
      awaited.countDown();
    }
  }
}
