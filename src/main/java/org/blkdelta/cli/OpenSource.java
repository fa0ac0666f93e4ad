package org.blkdelta.cli;

import java.io.Closeable;
import java.io.IOException;
import org.blkdelta.extent.ChangeSource;

/// A source that was opened, and what there is to say about it. Closing it closes the changes, and
/// then the connection that they are read over, if there is one.
record OpenSource(ChangeSource changes, SourceReport report, Closeable connection)
    implements Closeable {

  @Override
  public void close() throws IOException {
    try (connection) {
      changes.close();
    }
  }
}
