package org.blkdelta.run;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.report.Job;
import org.blkdelta.report.Outcome;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;

/// Writes a stream, or a disk that was exported from VMware, to a destination of this host.
///
/// @param input the stream
/// @param member which disk of an archive
/// @param isInterrupted whether it is the undo of a run that was interrupted, and so has no end
/// @param to the destination
/// @param treatment how that is treated
public record StreamRun(
    StreamFile input,
    Optional<String> member,
    boolean isInterrupted,
    DestinationName to,
    Treatment treatment) {

  /// Does it.
  public Outcome in(Run run) throws IOException {
    if (to.file().isPresent() && input.isAt(to.file().get())) {
      throw new RefusedException(to + ": is the stream itself; name the destination");
    }
    checkWhole(run);
    try (var in = input.open()) {
      var stream = wanted(frames(in, run), run);
      var destination = run.reporter().streams().destinations().of(to, treatment);
      boolean isMade = !treatment.dryRun() && to.size() < 0;
      return ApplyRun.of(
              run,
              stream,
              input.name(),
              destination,
              treatment.dryRun(),
              header -> tell(isMade, header, run))
          .at(to.toString());
    }
  }

  private void tell(boolean isMade, StreamHeader header, Run run) {
    if (isMade) {
      var job = new Job(Job.Verb.WRITE, header.volumeSize(), to.toString(), false);
      run.reporter().news(job.creation());
    }
  }

  private FrameSource frames(InputStream in, Run run) throws IOException {
    return DiskStream.open(in, input, member, run.reporter()::warn);
  }

  /// Returns the stream as it is to be applied.
  private FrameSource wanted(FrameSource stream, Run run) throws IOException {
    if (treatment.undo().isPresent() && !stream.isAscending()) {
      throw new UsageException(
          input.name()
              + ": its changes may come in any order, and --undo needs them ascending; for a stream of"
              + " lvmsync's use: blkdelta lvmsync --apply --snapback");
    }
    return isInterrupted ? new InterruptedUndo(stream, input.name(), run.reporter()::warn) : stream;
  }

  /// Reads an undo or an exported disk that is a file once before anything is written: it may have
  /// been cut by what interrupted its run, and an export shows damage only where that is.
  private void checkWhole(Run run) throws IOException {
    if (!input.isRereadable()) {
      return; // what is read from a pipe is gone
    }
    try (var in = input.open()) {
      var stream = frames(in, run);
      if (stream instanceof DiskStream) {
        stream.frames(run.stop().before(frame -> {}));
      } else if (stream.header().undoes().isPresent() && !isInterrupted) {
        checkEnded(stream, run);
      }
    }
  }

  private void checkEnded(FrameSource undo, Run run) throws IOException {
    try {
      undo.frames(run.stop().before(frame -> {}));
    } catch (SourceException cut) {
      throw new RefusedException(
          input.name()
              + ": is the undo of a run that was interrupted, or was damaged later; roll back what it"
              + " holds with --undo-of-interrupted, or run that sync again",
          cut);
    }
  }
}
