package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;

/// Where changes are to be written. It goes through three states, each an object of its own: named
/// (this), opened and checked, being written. Nothing is written before the last.
@FunctionalInterface
public interface Destination {

  /// Makes every check, and opens it for the stream that begins so; the caller closes what is
  /// returned.
  ///
  /// @throws org.blkdelta.failure.RefusedException if a check fails
  Opened open(StreamHeader header) throws IOException;

  /// A destination that passed its checks, and was not written to yet.
  interface Opened extends Closeable {

    /// Returns it for reading; a [org.blkdelta.disk.DryDisk] if nothing may be written.
    WritableDisk disk();

    /// Returns what is known of it from earlier runs.
    Answer.Ready ready();

    /// Begins to write; a run without changes does so too. The caller closes what is returned in
    /// the place of this; if it throws, this.
    ///
    /// @param firstOffset where the first change is; the destination's end if there is none
    /// @throws org.blkdelta.failure.RefusedException if a preparation fails; nothing was written
    Writing begin(long firstOffset) throws IOException;
  }

  /// A destination that is being written.
  interface Writing extends Closeable {

    /// Returns what is written to.
    WritableDisk disk();

    /// Told now and then that all changes of the stream before `offset` are on the medium.
    void durable(long offset) throws IOException;

    /// Told once, when everything that the stream held is on the medium, and nobody has been told
    /// yet.
    ///
    /// @return where what was overwritten is saved, on the medium too, if it is
    Optional<Answer.Saved> complete() throws IOException;
  }
}
