package org.blkdelta.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import org.apache.sshd.client.channel.ClientChannelEvent;

/// A command that runs over a connection of the built-in client.
final class ChannelProcess implements RemoteProcess {

  private static final long LAST_WORDS_MILLIS = 2000;

  private final SshConnection connection;
  private final ExecChannel channel;
  private final StderrTail stderr;
  private final OutputStream stdin;
  private final InputStream stdout;

  ChannelProcess(SshConnection connection, ExecChannel channel, StderrTail stderr) {
    this.connection = connection;
    this.channel = channel;
    this.stderr = stderr;
    this.stdin =
        new LimitedWrites(
            channel.getInvertedIn(), e -> hasEnded() ? connection.ended() : connection.lost());
    this.stdout = new WatchedInput(channel.getInvertedOut(), this::checkEnd);
  }

  @Override
  public OutputStream stdin() {
    return stdin;
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  /// Waits for the channel to close, or only briefly where the status is known: a child that the
  /// command left behind may hold the channel open.
  @Override
  public int exitStatus() {
    channel.waitFor(
        EnumSet.of(
            ClientChannelEvent.CLOSED,
            ClientChannelEvent.EXIT_STATUS,
            ClientChannelEvent.EXIT_SIGNAL),
        PATIENCE);
    channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), LAST_WORDS_MILLIS);
    stderr.close();
    if (channel.getExitSignal() != null) {
      return ExitStatus.ofSignal(channel.getExitSignal());
    }
    return channel.getExitStatus() == null ? ExitStatus.LOST : channel.getExitStatus();
  }

  @Override
  public Optional<Duration> roundTrip() {
    return connection.roundTrip();
  }

  @Override
  public String stderrTail() {
    return stderr.text();
  }

  @Override
  public void close() {
    connection.close();
  }

  private boolean hasEnded() {
    return channel.getExitStatus() != null || channel.getExitSignal() != null;
  }

  /// A connection that is lost is not the end of what the command prints.
  private void checkEnd(int count) throws IOException {
    if (count < 0 && !channel.isEofSignalled() && !hasEnded()) {
      throw connection.lost();
    }
  }
}
