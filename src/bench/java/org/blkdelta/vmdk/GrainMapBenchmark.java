package org.blkdelta.vmdk;

import java.io.IOException;
import java.util.function.Supplier;
import org.blkdelta.InMilliseconds;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/// Opens a delta of 64 MiB with every other 4 KiB changed, checks its tables, and walks through
/// them.
public class GrainMapBenchmark extends InMilliseconds {

  private static final int SECTORS = 64 << 11;
  private static final int GRAIN = 8;

  /// The formats, each with grains of its usual size.
  public enum Format {
    COWD(
        () -> {
          var file = CowdBuilder.cowd(SECTORS);
          for (long sector = 0; sector < SECTORS; sector++) {
            if (sector / GRAIN % 2 == 0) {
              file.grain(sector, (int) sector);
            }
          }
          return file.build();
        }),
    SE_SPARSE(
        () -> {
          var file = SeSparseBuilder.seSparse(SECTORS);
          for (long grain = 0; grain < SECTORS / GRAIN; grain += 2) {
            file.grain(grain, (int) grain);
          }
          return file.build();
        });

    private final Supplier<BuiltFile> file;

    Format(Supplier<BuiltFile> file) {
      this.file = file;
    }
  }

  @Param public Format format;

  private byte[] bytes;

  @Setup
  public void build() throws IOException {
    bytes = format.file.get().bytes();
  }

  @Benchmark
  public void walked(Blackhole hole) throws IOException {
    try (var delta = Opened.open(bytes)) {
      for (long sector = 0; sector < delta.sectors(); ) {
        var piece = delta.at(sector, delta.sectors() - sector);
        hole.consume(piece);
        sector += piece.sectors();
      }
    }
  }
}
