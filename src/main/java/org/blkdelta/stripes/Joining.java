package org.blkdelta.stripes;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.NoSuchFileException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.RunFolder;

/// The far end of a further connection of a run: hands what comes over it to the receiver that runs
/// on the same host.
public final class Joining {

  /// Written when the receiver was found.
  static final int JOINED = 'j';

  private static final int TRIES = 600;
  private static final long PAUSE_MILLIS = 50;

  private final InputStream in;

  private Joining(InputStream in) {
    this.in = in;
  }

  /// Joins the receiver that `in` names, says so on `out`, and hands all of `in` to it.
  ///
  /// @return whether all was handed on; else the receiver has ended, and has said why
  /// @throws IOException if the receiver is not found, or `in` or the receiver cannot be reached
  ///     any more
  public static boolean hand(InputStream in, OutputStream out) throws IOException {
    var name = HexFormat.of().formatHex(in.readNBytes(StripedOutput.NAME_SIZE));
    try (var receiver = join(name)) {
      out.write(JOINED);
      out.flush();
      return new Joining(in).handedOn(receiver);
    }
  }

  /// Hands everything on to the receiver, but waits for nothing more when that has ended: it has
  /// said why.
  private boolean handedOn(SocketChannel receiver) throws IOException {
    var over = new CompletableFuture<Boolean>();
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

  private void hand(SocketChannel receiver, CompletableFuture<Boolean> over) {
    try {
      var buffer = new byte[1 << 18];
      for (int count = read(buffer); count >= 0; count = read(buffer)) {
        for (var bytes = ByteBuffer.wrap(buffer, 0, count); bytes.hasRemaining(); ) {
          receiver.write(bytes);
        }
      }
      over.complete(true);
    } catch (IOException fault) {
      over.completeExceptionally(fault);
    }
  }

  private int read(byte[] buffer) throws IOException {
    return in.read(buffer, 0, buffer.length);
  }

  private static void watch(SocketChannel receiver, CompletableFuture<Boolean> over) {
    try {
      receiver.read(ByteBuffer.allocate(1));
    } catch (IOException closed) {
      // as if it had ended
    }
    over.complete(false);
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
