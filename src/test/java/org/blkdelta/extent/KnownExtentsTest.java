package org.blkdelta.extent;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

class KnownExtentsTest implements ChangeSourceContract {

  private static final List<Extent> FOUND =
      List.of(new Extent(4096, 512, Extent.Kind.DATA), new Extent(8192, 100, Extent.Kind.ZERO));

  @Override
  public ChangeSource changed() {
    return new KnownExtents(new ListedSource(new byte[10_000]), FOUND);
  }

  @Test
  void only_what_was_found_is_a_change_and_the_rest_is_the_disk() throws IOException {
    var all = new ListedSource(new byte[10_000], new Extent(0, 10_000, Extent.Kind.DATA));
    try (var some = new KnownExtents(all, FOUND)) {
      var extents = new ArrayList<Extent>();
      some.changes(extents::add);
      assertEquals(FOUND, extents);
      assertSame(all.disk(), some.unchanged().orElseThrow());
      assertEquals(Optional.empty(), some.doubt());
    }
  }

  @Test
  void a_source_that_stopped_being_true_ends_it() throws IOException {
    var lost = new SourceException("vg-snap: the snapshot is invalid");
    var source =
        new ForwardingSource(new ListedSource(new byte[10_000])) {
          @Override
          public void checkStillTrue() throws IOException {
            throw lost;
          }
        };
    try (var some = new KnownExtents(source, FOUND)) {
      some.changes(extent -> {});
      assertSays(assertThrows(SourceException.class, some::checkStillTrue), "invalid");
    }
  }
}
