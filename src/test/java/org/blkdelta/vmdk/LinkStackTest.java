package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.HostedBuilder.hosted;
import static org.blkdelta.vmdk.SeSparseBuilder.seSparse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Links on one another.
class LinkStackTest {

  @TempDir Path temp;

  private ChainFolder folder;

  @BeforeEach
  void aFolder() {
    folder = new ChainFolder(temp);
  }

  @Test
  void the_newest_link_wins_and_zeros_hide_what_is_below() throws IOException {
    folder.base(6, 0xb0);
    folder.cowd(2, 6, cowd(6).grain(0, 0x21).grain(1, 0x22).grain(2, 0x23).grain(4, 0x24));
    folder.cowd(3, 6, cowd(6).grain(1, 0x31).zero(2).zero(5));
    var top = folder.cowd(4, 6, cowd(6).grain(5, 0x41));

    assertEquals(List.of("0+2 DATA", "2+1 ZERO", "4+2 DATA"), Chains.extents(top));
    assertEquals("21 31 00 b0 24 41", disk(top));
  }

  @Test
  void grain_sizes_and_formats_may_differ_between_links() throws IOException {
    folder.base(20, 0xb0);
    folder.hosted(2, 20, hosted(20).grainSectors(8).grain(0, 0x21).grain(2, 0x22));
    folder.cowd(3, 20, cowd(20).grainSectors(2).grain(1, 0x31).zero(8));
    var top = folder.seSparse(4, 20, seSparse(20).compact().zero(1).shuffled(1));
    folder.cowd(5, 20, cowd(20).grain(9, 0x51).grain(17, 0x52));

    assertEquals("21 21 31 31 21 21 21 21 00 00 00 00 00 00 00 00 00 00 22 22", disk(top));
    assertEquals(
        List.of("0+8 DATA", "8+1 ZERO", "9+1 DATA", "10+7 ZERO", "17+3 DATA"),
        Chains.extents(folder.link(5)));
    assertEquals(
        "21 21 31 31 21 21 21 21 00 51 00 00 00 00 00 00 00 52 22 22", disk(folder.link(5)));
  }

  @Test
  void extents_may_have_any_size() throws IOException {
    folder.base(16, 0xb0);
    hosted(5).grainSectors(2).grain(0, 0x21).grain(2, 0x22).build().write(temp.resolve("s1"));
    hosted(3).grainSectors(8).grain(0, 0x23).build().write(temp.resolve("s2"));
    hosted(7).grainSectors(1).zero(0).grain(6, 0x24).build().write(temp.resolve("s3"));
    hosted(1).grainSectors(128).grain(0, 0x25).build().write(temp.resolve("s4"));
    var top =
        folder.text(
            2,
            descriptor("twoGbMaxExtentSparse")
                .extent(5, "SPARSE", "s1")
                .extent(3, "SPARSE", "s2")
                .extent(7, "SPARSE", "s3")
                .extent(1, "SPARSE", "s4"));

    assertEquals(List.of("0+2 DATA", "4+4 DATA", "8+1 ZERO", "14+2 DATA"), Chains.extents(top));
    assertEquals("21 21 b0 b0 22 23 23 23 00 b0 b0 b0 b0 b0 24 25", disk(top));
  }

  @Test
  void where_the_parent_ends_there_are_zeros() throws IOException {
    folder.base(4, 0xb0);
    folder.cowd(2, 6, cowd(6).grain(1, 0x21));
    var top = folder.cowd(3, 9, cowd(9).grain(5, 0x31).grain(7, 0x32));

    assertEquals(
        List.of("1+1 DATA", "4+1 ZERO", "5+1 DATA", "6+1 ZERO", "7+1 DATA", "8+1 ZERO"),
        Chains.extents(top));
    assertEquals("b0 21 b0 b0 00 31 00 32 00", disk(top));
    try (var round =
        SnapshotChain.open(top, Optional.of(folder.link(2)), Chains.access(new ArrayList<>()))) {
      assertEquals(List.of("5+1 DATA", "6+1 ZERO", "7+1 DATA", "8+1 ZERO"), Chains.extents(round));
    }
  }

  @Test
  void a_disk_that_shrank_is_refused() throws IOException {
    folder.base(9, 0xb0);
    folder.cowd(2, 9, cowd(9));
    folder.cowd(3, 8, cowd(8));
    var message = ChainFolder.refusal(() -> Chains.open(folder.link(3)));
    assertTrue(message.contains("has 8 sectors, fewer than the 9 of "), message);
    var bare = List.of(folder.data(2), folder.data(3));
    message =
        ChainFolder.refusal(() -> SnapshotChain.ofFiles(bare, Chains.access(new ArrayList<>())));
    assertTrue(message.contains("has 8 sectors, fewer than the 9 of "), message);
  }

  @Test
  void a_base_that_is_sent_is_the_whole_disk() throws IOException {
    folder.base(6, 0xb0);
    folder.cowd(2, 6, cowd(6).grain(1, 0x21).zero(2));
    try (var chain =
        SnapshotChain.ofFiles(
            List.of(folder.link(1), folder.link(2)), Chains.access(new ArrayList<>()))) {
      assertEquals(List.of("0+2 DATA", "2+1 ZERO", "3+3 DATA"), Chains.extents(chain));
      assertEquals("b0 21 00 b0 b0 b0", firsts(Chains.applied(new byte[0], chain)));
    }
  }

