package org.blkdelta.cli;

import java.io.Closeable;
import java.io.IOException;
import org.blkdelta.extent.ChangeSource;

/// A source that was opened, and what there is to say about it. Closing it closes the changes.
record OpenSource(ChangeSource changes, SourceReport report) implements Closeable {

  @Override
  public void close() throws IOException {
    changes.close();
  }
}
