package org.blkdelta.sync;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.blkdelta.failure.ConnectionException;

/// The first bytes from the other side, which come at once where a blkdelta runs there. A login
/// that asks something, or prints without end of line, would make both sides wait for ever.
///
/// @param seconds how long they are waited for
public record Greeting(long seconds) {

  /// What is enough for a slow machine.
  public static final Greeting USUAL = new Greeting(60);

  /// Reads them, on a thread of its own that goes on waiting where they do not come: closing what
  /// it reads ends it.
  ///
  /// @param name the other side in messages
  /// @throws ConnectionException if nothing comes in that time
  /// @throws IOException what the reading threw
  public <T> T await(Callable<T> reading, String name) throws IOException {
    var task = new FutureTask<>(reading);
    Thread.ofPlatform().daemon().name("greeting").start(task);
    try {
      return task.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException silent) {
      throw missing(name);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException fault) {
        throw fault;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  static ConnectionException missing(String name) {
    return new ConnectionException(name + ": no answer; is the remote login waiting for input?");
  }
}
