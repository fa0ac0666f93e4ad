package org.blkdelta.thin;

import java.io.IOException;
import java.util.TreeMap;
import org.blkdelta.InMilliseconds;
import org.blkdelta.disk.MemoryDisk;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/// Compares the mappings of two thin volumes of a million blocks, of which a snapshot changed every
/// tenth, in metadata that is in memory.
public class ThinDeltaBenchmark extends InMilliseconds {

  private static final int BLOCKS = 1_000_000;

  /// Mappings of a leaf, as the kernel leaves them half full or more.
  private static final int FILL = 200;

  private MemoryDisk metadata;

  @Setup
  public void build() {
    var changes = new TreeMap<Long, Long>();
    for (long block = 0; block < BLOCKS; block += 10) {
      changes.put(block, BLOCKS + block);
    }
    var pool = new PoolImage(FILL).volume(1, PoolImage.run(0, BLOCKS, 0));
    metadata = new MemoryDisk("pool", pool.snapshot(2, 1, changes, BLOCKS).bytes());
  }

  @Benchmark
  public void compared(Blackhole hole) throws IOException {
    var opened = ThinMetadata.ofImage(metadata);
    ThinDelta.between(
        opened,
        opened.device(1),
        opened.device(2),
        (change, first, count) -> {
          hole.consume(first);
          hole.consume(count);
        });
  }
}
