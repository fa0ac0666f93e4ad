package org.blkdelta.run;

import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.failure.UsageException;
import org.jspecify.annotations.Nullable;

/// What the tries of one run leave behind. Once one of them has written, none that comes later can
/// say that nothing was.
public final class Tries {

  private @Nullable SyncException written;

  /// Returns the failure that says what all tries up to now leave behind.
  ///
  /// @param failed what the last one ended with
  public SyncException all(SyncException failed) {
    return switch (failed) {
      case IncompleteException incomplete -> wrote(incomplete);
      case UnconfirmedException unconfirmed -> wrote(unconfirmed);
      case UsageException usage -> afterAll(usage);
      case SourceException source -> afterAll(source);
      case RefusedException refused -> afterAll(refused);
      case ConnectionException connection -> afterAll(connection);
    };
  }

  private SyncException wrote(SyncException failed) {
    written = failed;
    return failed;
  }

  private SyncException afterAll(SyncException unwritten) {
    if (written == null) {
      return unwritten;
    }
    var message = String.valueOf(unwritten.getMessage()).replace(Stop.UNWRITTEN, "");
    return written instanceof UnconfirmedException
        ? new UnconfirmedException(
            message + "; an earlier try sent everything, but that was not confirmed: run again",
            unwritten)
        : IncompleteException.after(message + "; an earlier try has written", unwritten);
  }
}
