package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongFunction;
import javax.xml.parsers.DocumentBuilderFactory;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.migrate.Journal.Line;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.run.Limit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class JobReportTest {

  private static final Instant START = Instant.parse("2026-03-02T14:00:00Z");
  private static final List<String> ALL =
      List.of(
          "stop", "is_off", "start_source", "hold", "release", "start", "is_up", "is_off_there");

  private final List<Line> lines = new ArrayList<>();

  /// Where each round wrote; in the journals of earlier versions, nothing.
  private LongFunction<@Nullable String> places = round -> null;

  @TempDir Path folder;

  private void line(
      double second,
      long round,
      Step step,
      @Nullable String disk,
      @Nullable Long bytes,
      @Nullable Double seconds,
      @Nullable Double fill) {
    var time = START.plusMillis((long) (second * 1000)).toString();
    var way = round > 1 ? "changes" : "copied";
    lines.add(
        new Line(
            1,
            time,
            lines.size(),
            round,
            step,
            Phase.DONE,
            disk,
            bytes,
            seconds,
            way,
            fill,
            step == Step.SEND ? places.apply(round) : null));
  }

  private void rounds(int count, String disk) {
    double at = 0;
    for (int round = 1; round <= count; round++) {
      double took = 300.0 / round;
      line(at, round, Step.SNAPSHOTS, null, null, null, null);
      for (var each : List.of("vg/web to root@new:/dev/vg/web", disk)) {
        line(at + took, round, Step.SEND, each, (8L << 30) / round, took, 90.0 / round);
      }
      line(at + took + 1, round, Step.ROUND, null, null, took + 2, null);
      at += took + 10;
    }
  }

  private String page(Move move) {
    var disks = List.of(new JobDisk(new LvmName("vg", "web"), "/dev/x", SnapshotSize.USUAL));
    var job =
        new Job(
            "web",
            Optional.empty(),
            Optional.empty(),
            disks,
            1,
            Limit.NONE,
            Optional.empty(),
            move,
            Optional.empty());
    return JobReport.of(job, new JobState(lines), START.plusSeconds(3000));
  }

  private static Document parsed(String page) throws Exception {
    var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    return builder.parse(new ByteArrayInputStream(page.getBytes(UTF_8)));
  }

  @Test
  void below_the_fill_of_classic_snapshots_no_other_disk_is_named() {
    line(0, 1, Step.SNAPSHOTS, null, null, null, null);
    line(1, 1, Step.SEND, "vg/classic", 4096L, 1.0, 90.0);
    line(1, 1, Step.SEND, "vg/thin", 4096L, 1.0, null);
    line(2, 1, Step.ROUND, null, null, 1.0, null);
    var page = page(Moves.NONE);
    assertTrue(page.contains("vg/thin"), page);
    var from = page.indexOf("Fill of the classic snapshots");
    var chart = page.substring(from, page.indexOf("</figure>", from));
    assertTrue(chart.contains("vg/classic"), chart);
    assertFalse(chart.contains("vg/thin"), chart);
  }

  @Test
  void a_page_is_well_formed_and_needs_nothing_else() throws Exception {
    var random = new Random(17);
    places =
        round -> {
          var text = new StringBuilder();
          for (int i = 0; i < 256; i++) {
            text.append(round == 1 ? 9 : Math.max(0, random.nextInt(30) - 20 - (int) round / 2));
          }
          return text.toString();
        };
    rounds(6, "vg/data to root@new:/dev/vg/data");
    line(2900, 6, Step.STOP, null, null, 12.0, null);
    line(2950, 6, Step.CUTOVER, null, null, 41.0, null);
    line(2950, 6, Step.START, null, null, 6.0, null);
    var page = page(Moves.with(ALL, ALL, List.of()));
    var document = parsed(page);
    assertEquals(
        4 + 4 + 2 * 4,
        document.getElementsByTagName("svg").getLength(),
        "four, and a legend twice; two heat maps, with three colors");
    assertEquals(7, document.getElementsByTagName("tr").getLength());
    assertTrue(page.contains("came: 41 s"), page);
    assertTrue(page.contains("vg/data to root@new:/dev/vg/data: 8 GiB"), page);
    assertFalse(
        page.matches("(?s).*(<script|http://(?!www.w3.org/)|https:|src=|@import|url\\().*"));
    var kept = System.getProperty("blkdelta.report");
    if (kept != null) {
      Files.writeString(Path.of(kept), page);
    }
  }

  @Test
  void a_heat_map_has_a_row_for_each_round_of_which_it_is_known() throws Exception {
    places =
        round ->
            switch ((int) round) {
              case 1 -> "9".repeat(256);
              case 2 -> null;
              case 3 -> "<script>";
              default -> "0".repeat(100) + "5" + "0".repeat(150) + "19930";
            };
    rounds(4, "vg/data to root@new:/dev/vg/data");
    var page = page(Moves.NONE);
    var document = parsed(page);
    assertEquals(2, page.split("<h2>Where each round wrote: vg/", -1).length - 1);
    assertEquals(4 + 4 + 2 * 4, document.getElementsByTagName("svg").getLength());
    assertTrue(page.contains("<path class=\"h1\" d=\"M251 3.5h1\"/>"), page);
    assertTrue(page.contains("<path class=\"h5\" d=\"M100 3.5h1\"/>"), page);
    assertTrue(page.contains("<path class=\"h9\" d=\"M0 0.5h256M252 3.5h2\"/>"), page);
    assertTrue(page.contains("rounds 1 to 4 from top to bottom"), page);
    assertFalse(page.contains("<script"));
    places = round -> "09";
    lines.clear();
    rounds(1, "vg/data to x");
    assertTrue(page(Moves.NONE).contains("<path class=\"h9\" d=\"M128 0.5h128\"/>"));
  }

  @Test
  void a_job_that_never_ran_and_one_of_thousands_of_rounds_have_a_page() throws Exception {
    parsed(page(Moves.NONE));
    places = round -> "0".repeat((int) round % 200) + "123456789".repeat(6);
    rounds(2000, "vg/data to /dev/x");
    var page = page(Moves.NONE);
    assertEquals(257, parsed(page).getElementsByTagName("tr").getLength());
    assertTrue(page.length() < 1 << 20, page.length() + " bytes");
  }

  @Test
  void names_do_no_harm() throws Exception {
    var hostile = "</title><script>alert('1')</script>&\"\u001b\u0000\u202e\ufffe\ud800 to x";
    rounds(3, hostile);
    var page = page(Moves.NONE);
    var document = parsed(page);
    assertEquals(0, document.getElementsByTagName("script").getLength());
    assertFalse(page.contains("\u202e"));
  }

  @Test
  void nothing_but_a_report_is_overwritten() throws IOException {
    var file = folder.resolve("report.html");
    Migration.checkReport(file);
    Files.writeString(file, page(Moves.NONE));
    Migration.checkReport(file);
    var other = Files.writeString(folder.resolve("index.html"), "<!DOCTYPE html>\n<html>");
    Messages.assertSays(
        assertThrows(RefusedException.class, () -> Migration.checkReport(other)),
        "index.html: is not a report; name another file for --report");
    var link = Files.createSymbolicLink(folder.resolve("link.html"), file);
    assertThrows(RefusedException.class, () -> Migration.checkReport(link));
    Messages.assertSays(
        assertThrows(
            RefusedException.class, () -> Migration.checkReport(folder.resolve("no/report"))),
        "there is no such folder");
  }
}
