package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.ImageServer;

/// Connects to a server of an image that was just started: it listens before it opens the image,
/// and leaves if that fails.
///
/// @param file the image, as the user named it
/// @param side what it is to the run
record Startup(ImageServer server, Path file, ImageKind kind, Side side) {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long BETWEEN_LOOKS_MILLIS = 10;
  private static final int ANY_PORT = 10_809;

  /// Connects once.
  @FunctionalInterface
  interface Attempt<T> {
    T connect(ExportUri uri) throws IOException;
  }

  /// Returns what was connected; the server is closed if that is in vain.
  <T> T connected(Attempt<T> attempt) throws IOException {
    try {
      return tried(attempt);
    } catch (IOException | RuntimeException fault) {
      server.close();
      throw fault;
    }
  }

  private <T> T tried(Attempt<T> attempt) throws IOException {
    var socket = Optional.of(server.socket().toString());
    var uri = new ExportUri(file.toString(), socket, "", ANY_PORT, "", Optional.empty());
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        return attempt.connect(uri);
      } catch (IOException fault) {
        boolean isEarly = fault instanceof ConnectionException && System.nanoTime() < end;
        if (isEarly ? !server.isRunning() : server.hasEnded()) {
          throw unopened(fault);
        }
        if (!isEarly) {
          throw fault;
        }
        pause();
      }
    }
  }

  private IOException unopened(IOException fault) throws IOException {
    var message =
        "%s: is %s that qemu-nbd does not open: %s; see whether a VM has it open, and what qemu-img check says"
            .formatted(file, kind.words(), server.complaint());
    return switch (side) {
      case SOURCE -> new SourceException(message, fault);
      case DESTINATION -> new RefusedException(message, fault);
    };
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }
}
