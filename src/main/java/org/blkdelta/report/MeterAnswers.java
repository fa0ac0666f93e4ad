package org.blkdelta.report;

import org.blkdelta.sync.AnswerSink;
import org.blkdelta.sync.Meter;
import org.blkdelta.wire.Answer;

/// Shows what a receiver on this host answers: how much is durable.
public record MeterAnswers(Meter meter) implements AnswerSink {

  @Override
  public void accept(Answer answer) {
    if (answer instanceof Answer.Durable durable) {
      meter.durable(durable.bytes());
    }
  }
}
