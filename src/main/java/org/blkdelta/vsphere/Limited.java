package org.blkdelta.vsphere;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// A reply that may neither be too long nor take too long.
final class Limited extends Counted {

  private static final long MAX_BYTES = 64L << 20;
  private static final Duration MAX_TIME = Duration.ofMinutes(5);

  private final long end = System.nanoTime() + MAX_TIME.toNanos();
  private long left = MAX_BYTES;

  Limited(InputStream in) {
    super(in);
  }

  @Override
  void count(int read) throws IOException {
    left -= read;
    if (left < 0) {
      throw new IOException("a reply of more than 64 MiB");
    }
    if (System.nanoTime() - end > 0) {
      throw new IOException("a reply that takes more than 5 minutes");
    }
  }
}
