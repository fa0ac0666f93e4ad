package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.report.Reporter;

/// Tries a run again if its connection broke. From then on it may also be refused for a while: a
/// receiver that has not heard of the end yet holds the destination.
final class Retrying {

  private static final long MAX_PAUSE_SECONDS = 30;

  /// One try to move everything.
  @FunctionalInterface
  interface Try<T> {
    /// Tries it.
    T run(Attempt attempt) throws IOException;
  }

  /// What one try is told, and tells.
  static final class Attempt {

    private final Resumption resumption;
    private boolean isCut;

    Attempt(Resumption resumption) {
      this.resumption = resumption;
    }

    /// Returns whether it goes on where an earlier run ended.
    Resumption resumption() {
      return resumption;
    }

    /// Notes that it failed by the connection, and may do better next time.
    void cut() {
      isCut = true;
    }
  }

  /// Makes what a try begins with.
  @FunctionalInterface
  interface Beginning {
    /// Returns it.
    ///
    /// @param anew whether everything is to be sent
    Resumption of(boolean anew);
  }

  private final int retries;
  private final Beginning beginning;
  private final Stop stop;
  private final Reporter reporter;
  private boolean isCut;

  Retrying(int retries, Beginning beginning, Stop stop, Reporter reporter) {
    this.retries = retries;
    this.beginning = beginning;
    this.stop = stop;
    this.reporter = reporter;
  }

  /// Tries it, at most so often.
  <T> T run(Try<T> run) throws IOException {
    var tries = new Tries();
    for (int left = retries; ; left--) {
      try {
        return resuming(run);
      } catch (SyncException failed) {
        var all = tries.all(failed);
        if (left == 0 || !isCut || stop.isWanted() || failed instanceof SourceException) {
          throw all;
        }
        long seconds = Math.min(MAX_PAUSE_SECONDS, 1L << Math.min(retries - left, 10));
        reporter.warn(
            "%s; trying again in %d s, at most %d times more"
                .formatted(withoutAdvice(failed), seconds, left));
        if (stop.isWantedWithin(seconds)) {
          throw all;
        }
      }
    }
  }

  /// Goes on where an earlier run ended. What that run wrote may not be what is to be sent now,
  /// because the source moved on: then everything is sent.
  private <T> T resuming(Try<T> run) throws IOException {
    var first = new Attempt(beginning.of(false));
    try {
      return once(first, run);
    } catch (RefusedException differs) {
      if (!first.resumption().isResuming()) {
        throw differs;
      }
      reporter.news("what the interrupted run wrote has changed since; everything is sent again");
      return once(new Attempt(beginning.of(true)), run);
    }
  }

  private <T> T once(Attempt attempt, Try<T> run) throws IOException {
    try {
      return run.run(attempt);
    } finally {
      isCut |= attempt.isCut;
    }
  }

  /// Returns the message without its advice to do what is done now.
  private static String withoutAdvice(SyncException failed) {
    return String.valueOf(failed.getMessage()).replaceAll("[;:] (try|run) again(?=$|[;:)])", "");
  }
}
