package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;

/// Passes everything on to another source. Every decorator of a [ChangeSource] extends this one and
/// changes what it is for, so that none forgets a method.
public abstract class ForwardingSource implements ChangeSource {

  private final ChangeSource source;

  /// Creates one in front of `source`, which is closed with this.
  protected ForwardingSource(ChangeSource source) {
    this.source = source;
  }

  @Override
  public Disk disk() {
    return source.disk();
  }

  @Override
  public Lineage lineage() {
    return source.lineage();
  }

  @Override
  public List<Path> standsOn() {
    return source.standsOn();
  }

  @Override
  public Optional<Disk> unchanged() throws IOException {
    return source.unchanged();
  }

  @Override
  public Optional<String> doubt() {
    return source.doubt();
  }

  @Override
  public Optional<StoreUsage> storeUsage() {
    return source.storeUsage();
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return source.movedOn();
  }

  @Override
  public void settle() {
    source.settle();
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    source.changes(sink);
  }

  @Override
  public void checkStillTrue() throws IOException {
    source.checkStillTrue();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
