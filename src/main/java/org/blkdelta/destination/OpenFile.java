package org.blkdelta.destination;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.Answer;

/// A device or file that passed all checks.
///
/// @param disk closes `held` when it is closed, if there is anything
record OpenFile(WritableDisk disk, Held held) implements Destination.Opened, Destination.Writing {

  /// Returns that nothing is known. A file that was made for the changes has no base.
  @Override
  public Answer.Ready ready() {
    return held.isCreated() ? new Answer.Ready(0, Answer.Base.ANY) : new Answer.Ready();
  }

  @Override
  public Destination.Writing begin(long firstOffset) {
    held.written();
    return this;
  }

  @Override
  public void durable(long offset) {
    // nothing is kept of it
  }

  /// Looks once more at what was written: it must have its name yet.
  @Override
  public Optional<Answer.Saved> complete() throws IOException {
    if (!held.isThere()) {
      throw new IncompleteException(
          disk.name()
              + ": was removed or replaced during the run: what was written is not there; run it again");
    }
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
