package org.blkdelta.sync;

import java.io.IOException;
import org.blkdelta.wire.Answer;

/// Takes what a receiver answers.
@FunctionalInterface
public interface AnswerSink {

  /// Takes the next answer.
  void accept(Answer answer) throws IOException;
}
