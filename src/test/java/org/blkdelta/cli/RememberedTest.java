package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.lvm.StoreBuilder;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a host remembers of a destination, and what it refuses therefore.
class RememberedTest {

  static final int PAGE = 4096;
  static final int SIZE = 16 * PAGE;
  private static final String NONE = "";

  @TempDir Path folder;

  private Path copy;
  private Path state;

  @BeforeEach
  void aDestination() throws IOException {
    copy = Files.write(folder.resolve("copy.img"), new byte[SIZE]);
    state = folder.resolve("state");
  }

  @Test
  void deltas_that_follow_each_other_are_written() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    apply(stream("thin:p/2@2", NONE, 3)).ok();
    assertEquals(3, Files.readAllBytes(copy)[PAGE]);
    assertEquals(1, files());
  }

  @Test
  void the_same_delta_can_be_written_again() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    apply(stream("thin:p/2@2", "thin:p/3@3", 3)).ok();
  }

  @Test
  void a_classic_snapshot_can_be_synced_again_while_its_origin_moves_on() throws IOException {
    apply(stream("lvm:web@1", NONE, 1)).ok();
    apply(stream("lvm:web@1", NONE, 2)).ok();
    apply(stream("lvm:web@1", "lvm:web@2", 3)).ok();
    apply(stream("lvm:web@1", NONE, 4)).ok();
    assertRefused("from lvm:web@1 to an unknown one", stream("lvm:web@2", NONE, 5));
  }

  @Test
  void a_refusal_names_states_as_people_know_them() throws IOException {
    apply(stream("any", "lvm:o@2|vg0/web as of 2026-03-02 14:05 (snapshot web-2)", 1)).ok();
    var refused = stream("lvm:o@3|vg0/web as of 2026-03-03 09:00 (snapshot web-3)", NONE, 2);
    assertRefused("holds vg0/web as of 2026-03-02 14:05 (snapshot web-2)", refused);
    assertRefused("from vg0/web as of 2026-03-03 09:00 (snapshot web-3)", refused);
  }

  @Test
  void only_the_id_decides_whether_a_state_is_the_same() throws IOException {
    apply(stream("any", "thin:p/1@1|vg0/old", 1)).ok();
    apply(stream("thin:p/1@1|vg0/renamed", "thin:p/2@2", 2)).ok();
  }

  @Test
  void an_older_generation_is_no_base() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    apply(stream("thin:p/2@2", "thin:p/3@3", 3)).ok();
    assertRefused("holds thin:p/3@3", stream("thin:p/1@1", "thin:p/4@4", 4));
  }

  @Test
  void a_delta_that_is_lost_is_missed() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    assertRefused("holds thin:p/2@2", stream("thin:p/3@3", "thin:p/4@4", 4));
  }

  @Test
  void a_delta_of_another_volume_is_refused() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    assertRefused("holds thin:p/2@2", stream("vmdk:00000001", "vmdk:00000002", 4));
  }

  @Test
  void a_state_without_a_name_is_no_base_of_anything_else() throws IOException {
    apply(stream("thin:p/1@1", NONE, 1)).ok();
    assertRefused("from thin:p/1@1 to an unknown one", stream("thin:p/2@2", NONE, 2));
    // what was mapped meanwhile, and is gone again, is in no list
    assertRefused("from thin:p/1@1 to an unknown one", stream("thin:p/1@1", NONE, 2));
  }

  @Test
  void a_thin_delta_to_a_live_volume_that_was_cut_needs_a_full_comparison() throws IOException {
    assertEquals(7, apply(cut(stream("thin:p/1@1", NONE, 1))).status());
    assertRefused("sync --base=full", stream("thin:p/1@1", NONE, 2));
    apply(stream("thin:p/1@1", NONE, 2), "--base=assume").ok();
  }

  @Test
  void only_the_same_delta_continues_an_interrupted_one() throws IOException {
    var stream = stream("thin:p/1@1", "thin:p/2@2", 2);
    assertEquals(7, apply(cut(stream)).status());
    var towards = "is incomplete, on the way from thin:p/1@1 to thin:p/2@2";
    assertRefused(towards, stream("thin:p/2@2", "thin:p/3@3", 3));
    assertRefused(towards, stream("thin:p/1@1", "thin:p/3@3", 3));
    assertRefused(towards, stream(NONE, NONE, 3));
    apply(stream).ok();
    apply(stream("thin:p/2@2", "thin:p/3@3", 3)).ok();
  }

  @Test
  void a_whole_volume_mends_everything() throws IOException {
    assertEquals(7, apply(cut(stream("thin:p/1@1", "thin:p/2@2", 2))).status());
    apply(stream("any", "thin:p/5@5", 5)).ok();
    apply(stream("thin:p/5@5", "thin:p/6@6", 6)).ok();
  }

  @Test
  void a_copy_of_something_unnamed_may_be_the_base_of_anything() throws IOException {
    apply(stream("any", NONE, 1)).ok();
    apply(stream("lvm:web@1", NONE, 2)).ok();
  }

  @Test
  void a_copy_that_was_cut_is_no_base_and_is_copied_again() throws IOException {
    assertEquals(7, apply(cut(stream("any", NONE, 1))).status());
    assertRefused("holds an incomplete copy", stream("lvm:web@1", NONE, 2));
    apply(stream("any", NONE, 1)).ok();
    apply(stream("lvm:web@1", NONE, 2)).ok();
  }

  @Test
  void a_file_that_was_made_for_changes_holds_no_generation() throws IOException {
    Files.delete(copy);
    apply(stream("thin:p/1@1", "thin:p/2@2", 2), "--create").ok();
    assertRefused("holds only the changes to thin:p/2@2", stream("thin:p/2@2", NONE, 3));
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
  }

  @Test
  void an_undo_and_its_undo_lead_back_and_forth() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var undo = folder.resolve("undo");
    var redo = folder.resolve("redo");
    apply(stream("thin:p/2@2", "thin:p/3@3", 3), "--undo", undo).ok();
    apply(Files.readAllBytes(undo), "--undo", redo).ok();
    assertRefused("holds thin:p/2@2", stream("thin:p/3@3", NONE, 4));
    apply(Files.readAllBytes(undo)).ok(); // once more changes nothing
    assertEquals(2, Files.readAllBytes(copy)[PAGE]);
    apply(stream("thin:p/2@2", "thin:p/3@3", 3)).ok();
    assertRefused("holds thin:p/3@3", Files.readAllBytes(undo)); // of another run
  }

  @Test
  void the_undo_of_an_undo_leads_to_where_that_began() throws IOException {
    var undo = folder.resolve("undo");
    var redo = folder.resolve("redo");
    apply(stream("thin:p/2@2", "thin:p/3@3", 3), "--undo", undo).ok();
    apply(Files.readAllBytes(undo), "--undo", redo).ok();
    apply(Files.readAllBytes(redo)).ok();
    assertEquals(3, Files.readAllBytes(copy)[PAGE]);
    apply(stream("thin:p/3@3", "thin:p/4@4", 4)).ok();
  }

  @Test
  void an_interrupted_run_is_undone_to_what_was_there() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var undo = folder.resolve("undo");
    var stream = cut(stream("thin:p/2@2", "thin:p/3@3", 3));
    assertEquals(7, apply(stream, "--undo", undo).status());
    assertRefused("on the way", stream("thin:p/2@2", "thin:p/4@4", 4));
    apply(Files.readAllBytes(undo), "--undo-of-interrupted").ok();
    apply(stream("thin:p/2@2", "thin:p/4@4", 4)).ok();
  }

  @Test
  void somebody_who_knows_better_can_say_so() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var run = apply(stream("thin:p/8@8", "thin:p/9@9", 9), "--base=assume").ok();
    assertTrue(run.stderr().contains("written all the same"), run.stderr());
    apply(stream("thin:p/9@9", NONE, 10)).ok();
    assertEquals(2, apply(stream(NONE, NONE, 11), "--base=full").status());
  }

  @Test
  void a_dry_run_checks_the_base_and_remembers_nothing() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    apply(stream("thin:p/2@2", "thin:p/3@3", 3), "-n").ok();
    assertEquals(5, apply(stream("thin:p/3@3", NONE, 4), "-n").status());
    apply(stream("thin:p/2@2", "thin:p/3@3", 3)).ok();
  }

  @Test
  void another_file_at_the_same_path_is_another_destination() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var fresh = Files.write(folder.resolve("fresh"), new byte[SIZE]);
    Files.move(fresh, copy, StandardCopyOption.REPLACE_EXISTING);
    apply(stream("thin:p/7@7", NONE, 3)).ok();
    assertEquals(2, files());
  }

  @Test
  void a_file_that_was_moved_is_the_same_destination() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    copy = Files.move(copy, folder.resolve("moved.img"));
    assertRefused("holds thin:p/2@2", stream("thin:p/7@7", NONE, 3));
  }

  @Test
  void what_is_remembered_and_not_believed_is_told_and_counts_as_unknown() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var file = file();
    var text = Files.readString(file);
    var other = text.replace("thin:p/2@2", "thin:p/3@3");
    for (var strange :
        List.of(
            "",
            "{}",
            "null",
            "[]",
            text.substring(0, text.length() / 2),
            text.replace("\"version\": 2", "\"version\": 0"),
            text.replace("\"version\": 2", "\"version\": \"two\""),
            text.replace("inode", "another"),
            text.replace("\"result\": \"thin:p/2@2\",", ""),
            text.replace("\"base\": \"thin:p/1@1\",", ""),
            other,
            text.replace("\"durableUpTo\": 0", "\"durableUpTo\": -1"))) {
      Files.writeString(file, strange);
      var run = apply(stream("thin:p/7@7", "thin:p/8@8", 3), "--dry-run").ok();
      assertTrue(run.stderr().contains("is not believed, because it is "), run.stderr());
      assertTrue(run.stderr().contains("it counts as unknown"), run.stderr());
    }
    Files.writeString(file, text);
    apply(stream("thin:p/2@2", NONE, 3)).ok();
  }

  @Test
  void what_a_newer_version_remembers_is_refused() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var file = file();
    var text = Files.readString(file);
    Files.writeString(file, text.replace("\"version\": 2", "\"version\": 3"));
    assertRefused("was written by a newer blkdelta", stream("thin:p/2@2", NONE, 3));
  }

  @Test
  void runs_that_save_no_undo_leave_no_way_back_and_a_file_that_stays_small() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    long size = Files.size(file());
    for (int run = 1; run < 9; run++) {
      apply(
              stream(
                  "thin:p/%d@%d".formatted(run, run),
                  "thin:p/%d@%d".formatted(run + 1, run + 1),
                  run))
          .ok();
    }
    assertTrue(Files.size(file()) < size + 20, Files.readString(file()));
  }

  @Test
  void undos_of_undos_stay_small_and_lead_back_all_the_same() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    apply(stream("thin:p/2@2", "thin:p/3@3", 3), "--undo", folder.resolve("0")).ok();
    for (int run = 0; run < 24; run++) {
      var undo = Files.readAllBytes(folder.resolve("" + run));
      apply(undo, "--undo", folder.resolve("" + (run + 1))).ok();
      assertEquals(run % 2 == 0 ? 2 : 3, Files.readAllBytes(copy)[PAGE]);
    }
    assertTrue(Files.size(file()) < 16 << 10, "bytes: " + Files.size(file()));
    apply(Files.readAllBytes(folder.resolve("24"))).ok();
    apply(stream("thin:p/2@2", "thin:p/4@4", 4)).ok();
  }

  /// What a roll back by lvconvert --merge does to a destination: its memory is newer than it.
  @Test
  void a_destination_that_was_rolled_back_is_refused_though_nothing_else_differs()
      throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    var before = Files.readAllBytes(copy);
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    Files.write(copy, before);
    var next = stream("thin:p/2@2", "thin:p/3@3", 3);
    assertRefused("at byte 4096: is not what blkdelta wrote there", next);
    assertRefused("--base=full", next);
    assertEquals(5, apply(next, "--dry-run").status());
    apply(next, "--base=assume").ok();
    apply(stream("thin:p/3@3", "thin:p/4@4", 4)).ok();
  }

  @Test
  void one_page_that_something_else_wrote_where_the_last_run_did_is_enough() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    write(2 * PAGE + 17);
    assertRefused("at byte 8192: is not what", stream("thin:p/1@1", "thin:p/2@2", 2));
  }

  @Test
  void what_an_undo_led_back_to_is_looked_at_too() throws IOException {
    var undo = folder.resolve("undo");
    apply(stream("any", "thin:p/1@1", 1)).ok();
    apply(stream("thin:p/1@1", "thin:p/2@2", 2), "--undo", undo).ok();
    write(PAGE);
    assertRefused("is not what blkdelta wrote there", Files.readAllBytes(undo));
  }

  @Test
  void a_whole_copy_and_a_full_comparison_do_not_mind() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    write(PAGE);
    apply(stream("any", "thin:p/2@2", 2)).ok();
    var web = Scratch.with543(folder);
    sync(web, "-v").ok();
    web.copyAnew();
    sync(web, "--base=full").ok();
  }

  /// A machine that was moved and taken back may write the same at both sides.
  @Test
  void what_something_else_wrote_and_a_comparison_left_is_believed() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    write(2 * PAGE + 17);
    apply(empty("any", "thin:p/2@2")).ok();
    apply(stream("thin:p/2@2", "thin:p/3@3", 3)).ok();
    write(2 * PAGE + 17);
    apply(empty("thin:p/3@3", "thin:p/4@4"), "--base=assume").ok();
    apply(stream("thin:p/4@4", "thin:p/5@5", 5)).ok();
  }

  @Test
  void what_a_comparison_found_right_is_kept_in_mind() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    apply(empty("any", "thin:p/2@2")).ok();
    write(PAGE);
    assertRefused("is not what blkdelta wrote there", stream("thin:p/2@2", "thin:p/3@3", 3));
  }

  @Test
  void a_run_without_changes_keeps_what_an_earlier_one_wrote_in_mind() throws IOException {
    apply(stream("any", "thin:p/1@1", 1)).ok();
    apply(empty("thin:p/1@1", "thin:p/2@2")).ok();
    write(PAGE);
    assertRefused("is not what blkdelta wrote there", stream("thin:p/2@2", "thin:p/3@3", 3));
  }

  @Test
  void the_file_stays_below_64_kib_whatever_was_written() throws IOException {
    copy = Files.write(folder.resolve("large.img"), new byte[12 << 20]);
    var web = new Random(3);
    var large = new byte[12 << 20];
    web.nextBytes(large);
    var source = Files.write(folder.resolve("large"), large);
    new Cli().remembering(state).with("copy", source, copy).ok();
    assertTrue(Files.size(file()) < 64 << 10, "bytes: " + Files.size(file()));
  }

  @Test
  void a_host_that_cannot_remember_says_so() throws IOException {
    Files.write(state, new byte[0]); // no folder
    var run = apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    assertTrue(run.stderr().contains("save this destination's state"), run.stderr());
  }

  @Test
  void lvmsync_checks_nothing_and_nothing_is_remembered_wrongly() throws IOException {
    apply(stream("thin:p/1@1", "thin:p/2@2", 2)).ok();
    var old = "lvmsync PROTO[3]\n\0\0\0\0\0\0\0\0\0\0\0\1x".getBytes(StandardCharsets.ISO_8859_1);
    new Cli().remembering(state).reading(old).with("lvmsync", "--apply", "-", copy).ok();
    assertEquals('x', Files.readAllBytes(copy)[0]);
    apply(stream("thin:p/7@7", NONE, 3)).ok(); // it holds thin:p/2@2 no longer
  }

  @Test
  void a_sample_tells_a_wrong_copy_where_nothing_is_remembered() throws IOException {
    var web = Scratch.with543(folder);
    for (int page : new int[] {0, 2, 6, 15}) {
      web.copyAnew();
      var wrong = Files.readAllBytes(web.copy);
      wrong[page * PAGE + 100] ^= 1;
      Files.write(web.copy, wrong);
      for (var base : List.of("--base=sample", "--base=full", "-v")) {
        var run = sync(web, base);
        assertEquals(5, run.status(), run.stderr());
        assertTrue(run.stderr().contains("at byte " + page * PAGE), run.stderr());
        assertArrayEquals(wrong, Files.readAllBytes(web.copy));
      }
    }
    sync(web, "--base=assume").ok();
  }

  @Test
  void what_changed_is_not_compared() throws IOException {
    var web = Scratch.with543(folder);
    var other = Files.readAllBytes(web.copy);
    Arrays.fill(other, 3 * PAGE, 6 * PAGE, (byte) 77);
    Files.write(web.copy, other);
    sync(web, "--base=full").ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_larger_volume_is_sampled() throws IOException {
    var random = new Random(5);
    var old = new byte[12 << 20];
    random.nextBytes(old);
    var content = old.clone();
    Arrays.fill(content, 5 << 20, (5 << 20) + PAGE, (byte) 1);
    var web = Scratch.of(folder, content, old, StoreBuilder.exceptionStore().copied(1280));
    sync(web, "--base=sample").ok();
    assertTrue(web.copyIsCurrent());
    Files.write(web.copy, new byte[12 << 20]);
    assertEquals(5, sync(web, "--base=sample").status());
  }

  @Test
  void a_dumped_stream_brings_its_sample() throws IOException {
    var web = Scratch.with543(folder);
    var words = new ArrayList<Object>(List.of("dump"));
    words.addAll(List.of(web.source()));
    var stream = Cli.run(words.toArray()).ok().bytes();
    copy = web.copy;
    var wrong = Files.readAllBytes(copy);
    wrong[7 * PAGE] ^= 1;
    Files.write(copy, wrong);
    assertRefused("doesn't match the state", stream);
    apply(stream, "--base=assume").ok();
    web.copyAnew();
    apply(stream).ok();
    assertTrue(web.copyIsCurrent());
  }

  private void write(int at) throws IOException {
    var bytes = Files.readAllBytes(copy);
    bytes[at] ^= 1;
    Files.write(copy, bytes);
  }

  private static byte[] empty(String base, String result) throws IOException {
    var lineage = new Lineage(Optional.of(generation(base)), Optional.of(generation(result)));
    var out = new ByteArrayOutputStream();
    var writer = new FrameWriter(out);
    writer.accept(new Frame.Header(new StreamHeader(SIZE, lineage, Optional.empty())));
    writer.accept(new Frame.End(new Tally().sum()));
    return out.toByteArray();
  }

  private Cli.Run sync(Scratch web, Object option) {
    var words = new ArrayList<Object>(List.of("sync", option));
    words.addAll(List.of(web.source(web.copy)));
    return new Cli().remembering(state).with(words.toArray());
  }

  private Cli.Run apply(byte[] stream, Object... options) {
    var words = new ArrayList<Object>(List.of("apply"));
    words.addAll(List.of(options));
    words.addAll(List.of("-", copy));
    return new Cli().remembering(state).reading(stream).with(words.toArray());
  }

  private void assertRefused(String found, byte[] stream) throws IOException {
    var before = Files.readAllBytes(copy);
    var remembered = Files.readString(file());
    var run = apply(stream);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains(found), run.stderr());
    assertArrayEquals(before, Files.readAllBytes(copy), "written although refused");
    assertEquals(remembered, Files.readString(file()));
  }

  private Path file() throws IOException {
    if (Files.notExists(state)) {
      return Files.createFile(Files.createDirectory(state).resolve("none"));
    }
    try (var files = Files.list(state)) {
      return files.findFirst().orElseThrow();
    }
  }

  private long files() throws IOException {
    try (var files = Files.list(state)) {
      return files.count();
    }
  }

  /// Returns a stream of two pages that become `value`; generations without a name are empty.
  static byte[] stream(String base, String result, int value) throws IOException {
    var bytes = new byte[2 * PAGE];
    Arrays.fill(bytes, (byte) value);
    var tally = new Tally();
    tally.data(PAGE, ByteBuffer.wrap(bytes));
    var lineage =
        new Lineage(
            Optional.of(base).filter(name -> !name.isEmpty()).map(RememberedTest::generation),
            Optional.of(result).filter(name -> !name.isEmpty()).map(RememberedTest::generation));
    var out = new ByteArrayOutputStream();
    var writer = new FrameWriter(out);
    writer.accept(new Frame.Header(new StreamHeader(SIZE, lineage, Optional.empty())));
    writer.accept(new Frame.Data(PAGE, ByteBuffer.wrap(bytes)));
    writer.accept(new Frame.End(tally.sum()));
    return out.toByteArray();
  }

  /// Reads `ID` or `ID|LABEL`.
  private static Generation generation(String text) {
    var parts = text.split("\\|", 2);
    return new Generation(parts[0], Arrays.stream(parts).skip(1).findFirst());
  }

  static byte[] cut(byte[] stream) {
    return Arrays.copyOf(stream, stream.length - 10);
  }
}
