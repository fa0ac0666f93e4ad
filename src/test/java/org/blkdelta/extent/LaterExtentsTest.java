package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaterExtentsTest implements ChangeSourceContract {

  @Override
  public ChangeSource changed() {
    var all =
        new ListedSource(
            new byte[10_000],
            new Extent(0, 1000, Extent.Kind.DATA),
            new Extent(4000, 1000, Extent.Kind.ZERO),
            new Extent(6000, 1000, Extent.Kind.DATA));
    return new LaterExtents(all, 4100);
  }

  @Test
  void what_lies_before_the_offset_is_left_out() throws IOException {
    var extents = new ArrayList<Extent>();
    try (var later = changed()) {
      later.changes(extents::add);
    }
    assertEquals(
        List.of(new Extent(4100, 900, Extent.Kind.ZERO), new Extent(6000, 1000, Extent.Kind.DATA)),
        extents);
  }
}
