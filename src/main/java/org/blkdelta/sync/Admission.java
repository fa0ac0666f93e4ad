package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.jspecify.annotations.Nullable;

/// What a receiver tells a sender at the far end that waits until it may begin: that it is there,
/// however long the destination's checks take, and at last where to begin. A sender that does not
/// listen has ended, or has said everything: its stream tells.
public final class Admission implements Closeable {

  private final AnswerWriter answers;
  private final Duration every;
  private @Nullable Heartbeat heartbeat;

  /// Creates one that writes to `out`, which the caller closes.
  public Admission(OutputStream out) {
    this(out, Heartbeat.EVERY);
  }

  Admission(OutputStream out, Duration every) {
    this.answers = new AnswerWriter(out);
    this.every = every;
  }

  /// Says that the checks begin, and from now on that they go on.
  ///
  /// @param destinationSize in bytes, or -1 if it does not exist
  public void greet(long destinationSize) {
    try {
      answers.send(new Answer.Hello(destinationSize));
      heartbeat = Heartbeat.start(every, answers::alive);
    } catch (IOException unheard) {
      // see above
    }
  }

  /// Has the sender begin: the checks have passed.
  public void grant(Answer.Ready ready) {
    close();
    try {
      answers.send(ready);
    } catch (IOException unheard) {
      // see above
    }
  }

  /// Has nothing more said.
  @Override
  public void close() {
    if (heartbeat != null) {
      heartbeat.close();
    }
  }
}
