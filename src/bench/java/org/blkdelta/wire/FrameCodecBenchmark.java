package org.blkdelta.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.blkdelta.extent.Lineage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Writes, and reads with every check, a stream of 64 MiB: divide 64 MiB by the time.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class FrameCodecBenchmark {

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
