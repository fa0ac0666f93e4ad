package org.blkdelta.remote;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.ChildInput;
import org.blkdelta.linux.Signals;

/// A command that runs over an external SSH client, which is never started through a shell.
final class ExternalProcess implements RemoteProcess {

  private static final long LAST_WORDS_SECONDS = 2;
  private static final long LOOK_MILLIS = 5;

  private final Host host;
  private final Process process;
  private final ChildInput input;
  private final StderrTail stderr;
  private final Thread stderrPump;
  private final OutputStream stdin;
  private final InputStream stdout;
  private volatile boolean answered;

  private ExternalProcess(Host host, Process process, ChildInput input, StderrTail stderr) {
    this.host = host;
    this.process = process;
    this.input = input;
    this.stderr = stderr;
    this.stderrPump = new Thread(this::pump, "ssh-stderr");
    this.stdin = new LimitedWrites(new BufferedOutputStream(new Input()), this::explain);
    this.stdout = new WatchedInput(process.getInputStream(), this::checkAnswer);
  }

  /// Starts the client. Whole lines of its and the command's standard error go to `lines`.
  static ExternalProcess start(Host host, List<String> words, Consumer<String> lines)
      throws ConnectionException {
    try {
      var input = ChildInput.open();
      var external = new ExternalProcess(host, started(words, input), input, new StderrTail(lines));
      external.stderrPump.setDaemon(true);
      external.stderrPump.start();
      return external;
    } catch (IOException e) {
      throw new ConnectionException(
          "%s: the SSH client \"%s\" cannot be started: %s"
              .formatted(
                  host,
                  words.getFirst(),
                  String.valueOf(e.getMessage()).contains("error: 2 ") // ENOENT, of ProcessBuilder
                      ? "no such program is installed, or in PATH"
                      : SyncException.describe(e)),
          e);
    }
  }

  private static Process started(List<String> words, ChildInput input) throws IOException {
    try {
      var builder = new ProcessBuilder(words).redirectInput(input.file());
      var process = Signals.shielded(builder::start);
      input.handOver();
      return process;
    } catch (IOException | RuntimeException fault) {
      input.close();
      throw fault;
    }
  }

  /// What the client reads. It is not closed before the client has read some of it, or has ended:
  /// until then it can be told whether it has.
  private final class Input extends FilterOutputStream {

    Input() {
      super(input);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      long end = System.nanoTime() + PATIENCE.toNanos();
      try {
        while (input.isUsed() && input.isUntouched() && System.nanoTime() < end) {
          if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            break;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      input.close();
    }
  }

  @Override
  public boolean tookNothing() throws IOException {
    return input.isUntouched();
  }

  @Override
  public OutputStream stdin() {
    return stdin;
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  @Override
  public int exitStatus() throws IOException {
    int status = ExitStatus.await(process, PATIENCE);
    awaitStderr();
    if (status == ExitStatus.LOST && !answered) {
      throw unreached();
    }
    return status;
  }

  @Override
  public String stderrTail() {
    return stderr.text();
  }

  @Override
  public void close() throws IOException {
    var client = process.toHandle(); // which does not wait for writers, as closing a pipe does
    client.destroy();
    try {
      if (!process.waitFor(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
        client.destroyForcibly();
      }
    } catch (InterruptedException e) {
      client.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    process.destroy(); // closes its pipes
    input.close();
  }

  private void pump() {
    try (stderr;
        var source = process.getErrorStream()) {
      source.transferTo(stderr);
    } catch (IOException endsWithTheProcess) {
      // What it said until then is kept.
    }
  }

  private void awaitStderr() {
    try {
      stderrPump.join(TimeUnit.SECONDS.toMillis(LAST_WORDS_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Says why a write failed: the client is gone, so it has said why on standard error.
  private IOException explain(IOException fault) {
    awaitStderr();
    return !process.isAlive() && process.exitValue() == ExitStatus.LOST && !answered
        ? unreached()
        : new IOException(
            host + ": the SSH client: " + SyncException.describe(fault) + said(), fault);
  }

  private ConnectionException unreached() {
    return new ConnectionException(host + ": the SSH client gave up" + said());
  }

  private String said() {
    var text = stderr.text();
    return text.isEmpty() ? "" : ": " + text.replace("\n", "; ");
  }

  /// If the client gives up before the command prints anything, the command was never reached.
  private void checkAnswer(int count) throws IOException {
    if (count > 0) {
      answered = true;
    } else if (count < 0 && !answered) {
      exitStatus();
    }
  }
}
