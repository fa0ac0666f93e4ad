package org.blkdelta.run;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.blkdelta.disk.SourceInput;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.report.Streams;

/// A stream that the command line names: a file, or standard input by the name `-`.
public record StreamFile(String named, Streams streams) {

  /// What messages call standard input.
  static final String STDIN = "standard input";

  private static final String ADVICE = "send it again";

  /// Returns what messages call it.
  public String name() {
    return isStandardInput() ? STDIN : named;
  }

  /// Returns whether it is standard input.
  boolean isStandardInput() {
    return named.equals("-");
  }

  /// Returns whether it can be read again.
  public boolean isRereadable() {
    return !isStandardInput() && Files.isRegularFile(Path.of(named));
  }

  /// Returns whether it is what is at a path.
  public boolean isAt(Path path) throws IOException {
    return !isStandardInput()
        && Files.exists(path)
        && Files.exists(Path.of(named))
        && Files.isSameFile(Path.of(named), path);
  }

  /// Opens it; the caller closes what is returned. Standard input stays open.
  public InputStream open() throws IOException {
    if (isStandardInput()) {
      var lasting =
          new FilterInputStream(streams.in()) {
            @Override
            public void close() {
              // standard input is the process's own
            }
          };
      return new SourceInput(lasting, name(), ADVICE);
    }
    try {
      return new SourceInput(Files.newInputStream(Path.of(named)), named, ADVICE);
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the stream cannot be read", fault);
    }
  }
}
