package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.HostedBuilder.hosted;
import static org.blkdelta.vmdk.SeSparseBuilder.seSparse;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.disk.MemoryDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the tables of a single file say.
class GrainTablesTest {

  private static final int SECTOR = 512;

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 128, 2048})
  void cowd_is_read_to_the_end_of_the_disk_in_a_partial_table(int grain) throws IOException {
    int part = Math.max(1, grain / 2);
    long sectors = 4099L * grain + part;
    var delta =
        cowd(sectors)
            .grainSectors(grain)
            .grain(0, 0x11)
            .zero(1)
            .grain(4095, 0x12)
            .grain(4096, 0x13)
            .grain(4099, 0x14);
    var expected =
        List.of(
            "0+%d DATA".formatted(grain),
            "%d+%d ZERO".formatted(grain, grain),
            "%d+%d DATA".formatted(4095L * grain, 2 * grain),
            "%d+%d DATA".formatted(4099L * grain, part));

    assertEquals(expected, extents(delta.build()));
    assertEquals(expected, extents(delta.trimmed().build()));
    assertEquals(expected, extents(delta.shuffled(grain).padding(700).build()));
    assertEquals(expected, extents(delta.surplusEntries(300).directorySector(9).build()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 128, 2048})
  void hosted_sparse_is_read_to_the_end_of_the_disk_in_a_partial_table(int grain)
      throws IOException {
    int part = Math.max(1, grain / 2);
    long sectors = 515L * grain + part;
    var text = DescriptorBuilder.descriptor("monolithicSparse").cid(2).parent(1, "gone.vmdk");
    var delta =
        hosted(sectors)
            .grainSectors(grain)
            .descriptor(text.extent(sectors, "SPARSE", "other.vmdk").text())
            .grain(0, 0x11)
            .zero(1)
            .grain(511, 0x12)
            .grain(512, 0x13)
            .grain(515, 0x14);
    var expected =
        List.of(
            "0+%d DATA".formatted(grain),
            "%d+%d ZERO".formatted(grain, grain),
            "%d+%d DATA".formatted(511L * grain, 2 * grain),
            "%d+%d DATA".formatted(515L * grain, part));

    assertEquals(expected, extents(delta.build()));
    assertEquals(expected, extents(delta.shortLastGrain().build()));
    assertEquals(expected, extents(delta.redundant().shuffled(grain).build()));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 3", "8, 8", "9, 1", "15, 7"})
  void sesparse_is_read_to_the_end_of_the_disk_in_a_partial_table(long behind, long part)
      throws IOException {
    long last = 4096 + (behind - 1) / 8;
    var delta =
        seSparse(32768 + behind).compact().grain(0, 0x11).zero(1).unmapped(2, 9).grain(last, 0x12);
    var expected = List.of("0+8 DATA", "8+16 ZERO", "%d+%d DATA".formatted(last * 8, part));

    assertEquals(expected, extents(delta.build()));
    assertEquals(expected, extents(delta.trimmed().build()));
    assertEquals(expected, extents(delta.shuffled(behind).padding(5000).build()));
  }

  @Test
  void a_delta_without_grains_changes_nothing() throws IOException {
    assertEquals(List.of(), extents(cowd(16_777_216).build()));
    assertEquals(List.of(), extents(cowd(9426).table(1).build()));
    assertEquals(List.of(), extents(seSparse(16_777_216).build()));
    assertEquals(List.of(), extents(seSparse(100_000).table(2).compact().build()));
  }

  @Test
  void neighbours_on_disk_and_in_the_file_are_one_piece() throws IOException {
    var built = cowd(100).grain(3, 1).grain(4, 2).grain(5, 3).build();
    try (var extent = Cowd.open(built.disk("delta"), Chains.access(warnings))) {
      assertEquals(3, extent.at(0, 100).sectors());
      assertInstanceOf(Piece.Absent.class, extent.at(0, 100));
      assertEquals(data(3, built, 3), place(extent.at(3, 100)));
      assertEquals(data(2, built, 3), place(extent.at(3, 2)));
      assertEquals(data(2, built, 4), place(extent.at(4, 100)));
      assertEquals(94, extent.at(6, 200).sectors());
    }
  }

  @Test
  void neighbours_on_disk_that_are_apart_in_the_file_are_pieces_of_their_own() throws IOException {
    var built = cowd(100).grain(3, 1).grain(4, 2).grain(5, 3).build();
    var bytes = built.bytes();
    int table = Math.toIntExact(built.tables().getOrDefault(0L, 0L)) * SECTOR;
    var fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int first = fields.getInt(table + 12);
    fields.putInt(table + 12, fields.getInt(table + 20)).putInt(table + 20, first);
    try (var extent = Cowd.open(new MemoryDisk("delta", bytes), Chains.access(warnings))) {
      assertEquals(data(1, built, 5), place(extent.at(3, 100)));
      assertEquals(data(1, built, 4), place(extent.at(4, 100)));
      assertEquals(data(1, built, 3), place(extent.at(5, 100)));
    }
  }

  @Test
  void neighbours_of_several_sectors_are_one_piece_too() throws IOException {
    var built = cowd(100).grainSectors(8).grain(1, 1).grain(2, 2).grain(3, 3).build();
    try (var extent = Cowd.open(built.disk("delta"), Chains.access(warnings))) {
      assertEquals(data(24, built, 1), place(extent.at(8, 100)));
      assertEquals(data(16, built, 2), place(extent.at(16, 100)));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2047, 2048, 4095, 4096, 6144, 8191})
  void sesparse_grains_may_be_in_any_slot(long slot) throws IOException {
    var delta = seSparse(65536).compact().grain(3, 0x11).slot(3, slot);
    var path = delta.build().write(folder.resolve("delta"));
    try (var chain = SnapshotChain.ofFiles(List.of(path), Chains.access(warnings))) {
      assertEquals(List.of("24+8 DATA"), Chains.extents(chain));
      var content = ByteBuffer.allocate(8 * SECTOR);
      chain.disk().read(content, 24 * SECTOR);
      assertArrayEquals(ChainFolder.full(8, 0x11), content.array());
    }
  }

  @Test
  void a_piece_may_begin_inside_a_grain() throws IOException {
    var built = cowd(100).grainSectors(8).grain(2, 1).build();
    try (var extent = Cowd.open(built.disk("delta"), Chains.access(warnings))) {
      var piece = assertInstanceOf(Piece.Data.class, extent.at(19, 100));
      assertEquals(5, piece.sectors());
      assertEquals((built.grains().getOrDefault(2L, 0L) + 3) * SECTOR, piece.position());
    }
  }

  @Test
  void a_delta_says_what_it_holds() throws IOException {
    var built = cowd(9426).grainSectors(2).grain(0, 1).grain(9, 1).zero(7).build();
    try (var extent = Cowd.open(built.disk("delta"), Chains.access(warnings))) {
      assertEquals(
          new GrainMap.Facts("COWD", 2, 2, 1, true, extent.facts().tables()), extent.facts());
    }
    assertEquals(List.of(), warnings);
  }

  private static String data(long sectors, BuiltFile built, long grain) {
    return sectors + " at " + built.grains().getOrDefault(grain, 0L) * SECTOR;
  }

  private static String place(Piece piece) {
    var data = assertInstanceOf(Piece.Data.class, piece);
    return data.sectors() + " at " + data.position();
  }

  private List<String> extents(BuiltFile file) throws IOException {
    var path = file.write(folder.resolve("delta"));
    try (var chain = SnapshotChain.ofFiles(List.of(path), Chains.access(warnings))) {
      return Chains.extents(chain);
    }
  }
}
