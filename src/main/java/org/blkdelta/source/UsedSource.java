package org.blkdelta.source;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ForwardingSource;

/// A source of which it also matters who uses it.
final class UsedSource extends ForwardingSource {

  private final ChangeSource source;
  private final SourceUse use;

  UsedSource(ChangeSource source, SourceUse use) {
    super(source);
    this.source = source;
    this.use = use;
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return use.movedOn(source);
  }
}
