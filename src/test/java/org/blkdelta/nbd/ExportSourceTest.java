package org.blkdelta.nbd;

import static org.blkdelta.extent.Extent.Kind.DATA;
import static org.blkdelta.extent.Extent.Kind.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ChangeSourceContract;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Generation.Likeness;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.nbd.AnsweringServer.Run;
import org.junit.jupiter.api.Test;

/// What of an export changed is what the server's contexts say together.
class ExportSourceTest implements ChangeSourceContract {

  private static final int SIZE = 1 << 20;
  private static final String DIRTY = "qemu:dirty-bitmap:b0";
  private static final Selection B0 = new Selection.Bitmap("b0");

  private final AnsweringServer server = new AnsweringServer(DiskContract.bytes(SIZE));

  @Override
  public ChangeSource changed() throws IOException {
    return server
        .context(Export.ALLOCATION, new Run(1000, 0), new Run(9000, 3), new Run(SIZE, 0))
        .context(DIRTY, new Run(4096, 1), new Run(4096, 0), new Run(8192, 1), new Run(SIZE, 0))
        .open(B0);
  }

  @Test
  void a_bitmap_and_the_zeros_make_the_list() throws IOException {
    assertEquals(
        List.of(
            new Extent(0, 1000, DATA),
            new Extent(1000, 3096, ZERO),
            new Extent(8192, 1808, ZERO),
            new Extent(10_000, 6384, DATA)),
        extents(changed()));
  }

  @Test
  void it_is_the_same_when_the_server_says_little_at_a_time() throws IOException {
    var expected = extents(changed());
    for (int runs : new int[] {1, 2, 3}) {
      var block =
          runs == 1 ? 1 : 512; // a block that begins in one run and ends in another takes two
      var little = new AnsweringServer(new byte[SIZE]).runsAtOnce(runs).blocks(block, SIZE);
      little.context(Export.ALLOCATION, new Run(1000, 0), new Run(9000, 3), new Run(SIZE, 0));
      little.context(DIRTY, new Run(4096, 1), new Run(4096, 0), new Run(8192, 1), new Run(SIZE, 0));
      assertEquals(expected, extents(little.open(B0)));
    }
  }

  @Test
  void a_whole_export_is_data_and_zeros() throws IOException {
    server.context(Export.ALLOCATION, new Run(4096, 0), new Run(4096, 1), new Run(SIZE, 2));
    assertEquals(
        List.of(new Extent(0, 8192, DATA), new Extent(8192, SIZE - 8192, ZERO)),
        extents(server.open(Selection.WHOLE)));
  }

  @Test
  void a_server_that_says_nothing_of_zeros_is_all_data() throws IOException {
    var all = List.of(new Extent(0, SIZE, DATA));
    assertEquals(all, extents(server.open(Selection.WHOLE)));
    assertEquals(all, extents(new AnsweringServer(new byte[SIZE]).simple().open(Selection.WHOLE)));
  }

  @Test
  void a_bitmap_without_the_zeros_is_all_data() throws IOException {
    server.context(DIRTY, new Run(512, 1), new Run(512, 0), new Run(512, 1), new Run(SIZE, 0));
    assertEquals(
        List.of(new Extent(0, 512, DATA), new Extent(1024, 512, DATA)), extents(server.open(B0)));
  }

  @Test
  void the_top_layers_are_those_of_small_depth() throws IOException {
    server.context(
        "qemu:allocation-depth",
        new Run(512, 0),
        new Run(512, 1),
        new Run(512, 2),
        new Run(512, 3),
        new Run(512, -1),
        new Run(SIZE, 0));
    assertEquals(
        List.of(new Extent(512, 1024, DATA)), extents(server.open(new Selection.Layers(2))));
  }

  @Test
  void all_beyond_the_size_of_the_base_is_a_change() throws IOException {
    server.context(Export.ALLOCATION, new Run(600_000, 0), new Run(SIZE, 3));
    server.context(DIRTY, new Run(512, 1), new Run(SIZE, 0));
    assertEquals(
        List.of(
            new Extent(0, 512, DATA),
            new Extent(500_000, 100_000, DATA),
            new Extent(600_000, SIZE - 600_000, ZERO)),
        extents(server.open(B0, 500_000)));
  }

  @Test
  void a_bitmap_that_is_not_there_is_refused_with_those_that_are() throws IOException {
    server.context(DIRTY, new Run(SIZE, 0)).context("qemu:dirty-bitmap:b1", new Run(SIZE, 0));
    var refused =
        assertThrows(SourceException.class, () -> server.open(new Selection.Bitmap("b2")));
    assertEquals(
        "nbd://kvm/web: has no bitmap \"b2\", but b0, b1; name one that is exported",
        refused.getMessage());
    assertEquals(List.of(2), server.commands(), "it said good-bye");
  }

  @Test
  void a_server_that_tells_no_changes_is_refused_with_what_to_do() {
    assertEquals(
        "nbd://kvm/web: the server does not tell which layer has what; start it with --allocation-depth (qemu-nbd -A)",
        refusal(server, new Selection.Layers(1)));
    assertEquals(
        "nbd://kvm/web: has no bitmap \"b0\", but none at all; name one that is exported",
        refusal(new AnsweringServer(new byte[512]), B0));
    assertEquals(
        "nbd://kvm/web: the server tells no changes (no structured replies); use a newer one, or blkdelta verify --repair",
        refusal(new AnsweringServer(new byte[512]).simple(), B0));
  }

  /// What one bitmap left half done, another one must not go on with; but rounds go on from one
  /// bitmap to the next, whose name nothing tells.
  @Test
  void names_tell_bitmaps_apart_and_prove_nothing() {
    var one = StateNames.lineage("nbd://kvm/web", B0);
    var same = StateNames.lineage("nbd+unix:///?socket=/run/b", B0);
    var other = StateNames.lineage("nbd://kvm/web", new Selection.Bitmap("b1"));
    var depth = StateNames.lineage("nbd://kvm/web", new Selection.Layers(1));
    assertEquals(Likeness.UNSURE, likeness(one.base(), same.base()));
    assertEquals(Likeness.DIFFERENT, likeness(one.base(), other.base()));
    assertEquals(Likeness.DIFFERENT, likeness(one.base(), depth.base()));
    assertEquals(Likeness.UNSURE, likeness(one.result(), other.base()));
    assertEquals(
        Lineage.whole(Optional.empty()), StateNames.lineage("nbd://kvm/web", Selection.WHOLE));
  }

  private static Likeness likeness(Optional<Generation> one, Optional<Generation> other) {
    return one.orElseThrow().likeness(other.orElseThrow());
  }

  private static String refusal(AnsweringServer server, Selection selection) {
    return String.valueOf(
        assertThrows(SourceException.class, () -> server.open(selection)).getMessage());
  }

  private static List<Extent> extents(ChangeSource source) throws IOException {
    try (source) {
      var extents = new ArrayList<Extent>();
      source.changes(extents::add);
      return extents;
    }
  }
}
