package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameWriter;

/// Writes a live stream, and says between its frames that the sender is there: reading the next
/// change may take long. Nothing follows the end, or a fault; and nobody need close it then.
public final class LiveWriter implements FrameSink, Closeable {

  private final FrameWriter writer;
  private final Heartbeat heartbeat;
  private boolean over;

  /// Begins to say so; the stream was greeted, or its header is written.
  ///
  /// @param writer which nothing else writes to from now on
  public LiveWriter(FrameWriter writer) {
    this(writer, Heartbeat.EVERY);
  }

  LiveWriter(FrameWriter writer, Duration every) {
    this.writer = writer;
    this.heartbeat = Heartbeat.start(every, this::beat);
  }

  @Override
  public synchronized void accept(Frame frame) throws IOException {
    boolean isWritten = false;
    try {
      writer.accept(frame);
      isWritten = !(frame instanceof Frame.End);
    } finally {
      if (!isWritten) {
        over = true;
        heartbeat.close();
      }
    }
  }

  /// Has nothing more said.
  @Override
  public void close() {
    heartbeat.close();
  }

  private synchronized void beat() throws IOException {
    if (!over) {
      writer.alive();
    }
  }
}
