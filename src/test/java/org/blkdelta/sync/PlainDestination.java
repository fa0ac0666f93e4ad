package org.blkdelta.sync;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;

/// A destination that is a disk, without any memory.
public record PlainDestination(Opening opening) implements Destination {

  /// Opens the disk.
  @FunctionalInterface
  public interface Opening {
    WritableDisk of(StreamHeader header) throws IOException;
  }

  @Override
  public Opened open(StreamHeader header) throws IOException {
    return new Plain(opening.of(header));
  }

  private record Plain(WritableDisk disk) implements Opened, Writing {

    @Override
    public Answer.Ready ready() {
      return new Answer.Ready();
    }

    @Override
    public Writing begin(long firstOffset) {
      return this;
    }

    @Override
    public void durable(long offset) {}

    @Override
    public Optional<Answer.Saved> complete() {
      return Optional.empty();
    }

    @Override
    public void close() throws IOException {
      disk.close();
    }
  }
}
