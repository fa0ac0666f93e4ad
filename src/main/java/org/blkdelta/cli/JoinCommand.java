package org.blkdelta.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.NoSuchFileException;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Rendezvous;
import org.blkdelta.host.RunFolder;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.wire.StripedOutput;
import picocli.CommandLine.Command;

/// `blkdelta join`, which runs at the remote side of each further connection.
@Command(
    name = "join",
    mixinStandardHelpOptions = true,
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of a further connection of sync: hands its standard input to the receiver"
            + " that runs there. Not for people.")
final class JoinCommand implements Callable<Integer> {

  /// Printed when the receiver was found.
  static final int JOINED = 'j';

  private static final int TRIES = 600;
  private static final long PAUSE_MILLIS = 50;

  private final Streams streams;

  JoinCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    try {
      var in = streams.in(Heartbeat.SILENCE);
      var name = HexFormat.of().formatHex(in.readNBytes(StripedOutput.NAME_SIZE));
      try (var receiver = join(name)) {
        streams.data().write(JOINED);
        streams.data().flush();
        return handedOn(receiver).number();
      }
    } catch (IOException over) {
      throw new ConnectionException(
          "join: " + SyncException.describe(over) + "; the receiver says why", over);
    }
  }

  /// Hands everything on to the receiver, but waits for nothing more when that has ended: it has
  /// said why.
  private ExitCode handedOn(SocketChannel receiver) throws IOException {
    var over = new CompletableFuture<ExitCode>();
    Thread.ofPlatform().daemon().name("hand").start(() -> hand(receiver, over));
    Thread.ofPlatform().daemon().name("watch").start(() -> watch(receiver, over));
    try {
      return over.get();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException failed) {
      var why = failed.getCause();
      throw new IOException(SyncException.describe(why == null ? failed : why), failed);
    }
  }

  private void hand(SocketChannel receiver, CompletableFuture<ExitCode> over) {
    try {
      var buffer = new byte[1 << 18];
      for (int count = read(buffer); count >= 0; count = read(buffer)) {
        for (var bytes = ByteBuffer.wrap(buffer, 0, count); bytes.hasRemaining(); ) {
          receiver.write(bytes);
        }
      }
      over.complete(ExitCode.DONE);
    } catch (IOException fault) {
      over.completeExceptionally(fault);
    }
  }

  private int read(byte[] buffer) throws IOException {
    return streams.in().read(buffer, 0, buffer.length);
  }

  private static void watch(SocketChannel receiver, CompletableFuture<ExitCode> over) {
    try {
      receiver.read(ByteBuffer.allocate(1));
    } catch (IOException closed) {
      // as if it had ended
    }
    over.complete(ExitCode.CONNECTION);
  }

  /// The receiver may be a little later than we.
  private static SocketChannel join(String name) throws IOException {
    for (int tried = 1; ; tried++) {
      try {
        return Rendezvous.join(RunFolder.ofUser(), name);
      } catch (NoSuchFileException | ConnectException none) {
        if (tried == TRIES) {
          throw none;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      }
    }
  }
}
