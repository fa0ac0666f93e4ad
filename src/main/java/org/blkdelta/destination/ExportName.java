package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.nbd.ExportUri;
import org.blkdelta.nbd.WritableExport;

/// The URI of an NBD server's export. What is served there may be another disk at each run, and
/// nothing tells which. Used by one thread.
final class ExportName implements DestinationName {

  private final ExportUri uri;
  private Optional<WritableExport> asked = Optional.empty();

  ExportName(ExportUri uri) {
    this.uri = uri;
  }

  /// Connects and opens it; the caller closes it.
  ///
  /// @throws org.blkdelta.failure.ConnectionException if nothing answers
  /// @throws IOException if what answers has no such export
  WritableExport connect() throws IOException {
    if (asked.isPresent()) {
      var opened = asked.get();
      asked = Optional.empty();
      return opened;
    }
    return WritableExport.connect(uri);
  }

  /// Connects, and leaves the connection to who opens it next: a server may take one client only,
  /// or end when that leaves.
  @Override
  public long size() {
    try {
      var opened = connect();
      asked = Optional.of(opened);
      return opened.size();
    } catch (IOException fault) {
      return 0; // who opens it next says why
    }
  }

  @Override
  public Optional<String> place() {
    return Optional.empty();
  }

  @Override
  public Optional<Path> file() {
    return Optional.empty();
  }

  @Override
  public String noted() {
    return uri.text();
  }

  @Override
  public boolean exists() {
    return true;
  }

  @Override
  public Optional<String> identity() {
    return Optional.of(uri.identity());
  }

  @Override
  public Optional<String> former() {
    return Optional.empty();
  }

  @Override
  public boolean isProof() {
    return false;
  }

  @Override
  public boolean isAt(StateFile old) {
    return false;
  }

  @Override
  public String toString() {
    return uri.text();
  }
}
