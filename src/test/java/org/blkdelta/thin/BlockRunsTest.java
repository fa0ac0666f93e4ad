package org.blkdelta.thin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.Extent.Kind;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

class BlockRunsTest {

  @Test
  void runs_come_back_as_they_went_in() throws IOException {
    var runs = new BlockRuns("pool");
    var expected = new ArrayList<Extent>();
    long block = 0;
    for (int i = 0; i < 60_000; i++) { // more than a segment holds
      long count = 1L + i % 300;
      var kind = i % 3 == 0 ? Kind.ZERO : Kind.DATA;
      runs.add(kind, block, count);
      expected.add(new Extent(block * 10, count * 10, kind));
      block += count + i % 200;
    }
    runs.add(Kind.DATA, 1L << 40, 1L << 35);
    expected.add(new Extent((1L << 40) * 10, (1L << 35) * 10, Kind.DATA));
    assertEquals(expected, extents(runs, 10, Long.MAX_VALUE));
  }

  @Test
  void what_lies_behind_the_disk_is_left_out_and_never_overflows() throws IOException {
    var runs = new BlockRuns("pool");
    runs.add(Kind.DATA, 1, 1);
    runs.add(Kind.ZERO, 3, 4);
    runs.add(Kind.DATA, Long.MAX_VALUE - 10, 1);
    assertEquals(
        List.of(new Extent(65_536, 65_536, Kind.DATA), new Extent(196_608, 65_536, Kind.ZERO)),
        extents(runs, 65_536, 196_609));
  }

  @Test
  void runs_that_go_back_are_a_bug() throws IOException {
    var runs = new BlockRuns("pool");
    runs.add(Kind.DATA, 5, 2);
    assertThrows(IllegalStateException.class, () -> runs.add(Kind.DATA, 6, 1));
  }

  @Test
  void too_many_runs_are_refused() throws IOException {
    var runs = new BlockRuns("pool", 4);
    runs.add(Kind.DATA, 1, 1);
    runs.add(Kind.DATA, 3, 1);
    assertEquals(
        "pool: more than 3 separate runs of blocks changed; copy the whole volume instead",
        assertThrows(SourceException.class, () -> runs.add(Kind.DATA, 5, 1)).getMessage());
  }

  private static List<Extent> extents(BlockRuns runs, long blockSize, long size)
      throws IOException {
    var extents = new ArrayList<Extent>();
    runs.extents(blockSize, size, extents::add);
    return extents;
  }
}
