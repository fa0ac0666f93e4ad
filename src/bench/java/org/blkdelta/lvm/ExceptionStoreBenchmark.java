package org.blkdelta.lvm;

import java.io.IOException;
import java.util.function.LongUnaryOperator;
import org.blkdelta.InMilliseconds;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.infra.Blackhole;

/// Reads a store of a million exceptions, and puts them in the volume's order. Its bytes are worked
/// out while it is read, which is part of the time.
public class ExceptionStoreBenchmark extends InMilliseconds {

  private static final long ENTRIES = 1_000_000;

  /// Odd, so that times it modulo a power of two hits every number once.
  private static final long STRIDE = 0x9e3779b1L;

  private static final long CHUNKS = 1L << 22;

  /// The order in which the chunks were written.
  public enum Order {
    ASCENDING(index -> 4 * index),
    RANDOM(index -> index * STRIDE % CHUNKS);

    private final LongUnaryOperator chunk;

    Order(LongUnaryOperator chunk) {
      this.chunk = chunk;
    }
  }

  @Param public Order order;

  @Benchmark
  public long opened() throws IOException {
    return changed().end().nextFree();
  }

  @Benchmark
  public void openedAndListed(Blackhole hole) throws IOException {
    changed()
        .runs(
            (first, count) -> {
              hole.consume(first);
              hole.consume(count);
            });
  }

  private ChangedChunks changed() throws IOException {
    var store = ExceptionStore.open(new MadeUpStore(4096, ENTRIES, order.chunk));
    return ChangedChunks.of(store, CHUNKS);
  }
}
