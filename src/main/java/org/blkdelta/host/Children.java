package org.blkdelta.host;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The programs that this process has started, and what they have started.
public final class Children {

  /// For those that end by themselves, when they have done what must be done.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private Children() {}

  /// Ends what is still running after a moment, so that nothing outlives this process: an SSH
  /// client that connects or asks for a password would.
  public static void end() {
    var running = running();
    var ends = running.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(ends).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException others) {
      // which are ended now
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
    running().forEach(ProcessHandle::destroy);
  }

  private static List<ProcessHandle> running() {
    return ProcessHandle.current().descendants().toList();
  }
}
