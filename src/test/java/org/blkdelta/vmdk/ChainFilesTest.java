package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.ChainFolder.refusal;
import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which files a chain is made of, and which are refused.
class ChainFilesTest {

  @TempDir Path temp;

  private final List<String> warnings = new ArrayList<>();
  private ChainFolder folder;

  @BeforeEach
  void aBaseAndThreeDeltas() throws IOException {
    folder = new ChainFolder(temp);
    folder.base(8, 0xb0);
    for (int number = 2; number <= 4; number++) {
      folder.cowd(number, 8, cowd(8).grain(number, number));
    }
  }

  @Test
  void parents_are_followed_down_to_the_base() throws IOException {
    assertEquals(List.of("2+3 DATA"), extents(Optional.empty()));
    assertEquals(List.of("2+3 DATA"), extents(Optional.of(1)));
    assertEquals(List.of(), warnings);
  }

  @Test
  void a_whole_disk_is_every_sector_of_it() throws IOException {
    var expected = ChainFolder.full(8, 0xb0);
    for (int number = 2; number <= 4; number++) {
      Arrays.fill(expected, number * 512, (number + 1) * 512, (byte) number);
    }
    try (var chain = SnapshotChain.whole(folder.link(4), access())) {
      assertEquals(List.of("0+8 DATA"), Chains.extents(chain));
      assertArrayEquals(expected, Chains.applied(ChainFolder.full(8, 0xff), chain));
    }
    folder.hosted(5, 16, HostedBuilder.hosted(16).grainSectors(8)); // a disk that was grown
    try (var chain = SnapshotChain.whole(folder.link(5), access())) {
      assertEquals(List.of("0+8 DATA", "8+8 ZERO"), Chains.extents(chain));
    }
    assertEquals(List.of(), warnings);
  }

  @Test
  void what_may_be_a_delta_is_no_whole_disk() {
    var message = refusal(() -> SnapshotChain.whole(folder.data(2), access()));
    assertTrue(message.contains("so it may be a delta"), message);
  }

  @Test
  void since_stops_above_what_the_destination_has() throws IOException {
    assertEquals(List.of("3+2 DATA"), extents(Optional.of(2)));
    assertEquals(List.of("4+1 DATA"), extents(Optional.of(3)));
    assertEquals(List.of(), warnings);
  }

  @Test
  void since_may_be_named_by_another_path_to_the_same_file() throws IOException {
    var other = Files.createSymbolicLink(temp.resolve("other"), folder.link(3));
    var chain = SnapshotChain.open(folder.link(4), Optional.of(other), access());
    try (chain) {
      assertEquals(List.of("4+1 DATA"), Chains.extents(chain));
    }
  }

  @Test
  void since_itself_and_strangers_are_refused() throws IOException {
    assertThrows(UsageException.class, () -> extents(Optional.of(4)));
    folder.cowd(9, 8, cowd(8));
    var message = refusal(() -> extents(Optional.of(9)));
    assertTrue(message.contains("is not among the parents of"), message);
  }

  @Test
  void the_base_need_not_be_there_below_since() throws IOException {
    Files.delete(temp.resolve("vm-flat.vmdk"));
    Files.delete(folder.link(1));
    assertEquals(List.of("3+2 DATA"), extents(Optional.of(2)));
  }

  @Test
  void of_the_base_only_the_descriptor_is_needed() throws IOException {
    Files.delete(temp.resolve("vm-flat.vmdk"));
    assertEquals(List.of("2+3 DATA"), extents(Optional.empty()));
  }

  @Test
  void named_files_are_taken_as_they_are() throws IOException {
    assertEquals(List.of("2+2 DATA"), named(folder.link(2), folder.link(3)));
    assertEquals(List.of("3+2 DATA"), named(folder.link(3), folder.link(4)));
    assertEquals(List.of("3+1 DATA"), named(folder.link(3)));
    assertEquals(List.of(), warnings);
  }

  @Test
  void named_files_in_another_order_are_refused() {
    var message = refusal(() -> named(folder.link(3), folder.link(2)));
    assertTrue(message.contains("was made on a state with CID 00000001"), message);
    message = refusal(() -> named(folder.link(2), folder.link(4)));
    assertTrue(message.contains("was made on a state with CID 00000003"), message);
    message = refusal(() -> named(folder.link(2), folder.link(1)));
    assertTrue(message.contains("is a base"), message);
    message = refusal(() -> named(folder.link(2), folder.link(2)));
    assertTrue(message.contains("comes back to"), message);
  }

  @Test
  void without_descriptors_files_are_believed_with_warnings() throws IOException {
    assertEquals(List.of("2+2 DATA"), named(folder.data(2), folder.data(3)));
    assertEquals(2, warnings.size(), warnings.toString());
    assertTrue(warnings.getFirst().contains("without both descriptors"), warnings.toString());
    assertTrue(warnings.getLast().contains("has no descriptor"), warnings.toString());
  }

  @Test
  void a_bare_delta_is_sent_alone_with_a_warning() throws IOException {
    try (var chain = SnapshotChain.open(folder.data(3), Optional.empty(), access())) {
      assertEquals(List.of("3+1 DATA"), Chains.extents(chain));
      assertEquals(Optional.empty(), chain.lineage().base());
    }
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(warnings.getFirst().contains("has no descriptor"), warnings.toString());
  }

