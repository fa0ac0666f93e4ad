package org.blkdelta.extent;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;

/// Knows which extents of a disk changed, and where their new bytes can be read.
public interface ChangeSource extends Closeable {

  /// Returns the disk with the new bytes; closing the source closes it.
  Disk disk();

  /// Returns what the delta starts from and leads to, as far as the source knows.
  Lineage lineage();

  /// Returns every device and file that it reads, so that none of them is taken for a destination.
  List<Path> standsOn();

  /// Returns a disk that has what did not change since the base, if there is one: it is the same
  /// in both states. It is closed with the source.
  default Optional<Disk> unchanged() throws IOException {
    return Optional.of(disk());
  }

  /// Returns in words why the base may not be any more what a destination that was copied from it
  /// holds, if so. Then only a comparison of all that did not change proves anything.
  default Optional<String> doubt() {
    return Optional.empty();
  }

  /// Returns how full that was when it was last looked at in which the base is kept; empty where
  /// nothing can run full. Any thread may ask.
  default Optional<StoreUsage> storeUsage() {
    return Optional.empty();
  }

  /// Returns in words that the source was written to since it was opened, if it was: what was read
  /// may then be no state that it ever had. To be asked when all has been read.
  default Optional<String> movedOn() throws IOException {
    return Optional.empty();
  }

  /// Is told that a destination holds all of it, for good: then the source may forget what changed
  /// before. If it isn't told, another run gives these changes again.
  default void settle() {
    // most sources remember nothing
  }

  /// Gives `sink` every change: ascending, not overlapping, joined, inside [#disk()]. It can be
  /// called again.
  ///
  /// @throws org.blkdelta.failure.SourceException if the source is damaged
  void changes(ExtentSink sink) throws IOException;

  /// Checks that all that was given, and read of it, was true until now. To be asked when the last
  /// change has been read, and before it is handed on as the last.
  ///
  /// @throws org.blkdelta.failure.SourceException if the source was invalidated since it was opened
  void checkStillTrue() throws IOException;
}
