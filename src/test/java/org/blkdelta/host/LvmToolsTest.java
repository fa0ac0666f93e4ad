package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.host.LvmTools.ThinVolume;
import org.blkdelta.host.LvmTools.Volume;
import org.junit.jupiter.api.Test;

/// The outputs are those of LVM 2.03.16, with `--binary`.
class LvmToolsTest {

  private static final String ORIGIN =
      """
      {"vg_name":"my-vg", "lv_name":"o-r--g", "lv_uuid":"8Q4Zyl-uHFd", "lv_attr":"owi-a-s---",
       "segtype":"linear", "origin":"", "lv_active":"active", "lv_merging":"0",
       "lv_snapshot_invalid":"-1", "snap_percent":"", "lv_kernel_major":"254", "lv_kernel_minor":"0"}
      """;
  private static final String WAITING =
      """
      {"vg_name":"my-vg", "lv_name":"[s-n]", "lv_uuid":"HGZqQn", "lv_attr":"Swi-a-s---",
       "segtype":"linear", "origin":"o-r--g", "lv_active":"active", "lv_merging":"1", "lv_time":"1763700000",
       "lv_snapshot_invalid":"0", "snap_percent":"0.00", "lv_kernel_major":"254", "lv_kernel_minor":"3"}
      """;
  private static final String THIN =
      """
      {"vg_name":"my-vg", "lv_name":"s1", "lv_uuid":"iY2eMU", "lv_attr":"Vwi---t--k",
       "segtype":"thin", "origin":"th-in", "lv_active":"", "lv_merging":"0",
       "lv_snapshot_invalid":"-1", "snap_percent":"", "lv_kernel_major":"-1", "lv_kernel_minor":"-1"}
      """;

  @Test
  void volumes_are_told_with_their_kind_and_state() throws IOException {
    assertEquals(
        Set.of(
            new Volume("my-vg", "o-r--g", "owi-a-s---", "linear", false, 0),
            new Volume("my-vg", "s-n", "Swi-a-s---", "linear", true, 1763700000),
            new Volume("my-vg", "s1", "Vwi---t--k", "thin", false, 0)),
        volumes(report(ORIGIN, WAITING, THIN)));
  }

  @Test
  void a_volume_of_several_segments_is_one_volume() throws IOException {
    assertEquals(1, volumes(report(ORIGIN, ORIGIN)).size());
  }

  @Test
  void kinds_are_told_by_the_letters_that_matter() throws IOException {
    var waiting = volumes(report(WAITING)).iterator().next();
    assertTrue(waiting.isClassicSnapshot());
    assertFalse(waiting.isThin());
    var thin = volumes(report(THIN)).iterator().next();
    assertFalse(thin.isClassicSnapshot());
    assertTrue(thin.isThin());
    assertFalse(volumes(report(ORIGIN)).iterator().next().isClassicSnapshot());
  }

  @Test
  void an_empty_group_has_no_volumes() throws IOException {
    assertEquals(Set.of(), volumes(report()));
  }

  @Test
  void a_failure_is_told_although_a_report_is_printed_all_the_same() {
    var tools =
        new LvmTools(command -> new Outcome(5, report(), "Locking failed\nCannot process it"));
    assertEquals(
        "lvs: exit status 5: Locking failed; Cannot process it",
        assertThrows(IOException.class, () -> tools.volumes("x")).getMessage());
  }

  @Test
  void a_group_that_is_not_there_is_no_failure_of_lvs() {
    var tools =
        new LvmTools(
            command -> new Outcome(5, report(), "Volume group \"x\" not found\nCannot process it"));
    assertEquals(
        "there is no volume group x",
        assertThrows(NoSuchGroupException.class, () -> tools.volumes("x")).getMessage());
  }

