package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Set;
import org.blkdelta.lvm.StoreBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class InspectCommandTest {

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void extents_are_printed_a_line_each_and_nothing_else() {
    var run = inspect("--extents");
    assertEquals("12288 12288 data\n", run.stdout());
    assertEquals("", run.stderr());
    assertEquals(0, run.status());
  }

  @Test
  void several_extents_are_several_lines() throws IOException {
    Files.write(web.store, StoreBuilder.exceptionStore().copied(15, 0, 9, 8).bytes());
    assertEquals(
        "0 4096 data\n32768 8192 data\n61440 4096 data\n", inspect("--extents").ok().stdout());
  }

  @Test
  void an_unchanged_volume_has_no_lines() throws IOException {
    Files.write(web.store, StoreBuilder.exceptionStore().bytes());
    assertEquals("", inspect("--extents").ok().stdout());
  }

  @Test
  void the_json_has_the_keys_that_programs_rely_on() {
    var object = JsonParser.parseString(inspect("--json").ok().stdout()).getAsJsonObject();
    assertEquals(
        Set.of(
            "format",
            "chunkSize",
            "chunks",
            "extents",
            "bytes",
            "sourceSize",
            "snapshotSize",
            "state"),
        object.keySet());
    assertEquals("dm-snapshot", object.get("format").getAsString());
    assertEquals(4096, object.get("chunkSize").getAsLong());
    assertEquals(3, object.get("chunks").getAsLong());
    assertEquals(1, object.get("extents").getAsLong());
    assertEquals(12_288, object.get("bytes").getAsLong());
    assertEquals(65_536, object.get("sourceSize").getAsLong());
    var state = object.getAsJsonObject("state");
    assertEquals(Set.of("valid", "overflowed", "storeSize"), state.keySet());
    assertTrue(state.get("valid").getAsBoolean());
    assertFalse(state.get("overflowed").getAsBoolean());
  }

  @Test
  void people_are_told_how_much_changed() {
    assertEquals(
        """
        format:    dm-snapshot, chunks of 4 KiB
        changed:   12 KiB of 64 KiB (18.75%), 3 chunks in 1 extent
        snapshot:  valid
        """,
        inspect().ok().stdout());
  }

  @Test
  void sizes_that_differ_are_told() {
    var told = inspect("--snapshot-size", 30_000).ok().stdout();
    assertTrue(told.contains("sizes:     the snapshot has 30000 bytes, the source 64 KiB\n"), told);
  }

  @Test
  void the_map_is_drawn_for_the_terminal_that_there_is() {
    assertEquals(
        " ···███··········",
        new Cli().with(words("--map")).ok().stdout().lines().findFirst().orElse(""));
    assertEquals(
        " ...###..........",
        new Cli()
            .width(60, false)
            .with(words("--map"))
            .ok()
            .stdout()
            .lines()
            .findFirst()
            .orElse(""));
  }

  @Test
  void one_view_at_a_time_is_shown() {
    assertEquals(2, inspect("--json", "--map").status());
  }

  @Test
  void a_store_that_cannot_be_used_is_exit_4() throws IOException {
    Files.write(web.store, StoreBuilder.exceptionStore().copied(1).overflowed().bytes());
    var run = inspect("--extents");
    assertEquals(4, run.status());
    assertEquals("", run.stdout());
    assertTrue(run.stderr().startsWith("blkdelta: " + web.store + ": at byte 4: "), run.stderr());
  }

  @Test
  void the_list_of_a_file_without_its_origin_is_a_question_of_usage() {
    var run = Cli.run("inspect", "--extents", web.store);
    assertEquals(2, run.status());
    assertEquals(
        "blkdelta: %s: is a snapshot's exception store; name the origin that its changes are read from: --origin\n"
            .formatted(web.store),
        run.stderr());
  }

  @Test
  void the_size_of_a_snapshot_goes_with_a_bare_store_and_is_not_negative() {
    assertEquals(2, Cli.run("inspect", "--snapshot-size=4096", "vg/web").status());
    var run = inspect("--snapshot-size=-1");
    assertEquals(2, run.status());
    assertEquals(
        """
        blkdelta inspect: --snapshot-size=-1: write bytes, or a number with a unit: 500K, 10M, 1.5GiB, 10MB
        see: blkdelta inspect -h
        """,
        run.stderr());
    assertEquals(2, inspect("--snapshot-size=many").status());
  }

  @Test
  void what_cannot_be_printed_is_no_success() {
    var run = new Cli().printingTo(new FullDisk(5)).with(words("--extents"));
    assertEquals(8, run.status(), run.stderr());
  }

  private Cli.Run inspect(Object... options) {
    return new Cli().with(words(options));
  }

  private Object[] words(Object... options) {
    var words = new ArrayList<Object>();
    words.add("inspect");
    words.addAll(Arrays.asList(web.source()));
    words.addAll(Arrays.asList(options));
    return words.toArray();
  }
}
