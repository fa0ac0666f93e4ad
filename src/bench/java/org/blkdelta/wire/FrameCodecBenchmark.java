package org.blkdelta.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.InMilliseconds;
import org.blkdelta.extent.Lineage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Writes, and reads with every check, a stream of 64 MiB: divide 64 MiB by the time.
public class FrameCodecBenchmark extends InMilliseconds {

  private static final int VOLUME = 64 << 20;

  /// Bytes of one change; the next begins as far behind its end.
  @Param({"4096", "65536", "1048576"})
  public int change;

  private ByteBuffer content;
  private byte[] stream;

  @Setup
  public void write() throws IOException {
    content = ByteBuffer.allocate(change);
    new Random(1).nextBytes(content.array());
    var out = new ByteArrayOutputStream(VOLUME + VOLUME / 16);
    writeTo(out);
    stream = out.toByteArray();
  }

  @Benchmark
  public void written() throws IOException {
    writeTo(OutputStream.nullOutputStream());
  }

  @Benchmark
  public Tally.Sum read() throws IOException {
    var tally = new Tally();
    FrameSource.open(new ByteArrayInputStream(stream), "stream")
        .frames(
            frame -> {
              if (frame instanceof Frame.Data data) {
                tally.data(data.offset(), data.bytes());
              }
            });
    return tally.sum();
  }

  private void writeTo(OutputStream out) throws IOException {
    var writer = new FrameWriter(out);
    var tally = new Tally();
    writer.accept(
        new Frame.Header(new StreamHeader(2L * VOLUME, Lineage.UNKNOWN, Optional.empty())));
    for (long at = 0; at < 2L * VOLUME; at += 2L * change) {
      tally.data(at, content.duplicate());
      writer.accept(new Frame.Data(at, content.duplicate()));
    }
    writer.accept(new Frame.End(tally.sum()));
  }
}
