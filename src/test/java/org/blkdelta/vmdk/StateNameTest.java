package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Generation.Likeness;
import org.blkdelta.extent.Lineage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What names the states of a chain get, and what can be told by them.
class StateNameTest {

  private static final String LONG_ID = "ddb.longContentID = \"0123456789abcdef0123456789abcdef\"";

  @TempDir private Path path;
  private ChainFolder folder = new ChainFolder(Path.of(""));

  @BeforeEach
  void aChainOfThree() throws IOException {
    folder = new ChainFolder(path);
    folder.base(8, 0xb0);
    folder.cowd(2, 8, cowd(8).grain(2, 0xc0));
    folder.cowd(3, 8, cowd(8).grain(3, 0xd0));
  }

  @Test
  void each_state_has_the_same_name_as_a_start_and_as_an_end() throws IOException {
    assertEquals(whole(1).result(), delta(2, 1).base());
    assertEquals(delta(2, 1).result(), delta(3, 2).base());
    assertEquals(delta(3, 2).result(), whole(3).result());
    assertEquals(delta(3, 2).result(), delta(3, 1).result());
    assertEquals(Likeness.SAME, likeness(whole(1).result(), delta(2, 1).base()));
  }

  @Test
  void a_shared_content_id_does_not_make_states_alike() throws IOException {
    rewriteAll("CID=0000000[0-9]", "CID=fffffffe");
    assertEquals(Likeness.DIFFERENT, likeness(whole(1).result(), delta(3, 2).base()));
    assertEquals(Likeness.SAME, likeness(whole(2).result(), delta(3, 2).base()));
  }

  @Test
  void a_default_content_id_proves_nothing_without_a_longer_id() throws IOException {
    rewriteAll("CID=0000000[0-9]", "CID=fffffffe");
    for (var id : List.of("", LONG_ID.replaceAll("[0-9a-f]{24}", "f".repeat(24)))) {
      rewriteAll("ddb.longContentID = .*", id);
      assertEquals(Likeness.UNSURE, likeness(whole(2).result(), delta(3, 2).base()));
      assertEquals(Likeness.DIFFERENT, likeness(whole(1).result(), delta(3, 2).base()));
      aChainOfThree();
      rewriteAll("CID=0000000[0-9]", "CID=fffffffe");
    }
    rewriteAll(
        "ddb.longContentID = .*", "ddb.uuid = \"60 00 C2 9f 01 02 03 04-05 06 07 08 09 0a 0b 0c\"");
    assertEquals(Likeness.SAME, likeness(whole(2).result(), delta(3, 2).base()));
  }

  @Test
  void a_link_that_was_written_to_under_its_content_id_is_another_state() throws IOException {
    var before = whole(2).result();
    folder.cowd(2, 8, cowd(8).grain(2, 0xc0).grain(5, 0xc1));
    assertEquals(Likeness.DIFFERENT, likeness(before, delta(3, 2).base()));
  }

  @Test
  void a_clone_of_the_base_may_be_the_same_state() throws IOException {
    var before = whole(1).result();
    rewriteAll("ddb.longContentID = .*", LONG_ID.replace("0123", "9999"));
    assertEquals(Likeness.UNSURE, likeness(before, delta(2, 1).base()));
  }

  @Test
  void a_link_that_holds_nothing_is_no_other_state() throws IOException {
    folder.cowd(2, 8, cowd(8));
    assertEquals(content(whole(1).result()), content(whole(2).result()));
  }

  @Test
  void without_the_links_below_a_name_proves_nothing() throws IOException {
    var before = delta(3, 2);
    Files.delete(folder.data(2));
    var after = delta(3, 2);
    assertEquals(Optional.of(Generation.of("vmdk:00000002")), after.base());
    assertEquals(Optional.of(Generation.of("vmdk:00000003")), after.result());
    assertEquals(Likeness.UNSURE, likeness(before.base(), after.base()));
  }

  @Test
  void the_file_of_a_flat_base_is_not_needed() throws IOException {
    var before = delta(2, 1);
    Files.delete(path.resolve("vm-flat.vmdk"));
    assertEquals(before, delta(2, 1));
  }

  @Test
  void where_grains_lie_is_part_of_the_name() throws IOException {
    folder.cowd(2, 8, cowd(8).grain(2, 0xc0).grain(5, 0xc0).shuffled(1));
    var one = whole(2).result();
    folder.cowd(2, 8, cowd(8).grain(2, 0xc0).grain(6, 0xc0).shuffled(1));
    assertNotEquals(one, whole(2).result());
  }

  private Lineage whole(int number) throws IOException {
    try (var chain = SnapshotChain.whole(folder.link(number), access())) {
      return chain.lineage();
    }
  }

  private Lineage delta(int number, int since) throws IOException {
    try (var chain =
        SnapshotChain.open(folder.link(number), Optional.of(folder.link(since)), access())) {
      return chain.lineage();
    }
  }

  private static Likeness likeness(Optional<Generation> one, Optional<Generation> other) {
    return one.orElseThrow().likeness(other.orElseThrow());
  }

  private static String content(Optional<Generation> state) {
    return state.orElseThrow().id().split(";")[1];
  }

  private static FileAccess access() {
    return Chains.access(new ArrayList<>());
  }

  private void rewriteAll(String pattern, String text) throws IOException {
    for (int number = 1; number <= 3; number++) {
      var before = Files.readString(folder.link(number));
      Files.writeString(folder.link(number), before.replaceAll(pattern, text));
    }
  }
}
