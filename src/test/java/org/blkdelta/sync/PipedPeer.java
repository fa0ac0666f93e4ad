package org.blkdelta.sync;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A receiver that runs on a thread of this process, behind two pipes as a process's are. Both can
/// be cut after a number of bytes, as a connection is.
final class PipedPeer implements Peer, Closeable {

  /// What runs at the far end.
  @FunctionalInterface
  interface FarEnd {
    void run(InputStream in, OutputStream out) throws IOException;
  }

  private final OutputStream toPeer;
  private final InputStream fromPeer;
  private final Thread thread;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /// Starts `farEnd` behind pipes that are never cut.
  PipedPeer(FarEnd farEnd) throws IOException {
    this(farEnd, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /// Starts `farEnd` behind pipes that break after so many bytes.
  PipedPeer(FarEnd farEnd, long changesUntil, long answersUntil) throws IOException {
    var changes = Pipe.open();
    var answers = Pipe.open();
    toPeer = new CutOutput(Channels.newOutputStream(changes.sink()), changesUntil);
    fromPeer = new CutInput(Channels.newInputStream(answers.source()), answersUntil);
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("far end")
            .start(
                () -> {
                  try (var in = Channels.newInputStream(changes.source());
                      var out = Channels.newOutputStream(answers.sink())) {
                    farEnd.run(in, out);
                  } catch (IOException | RuntimeException | Error fault) {
                    failure.set(fault);
                  }
                });
  }

  /// Waits for the far end and returns what it failed with; null is nothing.
  @Nullable Throwable failure() {
    try {
      thread.join();
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
    return failure.get();
  }

  @Override
  public String name() {
    return "new";
  }

  @Override
  public OutputStream toPeer() {
    return toPeer;
  }

  @Override
  public InputStream fromPeer() {
    return fromPeer;
  }

  @Override
  public String whyItEnded() {
    return "the remote command ended with status 9";
  }

  @Override
  public boolean hasRefused() {
    return false;
  }

  @Override
  public void giveUp() {
    try (fromPeer) {
      toPeer.close();
    } catch (IOException fault) {
      throw new AssertionError(fault);
    }
  }

  @Override
  public void close() throws IOException {
    try (fromPeer) {
      toPeer.close();
    }
    failure();
  }

  private static final class CutOutput extends FilterOutputStream {

    private long left;

    CutOutput(OutputStream out, long bytes) {
      super(out);
      left = bytes;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int passing = (int) Math.min(left, length);
      out.write(bytes, offset, passing);
      left -= passing;
      if (passing < length) {
        out.close();
        throw new IOException("Broken pipe");
      }
    }
  }

  private static final class CutInput extends FilterInputStream {

    private long left;

    CutInput(InputStream in, long bytes) {
      super(in);
      left = bytes;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = left == 0 ? -1 : in.read(bytes, offset, (int) Math.min(left, length));
      left -= Math.max(0, count);
      return count;
    }
  }
}
