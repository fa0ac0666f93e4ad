package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Fuel;
import org.blkdelta.extent.Lineage;

/// A source of which it also matters who uses it.
record UsedSource(ChangeSource source, SourceUse use) implements ChangeSource {

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
  public Optional<Fuel> fuel() {
    return source.fuel();
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return use.movedOn(source);
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    source.changes(sink);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
