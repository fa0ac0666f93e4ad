package org.blkdelta.run;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.LastWords;
import org.blkdelta.report.Streams;
import org.blkdelta.sync.Greeting;
import org.blkdelta.sync.Peer;

/// A `blkdelta` that runs on another host, and receives or sends.
///
/// @param fromPeer what it answers
/// @param toPeer where what it reads goes
/// @param lastWords what is told by the process, which a failure may quote
/// @param hasWaited whether it was started ahead: its connection may have been lost meanwhile
record RemotePeer(
    String name,
    RemoteProcess process,
    InputStream fromPeer,
    OutputStream toPeer,
    LastWords lastWords,
    boolean hasWaited)
    implements Peer, Closeable {

  /// A shell's exit status for a command that it does not find.
  static final int NOT_FOUND = 127;

  private static final int CONNECTION_LOST = 255;
  private static final int MAX_SHOWN = 2000;

  /// Creates one that is reached by one connection.
  RemotePeer(String name, RemoteProcess process, LastWords lastWords) {
    this(name, process, process.stdout(), process.stdin(), lastWords, false);
  }

  /// Starts a program on another host.
  @FunctionalInterface
  interface Starting {
    /// Returns its process; who it asks and tells is given.
    RemoteProcess with(Questions told) throws SyncException;
  }

  /// Starts one; the caller closes it.
  static RemotePeer start(Host host, Streams streams, Starting starting) throws SyncException {
    var told = LastWords.of(host, streams);
    try {
      return new RemotePeer(host.toString(), starting.with(told), told);
    } catch (SyncException | RuntimeException failed) {
      told.close(); // what was said last is shown
      throw failed;
    }
  }

  /// Returns the same, where what it reads goes another way.
  RemotePeer over(OutputStream output) {
    return new RemotePeer(name, process, fromPeer, output, lastWords, hasWaited);
  }

  /// Waits until it runs, which its first byte tells, and returns the same for later.
  ///
  /// @throws SyncException if it does not run, or not in that time
  RemotePeer greeted(Greeting greeting) throws SyncException {
    try {
      int first = greeting.await(fromPeer::read, name);
      if (first >= 0) {
        var begin = new ByteArrayInputStream(new byte[] {(byte) first});
        var all = new SequenceInputStream(begin, fromPeer);
        return new RemotePeer(name, process, all, toPeer, lastWords, true);
      }
    } catch (SyncException told) {
      throw told;
    } catch (IOException lost) {
      throw new ConnectionException(name + ": " + SyncException.describe(lost), lost);
    }
    var why = name + ": " + whyItEnded();
    throw hasRefused() ? new RefusedException(why) : new ConnectionException(why);
  }

  @Override
  public String whyItEnded() {
    try {
      int status = process.exitStatus();
      var words = Printable.of(process.stderrTail().strip().replace("\n", " | "), MAX_SHOWN);
      var said = words.isEmpty() ? "" : " (" + words + ")";
      return switch (status) {
        case NOT_FOUND ->
            "the command was not found in the PATH of the remote account"
                + said
                + "; install blkdelta there, send it there by --deploy, or name it with --remote-command";
        case CONNECTION_LOST -> "the connection was lost" + said + "; try again";
        default ->
            lastWords
                .take()
                .orElse(
                    "the remote command ended with status " + status + said + shell(status, said));
      };
    } catch (IOException unknown) {
      return "the connection was lost: " + SyncException.describe(unknown);
    }
  }

  @Override
  public boolean hasRefused() {
    try {
      return process.exitStatus() == ExitCode.REFUSED.number();
    } catch (IOException unknown) {
      return false;
    }
  }

  /// A login shell that is none, such as `/bin/false`, runs no command and says nothing.
  private static String shell(int status, String said) {
    return status == 1 && said.isEmpty()
        ? " and said nothing; is /bin/false the login shell there?"
        : "";
  }

  /// Returns the last of what the remote side has said to people, in one line.
  String said() throws IOException {
    var tail = process.stderrTail(); // all that it says
    return lastWords.take().orElse(tail.strip().replace("\n", " | "));
  }

  @Override
  public void giveUp() {
    try {
      process.close();
    } catch (IOException fault) {
      // whoever uses the connection finds out
    }
  }

  @Override
  public void close() throws IOException {
    try (lastWords) {
      process.close();
    }
  }
}
