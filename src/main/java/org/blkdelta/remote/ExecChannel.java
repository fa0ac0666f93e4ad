package org.blkdelta.remote;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.client.channel.ChannelExec;

/// A channel that runs a command, and that knows whether the server agreed to run it.
final class ExecChannel extends ChannelExec {

  private final CompletableFuture<Boolean> agreed = new CompletableFuture<>();

  ExecChannel(String commandLine, Map<String, String> environment) {
    super(commandLine, null, environment);
    addCloseFutureListener(closed -> agreed.complete(false));
  }

  @Override
  public void handleSuccess() throws IOException {
    agreed.complete(true);
    super.handleSuccess();
  }

  @Override
  public void handleFailure() throws IOException {
    agreed.complete(false);
    super.handleFailure();
  }

  /// Waits until the server has agreed to run the command, or not.
  boolean awaitAgreement(Duration timeout) throws IOException {
    try {
      return agreed.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException("no answer within " + timeout.toSeconds() + " s", e);
    }
  }
}
