package org.blkdelta.migrate;

import java.io.IOException;
import java.util.function.LongSupplier;
import org.blkdelta.failure.SyncException;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Reporter;
import org.jspecify.annotations.Nullable;

/// What a cutover writes into the job's journal.
///
/// @param nanos a clock that only goes forward
record MoveNotes(Job job, Journal journal, Reporter reporter, LongSupplier nanos) {

  /// Writes down a step of the last round.
  void write(Step step, Phase phase, @Nullable String what) throws IOException {
    journal.write(new JobState(journal.lines()).lastRound(), step, phase, what);
  }

  /// Writes down what is so whether or not it can be written: the guardian's log has it, too.
  void note(Step step, Phase phase, @Nullable String what) {
    try {
      write(step, phase, what);
    } catch (IOException fault) {
      warnOfJournal(fault);
    }
  }

  /// Writes down what something took that is done, for the next forecast.
  ///
  /// @param since when it began, by `nanos`
  void measured(Step step, long since) {
    try {
      double seconds = (nanos.getAsLong() - since) / 1e9;
      journal.done(new JobState(journal.lines()).lastRound(), step, seconds);
    } catch (IOException fault) {
      warnOfJournal(fault);
    }
  }

  private void warnOfJournal(IOException fault) {
    reporter.warn(
        "job %s: the journal cannot be written: %s; make room before the next command"
            .formatted(job.name(), SyncException.describe(fault)));
  }
}
