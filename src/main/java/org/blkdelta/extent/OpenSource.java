package org.blkdelta.extent;

import java.io.Closeable;
import java.io.IOException;

/// A source that was opened, and what there is to say about it. Closing it closes the changes, and
/// then the connection that they are read over, if there is one.
///
/// @param isRaw whether its bytes are those of a disk, so that a disk image in them is a mistake
public record OpenSource(
    ChangeSource changes, SourceReport report, boolean isRaw, Closeable connection)
    implements Closeable {

  /// Creates one that is read over no connection.
  public OpenSource(ChangeSource changes, SourceReport report, boolean isRaw) {
    this(changes, report, isRaw, () -> {});
  }

  /// Returns the same with other changes.
  public OpenSource with(ChangeSource other) {
    return new OpenSource(other, report, isRaw, connection);
  }

  /// Returns the same, read over a connection.
  public OpenSource over(Closeable other) {
    return new OpenSource(changes, report, isRaw, other);
  }

  @Override
  public void close() throws IOException {
    try (connection) {
      changes.close();
    }
  }
}
