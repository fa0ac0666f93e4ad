package org.blkdelta.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.blkdelta.failure.SyncException;

/// One command of a [LoopbackServer], on a thread of its own that is never interrupted: an
/// interrupt would close the files that the command has open.
final class LoopbackCommand implements Command, Runnable {

  private static final int FAILED = 1;

  private final String commandLine;
  private final RemoteCommand command;
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private OutputStream err = OutputStream.nullOutputStream();
  private ExitCallback exit = (status, message, closeAtOnce) -> {};

  LoopbackCommand(String commandLine, RemoteCommand command) {
    this.commandLine = commandLine;
    this.command = command;
  }

  @Override
  public void setInputStream(InputStream stream) {
    in = stream;
  }

  @Override
  public void setOutputStream(OutputStream stream) {
    out = stream;
  }

  @Override
  public void setErrorStream(OutputStream stream) {
    err = stream;
  }

  @Override
  public void setExitCallback(ExitCallback callback) {
    exit = callback;
  }

  @Override
  public void start(ChannelSession channel, Environment environment) {
    var thread = new Thread(this, "loopback-command");
    thread.setDaemon(true);
    thread.start();
  }

  /// Does nothing: the library closes the streams, which ends the command.
  @Override
  public void destroy(ChannelSession channel) {}

  @Override
  public void run() {
    int status = FAILED;
    try {
      status = runAndFlush();
    } finally {
      exit.onExit(status);
    }
  }

  private int runAndFlush() {
    try {
      int status = command.run(commandLine, in, out, err);
      out.flush();
      err.flush();
      return status;
    } catch (IOException e) {
      say(SyncException.describe(e));
      return FAILED;
    }
  }

  private void say(String message) {
    try {
      err.write((message + "\n").getBytes(StandardCharsets.UTF_8));
      err.flush();
    } catch (IOException gone) {
      // Nobody is there to be told.
    }
  }
}