  @Test
  void a_parent_that_was_written_since_is_refused_unless_accepted() throws IOException {
    rewrite(folder.link(2), "CID=00000002", "CID=0000002a");
    var message = refusal(() -> extents(Optional.empty()));
    assertEquals(
        folder.link(3)
            + ": was made on a state with CID 00000002, and "
            + folder.link(2)
            + " has 0000002a: it was written to since, or is another disk; refused unless you know"
            + " better: --accept=cid",
        message);

    var accepting = Chains.access(false, EnumSet.of(Doubt.CID), warnings);
    try (var chain = SnapshotChain.open(folder.link(4), Optional.empty(), accepting)) {
      assertEquals(List.of("2+3 DATA"), Chains.extents(chain));
    }
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(warnings.getFirst().endsWith("accepted by --accept=cid"), warnings.toString());
  }

  @Test
  void the_cid_of_a_base_that_is_not_sent_counts_too() throws IOException {
    rewrite(folder.link(1), "CID=00000001", "CID=00000077");
    var message = refusal(() -> extents(Optional.empty()));
    assertTrue(message.contains("made on a state with CID 00000001"), message);
    message = refusal(() -> named(folder.link(2)));
    assertTrue(message.contains("made on a state with CID 00000001"), message);
  }

  @Test
  void content_ids_compare_as_numbers() throws IOException {
    rewrite(folder.link(2), "CID=00000002", "CID=ABCDEF");
    rewrite(folder.link(3), "parentCID=00000002", "parentCID=00abcdef");
    assertEquals(List.of("2+3 DATA"), extents(Optional.empty()));
  }

  @Test
  void links_with_the_same_content_id_are_no_loop() throws IOException {
    for (int number = 1; number <= 4; number++) {
      var text =
          Files.readString(folder.link(number)).replaceAll("CID=0000000[0-9]", "CID=fffffffe");
      Files.writeString(folder.link(number), text);
    }
    assertEquals(List.of("2+3 DATA"), extents(Optional.empty()));
  }

  @Test
  void a_parent_that_is_missing_is_refused_in_a_chain_and_told_of_otherwise() throws IOException {
    Files.delete(folder.link(2));
    var message = refusal(() -> extents(Optional.empty()));
    assertTrue(message.contains("its parent \"vm-000002.vmdk\" is not beside it"), message);
    assertEquals(List.of("3+2 DATA"), named(folder.link(3), folder.link(4)));
    assertTrue(warnings.getFirst().contains("its parent is not beside it"), warnings.toString());
  }

  @Test
  void a_delta_without_a_hint_has_no_parent_to_be_found() throws IOException {
    rewrite(folder.link(3), "parentFileNameHint=\"vm-000002.vmdk\"", "");
    var message = refusal(() -> extents(Optional.empty()));
    assertTrue(message.contains("has a parent, and does not name it"), message);
  }

  @Test
  void loops_of_any_length_are_refused() throws IOException {
    for (int parent = 2; parent <= 4; parent++) {
      folder.base(8, 0xb0);
      folder.cowd(3, 8, cowd(8));
      descriptor("vmfsSparse")
          .cid(2)
          .parent(parent, folder.link(parent).getFileName().toString())
          .extent(8, "VMFSSPARSE", "vm-000002-delta.vmdk")
          .write(folder.link(2));
      var message = refusal(() -> extents(Optional.empty()));
      assertTrue(message.contains("the chain comes back to " + folder.link(parent)), message);
    }
  }

  @Test
  void a_chain_of_255_deltas_is_read_and_no_longer_one() throws IOException {
    for (int number = 5; number <= 257; number++) {
      folder.text(number, descriptor("vmfsSparse").extent(8, "VMFSSPARSE", "vm-000002-delta.vmdk"));
    }
    assertEquals(
        255, ChainFiles.follow(folder.link(256), Optional.empty(), access()).newestFirst().size());
    var message = refusal(() -> ChainFiles.follow(folder.link(257), Optional.empty(), access()));
    assertTrue(message.contains("a chain of more than 255 links"), message);
  }

  @Test
  void a_base_is_whole() throws IOException {
    assertEquals(List.of("0+8 DATA"), named(folder.link(1)));
    assertEquals(List.of(), warnings);
  }

  @Test
  void a_chain_knows_its_states_and_files() throws IOException {
    try (var chain = SnapshotChain.open(folder.link(4), Optional.of(folder.link(2)), access())) {
      assertTrue(chain.lineage().base().orElseThrow().id().startsWith("vmdk:00000002;"));
      assertTrue(chain.lineage().result().orElseThrow().id().startsWith("vmdk:00000004;"));
      assertEquals(
          List.of(folder.link(4), folder.data(4), folder.link(3), folder.data(3)),
          chain.standsOn());
      assertEquals(
          List.of("vmfsSparse", "vmfsSparse", "vmfsSparse"),
          chain.links().stream().map(LinkFacts::format).toList());
    }
  }

  private List<String> extents(Optional<Integer> since) throws IOException {
    try (var chain = SnapshotChain.open(folder.link(4), since.map(folder::link), access())) {
      return Chains.extents(chain);
    }
  }

  private List<String> named(Path... files) throws IOException {
    try (var chain = SnapshotChain.ofFiles(List.of(files), access())) {
      return Chains.extents(chain);
    }
  }

  private FileAccess access() {
    return Chains.access(warnings);
  }

  private static void rewrite(Path file, String from, String to) throws IOException {
    var text = Files.readString(file);
    assertTrue(text.contains("\n" + from), text);
    Files.writeString(file, text.replace("\n" + from, "\n" + to));
  }
}
