package org.blkdelta.sync;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;

/// Makes every check of a destination and opens it, and is told how far the run on it has come.
/// Nothing is written before [#open] returns.
@FunctionalInterface
public interface DestinationOpener {

  /// Opens the destination for the stream that begins so; the caller closes the disk.
  ///
  /// @throws org.blkdelta.failure.RefusedException if a check fails
  WritableDisk open(StreamHeader header) throws IOException;

  /// Returns what is known of the destination from earlier runs; asked when it is open.
  default Answer.Ready ready() {
    return new Answer.Ready();
  }

  /// Told once, before the first write; never in a dry run. A run without changes begins too.
  ///
  /// @param opened what [#open] returned, or what was put in front of it
  /// @param firstOffset where the first change is; the destination's end where there is none
  /// @return what is written to from now on, which closes `opened` when it is closed
  /// @throws org.blkdelta.failure.RefusedException if a preparation fails; nothing was written
  default WritableDisk begin(WritableDisk opened, long firstOffset) throws IOException {
    return opened;
  }

  /// Told now and then that all changes of the stream before `offset` are on the medium.
  default void durable(long offset) throws IOException {}

  /// Told once, when everything that the stream held is on the medium, and nobody has been told
  /// yet.
  default void complete() throws IOException {}

  /// Returns where it saved what was overwritten, which is on the medium then; asked after
  /// [#complete].
  default Optional<Answer.Saved> saved() throws IOException {
    return Optional.empty();
  }
}
