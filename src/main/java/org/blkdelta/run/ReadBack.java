package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Verdict;

/// Reads back what a run has written, from the destination's medium.
///
/// @param run the run
/// @param to its destination
/// @param isWanted whether it is read back
record ReadBack(Run run, Location to, boolean isWanted) {

  /// Compares what was written.
  interface Comparing {
    /// Returns what was found.
    Verdict found() throws IOException;
  }

  /// Does the same, and tells a source of this host that the destination holds it.
  Outcome settled(Outcome outcome, Verification back, Comparing comparing, ChangeSource source)
      throws IOException {
    var checked = checked(outcome, back, comparing);
    if (!outcome.dryRun()) {
      source.settle();
    }
    return checked;
  }

  /// Compares what a run that is done has written. Of a source that moved on, it would be something
  /// else.
  Outcome checked(Outcome outcome, Verification back, Comparing comparing) throws IOException {
    if (!isWanted || outcome.code() != ExitCode.DONE) {
      return outcome;
    }
    Verdict found;
    try {
      found = comparing.found();
    } catch (SyncException failed) {
      throw new UnconfirmedException(
          failed.getMessage() + "; everything is written, but was not read back: run again",
          failed);
    }
    run.receipt().readBack(found);
    if (!found.isSame()) {
      throw new UnconfirmedException(
          "%s: read-back differs in %s; it now counts as incomplete; is its medium failing, or does something else write to it or to the source?"
              .formatted(to, Sizes.count(found.extents(), "extent")));
    }
    return outcome.readBack().movedOn(run.receipt().movedOn(back.movedOn()));
  }
}
