package org.blkdelta.remote;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/// A command that runs on another machine, seen through its three streams and its exit status. One
/// thread may write `stdin` while another reads `stdout`. Closing it ends the connection whatever
/// the state; whoever started it closes it.
public interface RemoteProcess extends Closeable {

  /// How long a command may take to end.
  Duration PATIENCE = Duration.ofMinutes(3);

  /// Returns what the command reads. It may be buffered: flush it before an answer is awaited. A
  /// write waits as long as the peer takes, provided that it is alive. Closing it is the end of
  /// file that the command sees.
  OutputStream stdin();

  /// Returns what the command prints. At its end of file, ask [#exitStatus()] why. A connection
  /// that is lost is no end of file but an exception.
  InputStream stdout();

  /// Waits for the command's end, at most [#PATIENCE], and returns its exit status: 0 to 255, 128
  /// plus the number of the signal that killed it, or 255 if the connection was lost first or it
  /// did not end. Asked when the command has closed its output, or was given its input's end.
  ///
  /// @throws org.blkdelta.failure.ConnectionException if an external client never reached the host
  int exitStatus() throws IOException;

  /// Returns whether it is known that nothing of what was written to [#stdin()] was read, neither
  /// by the command nor by what takes it there. Asked when it has ended.
  default boolean tookNothing() throws IOException {
    return false;
  }

  /// Measures how long a question and its answer are under way; empty over an external client,
  /// which tells nobody.
  default Optional<Duration> roundTrip() {
    return Optional.empty();
  }

  /// Returns the last lines (at most 8 KiB) that the command or the transport printed to standard
  /// error, for messages; empty if there were none.
  String stderrTail();
}
