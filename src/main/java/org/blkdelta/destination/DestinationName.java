package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.blkdelta.failure.UsageException;
import org.blkdelta.nbd.ExportUri;
import org.blkdelta.nbd.RunningFormat;

/// Names a destination of this host: a device or file by its path, or the export of an NBD server
/// by its URI. It is shown as the user wrote it.
public sealed interface DestinationName permits FileName, ExportName {

  /// Reads a path or a URI.
  ///
  /// @throws UsageException if it is a URI that cannot be read
  static DestinationName of(String text) throws UsageException {
    if (RunningFormat.isOne(text)) {
      throw new UsageException(text + ": a running disk is only read; name another destination");
    }
    return ExportUri.isOne(text) ? new ExportName(ExportUri.parse(text)) : of(Path.of(text));
  }

  /// Returns the name of what is at a path.
  static DestinationName of(Path path) {
    return new FileName(path);
  }

  /// Returns the destination's size in bytes, or -1 if there is none yet that can be opened.
  long size();

  /// Returns which device or file it is, on this host until it is booted again; empty if it does
  /// not exist, or that is unknown.
  Optional<String> place();

  /// Returns the file or device, if it is one.
  Optional<Path> file();

  /// Returns what is noted of where it is, for people.
  String noted();

  /// Returns whether it is there.
  boolean exists();

  /// Returns what identifies it; empty if nothing lasting does.
  Optional<String> identity() throws IOException;

  /// Returns what identified it for version 0.1.0.
  Optional<String> former() throws IOException;

  /// Returns whether what identifies it is of this disk, and not of the place where it is found.
  boolean isProof();

  /// Returns whether what an earlier version noted may be of it.
  boolean isAt(StateFile old);

  /// Returns what identifies it, for this version and for an earlier one; nothing if nothing is
  /// there.
  default List<String> identities() throws IOException {
    return exists()
        ? Stream.of(identity(), former()).flatMap(Optional::stream).toList()
        : List.of();
  }
}