  @Test
  void what_no_link_of_a_whole_disk_has_is_zeros() throws IOException {
    hosted(1000).grain(2, 0x11).build().write(temp.resolve("s1"));
    var base =
        descriptor("twoGbMaxExtentSparse").extent(1000, "SPARSE", "s1").write(temp.resolve("vm"));
    assertEquals(List.of("0+256 ZERO", "256+128 DATA", "384+616 ZERO"), Chains.extents(base));
  }

  @Test
  void zeros_and_parts_of_flat_files_are_extents_too() throws IOException {
    Files.write(temp.resolve("flat"), ChainFolder.full(2, 0xee));
    Files.write(temp.resolve("other"), sectors(0xee, 0xee, 0x11, 0x12, 0xee));
    cowd(3).grain(1, 0x21).build().write(temp.resolve("cowd"));
    var text =
        descriptor("custom")
            .line("RW 2 ZERO")
            .flat(2, "other", 2)
            .extent(3, "VMFSSPARSE", "cowd")
            .line("RDONLY 1 FLAT \"flat\" 1");
    var base = text.write(temp.resolve("vm.vmdk"));
    assertEquals(
        List.of("0+2 ZERO", "2+2 DATA", "4+1 ZERO", "5+1 DATA", "6+1 ZERO", "7+1 DATA"),
        Chains.extents(base));
    assertEquals("00 00 11 12 00 21 00 ee", disk(base));

    new ChainFolder(temp).base(8, 0xb0);
    var delta = new ChainFolder(temp).text(2, text);
    assertEquals("00 00 11 12 b0 21 b0 ee", disk(delta));
  }

  @Test
  void a_flat_file_that_is_longer_than_its_extent_is_told_of() throws IOException {
    var data = Files.write(temp.resolve("vm-flat.vmdk"), ChainFolder.full(4, 0xee));
    var vm = descriptor("vmfs").extent(3, "VMFS", "vm-flat.vmdk").write(temp.resolve("vm.vmdk"));
    var warnings = new ArrayList<String>();
    SnapshotChain.whole(vm, Chains.access(warnings)).close();
    assertEquals(
        List.of(
            "%s: line 9: takes 1536 bytes of the 2 KiB of %s, and leaves the rest out; if the disk is larger, correct the number of sectors"
                .formatted(vm, data)),
        warnings);
  }

  @Test
  void the_words_for_plain_bytes_stand_for_each_other() throws IOException {
    Files.write(temp.resolve("vm-flat.vmdk"), ChainFolder.full(2, 0xee));
    var vm = temp.resolve("vm.vmdk");
    for (var kind : List.of("vmfs", "vmfsThin", "monolithicFlat", "twoGbMaxExtentFlat")) {
      descriptor(kind).flat(2, "vm-flat.vmdk", 0).write(vm);
      assertEquals("ee ee", disk(vm));
      descriptor(kind).extent(2, "VMFS", "vm-flat.vmdk").write(vm);
      assertEquals("ee ee", disk(vm));
    }
  }

  /// The file system has holes in units of its own, so the extent begins and ends beside them.
  @Test
  void holes_of_a_flat_file_are_zeros() throws IOException {
    long mib = 1 << 20;
    try (var file = new RandomAccessFile(temp.resolve("vm-flat.vmdk").toFile(), "rw")) {
      file.setLength(3 * mib);
      file.seek(mib - 512);
      file.write(ChainFolder.full(2048, 0xee));
    }
    var vm = temp.resolve("vm.vmdk");
    descriptor("monolithicFlat").flat(6143, "vm-flat.vmdk", 1).write(vm);
    var extents = Chains.extents(vm);
    assertEquals(3, extents.size(), extents.toString());
    assertTrue(extents.getFirst().matches("0\\+20(39|46) ZERO"), extents.toString());
    assertTrue(extents.get(1).matches("20(39|46)\\+20(48|49|56) DATA"), extents.toString());
    assertTrue(extents.getLast().endsWith(" ZERO"), extents.toString());
    assertEquals(6143 * 512, Chains.applied(new byte[6143 * 512], vm).length);
    var disk = disk(vm);
    assertEquals(2046 * 3, disk.indexOf("ee"), "the first byte that is not zero");
  }

  /// Returns the first byte of each sector of the disk that a chain makes of its base.
  private static String disk(Path top) throws IOException {
    return firsts(Chains.applied(ChainFolder.full(64, 0xb0), top));
  }

  private static String firsts(byte[] disk) {
    var bytes = new byte[disk.length / 512];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = disk[i * 512];
    }
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  private static byte[] sectors(int... values) {
    var bytes = new byte[values.length * 512];
    for (int i = 0; i < values.length; i++) {
      System.arraycopy(ChainFolder.full(1, values[i]), 0, bytes, i * 512, 512);
    }
    return bytes;
  }
}