  @Test
  void what_is_not_a_report_is_refused_and_shown() {
    for (var text :
        List.of(
            "",
            "no json",
            "[]",
            "{}",
            "{\"report\":{}}",
            "{\"report\":[1]}",
            "{\"report\":[{}]}",
            "{\"report\":[{\"lv\":{}}]}",
            "{\"report\":[{\"lv\":[7]}]}",
            report("{\"vg_name\":\"my-vg\"}"),
            report(ORIGIN.replace("\"owi-a-s---\"", "null")),
            report(ORIGIN.replace("\"owi-a-s---\"", "{}")))) {
      var line = text.replaceAll("\\s+", " ");
      var shown = line.length() > 200 ? line.substring(0, 200) + "…" : line;
      assertEquals(
          "lvs: printed something that is not its JSON report: \"%s\"; is lvs in PATH LVM's own?"
              .formatted(shown),
          assertThrows(SourceException.class, () -> volumes(text), text).getMessage());
    }
  }

  @Test
  void what_is_shown_of_it_is_one_short_line_without_control_characters() {
    var tools =
        new LvmTools(
            command -> new Outcome(0, "\u001b[2Jhello\n\u202eworld" + "x".repeat(999), "no"));
    assertEquals(
        "lvs: printed something that is not its JSON report: \" [2Jhello world%s…\"; is lvs in PATH LVM's own?"
            .formatted("x".repeat(185)),
        assertThrows(SourceException.class, () -> tools.volumes("vg")).getMessage());
  }

  @Test
  void thin_volumes_are_told_with_their_pool_and_number() throws IOException {
    var printed =
        report(
            """
            {"vg_name":"vg", "lv_name":"pool", "lv_attr":"twi-aotz--", "segtype":"thin-pool",
             "lv_size":"8388608", "origin":"", "pool_lv":"", "thin_id":"", "transaction_id":"2",
             "lv_merging":"-1"}
            """,
            """
            {"vg_name":"vg", "lv_name":"s1", "lv_attr":"Vri---tz-k", "segtype":"thin",
             "lv_size":"50331648", "origin":"[web]", "pool_lv":"pool", "thin_id":"2",
             "transaction_id":"1", "lv_merging":"0", "lv_time":"1790000000"}
            """);
    var found = List.copyOf(new LvmTools(command -> new Outcome(0, printed, "")).thinVolumes("vg"));
    assertEquals(
        new ThinVolume("vg", "pool", "twi-aotz--", "thin-pool", 8388608, "", "", 0, 2, false, 0),
        found.get(0));
    assertEquals(
        new ThinVolume(
            "vg", "s1", "Vri---tz-k", "thin", 50331648, "web", "pool", 2, 1, false, 1790000000),
        found.get(1));
    assertEquals("vg/pool", found.get(0).label());
    assertEquals(
        new LvmName("vg", "web").asOf(OptionalLong.of(1790000000), "s1"), found.get(1).label());
    assertFalse(found.get(0).isThin());
    assertTrue(found.get(1).isThin());
    assertTrue(found.get(1).isReadOnly());
    assertFalse(found.get(0).isReadOnly());
  }

  @Test
  void the_group_and_every_field_are_asked_for() throws IOException {
    var tools =
        new LvmTools(
            command -> {
              assertEquals(List.of("lvs", "-a", "-qq", "--config"), command.subList(0, 4));
              assertTrue(command.get(4).contains("log/prefix=\"\" "), command.get(4));
              assertTrue(command.get(4).contains(" report/prefixes=0 "), command.get(4));
              assertTrue(command.get(4).endsWith("report/time_format=\"%s\""), command.get(4));
              assertEquals(
                  List.of("--reportformat", "json", "--binary", "--units", "b", "--nosuffix", "-o"),
                  command.subList(5, 12));
              assertEquals("my-vg", command.getLast());
              assertEquals(14, command.size());
              return new Outcome(0, report(), "");
            });
    tools.volumes("my-vg");
  }

  private static Set<Volume> volumes(String printed) throws IOException {
    return new LvmTools(command -> new Outcome(0, printed, "")).volumes("my-vg");
  }

  private static String report(String... volumes) {
    return "{\"report\": [{\"lv\": [%s]}]}".formatted(String.join(",", volumes));
  }
}
