package org.blkdelta.sync;

import org.blkdelta.wire.Answer;

/// Shows what a receiver answers: how much is durable.
public record MeterAnswers(Meter meter) implements AnswerSink {

  @Override
  public void accept(Answer answer) {
    switch (answer) {
      case Answer.Durable durable -> meter.durable(durable.bytes());
      case Answer.Result result -> meter.durable(result.sum().bytes());
      default -> {}
    }
  }
}
