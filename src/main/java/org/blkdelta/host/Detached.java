package org.blkdelta.host;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.Signals;

/// A program of this host that this process talks to, and that outlives it: it is in a session of
/// its own, so that no terminal's signal reaches it.
public final class Detached implements Closeable {

  private static final List<String> SESSION = List.of("setsid", "-w");

  private final Process process;

  private Detached(Process process) {
    this.process = process;
  }

  /// Starts one, whose errors go where this process's go; the caller closes it.
  public static Detached start(List<String> command) throws IOException {
    var words = new ArrayList<>(SESSION);
    words.addAll(command);
    var builder = new ProcessBuilder(words).redirectError(Redirect.INHERIT);
    try {
      var process = Signals.shielded(builder::start);
      Children.spare(process.toHandle());
      return new Detached(process);
    } catch (IOException fault) {
      throw new IOException(
          command.getFirst() + ": cannot be started: " + SyncException.describe(fault), fault);
    }
  }

  /// Returns what it reads.
  public OutputStream stdin() {
    return process.getOutputStream();
  }

  /// Returns what it prints.
  public InputStream stdout() {
    return process.getInputStream();
  }

  /// Says that nothing more comes, and leaves it alone.
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
  }
}
