package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.migrate.Chart.Bar;
import org.blkdelta.migrate.JobState.Round;
import org.blkdelta.migrate.Journal.Line;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.migrate.Move.Verify;

/// What a job has done, as a page of HTML that needs nothing else: what changed, how fast it was
/// sent, how full the snapshots were, and how long the machine was said to be off. It is also
/// well-formed XML. Whatever comes from elsewhere is escaped.
final class JobReport {

  /// How it begins, so that nothing else is overwritten.
  static final String BEGINNING = "<!DOCTYPE html>\n<!-- a report of blkdelta migrate -->\n";

  private static final int MAX_ROUNDS = 256;

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1d2733; --dim: #5c6b7a; --line: #d5dce3;
        --paper: #ffffff; --band: #b9d3f0; --mark: #1f5fa8; --came: #b3261e;
        --s0: #2f6fb3; --s1: #d08a1d; --s2: #3f8f5f; --s3: #8a5fb0; --s4: #b34f5f; --s5: #5f7f8f; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --dim: #9aa8b5;
        --line: #37424d; --paper: #14191f; --band: #24486f; --mark: #7fb5ee; --came: #ff8a80;
        --s0: #6ea8e6; --s1: #e6b257; --s2: #73c493; --s3: #bd96e0; --s4: #e58a98; --s5: #9ab7c4; } }
      @media print { :root { --ink: #000; --dim: #444; --line: #bbb; --paper: #fff; }
        figure, tr { break-inside: avoid; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 60em; margin: 2em auto; padding: 0 1em; }
      h1 { font-size: 1.4em; } h2 { font-size: 1.05em; margin: 1.6em 0 0.2em; }
      p, .note { color: var(--dim); } figure { margin: 0; }
      svg { width: 100%; height: auto; font: 11px system-ui, sans-serif; }
      svg text { fill: var(--dim); } .grid { stroke: var(--line); }
      .s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); }
      .s3 { fill: var(--s3); } .s4 { fill: var(--s4); } .s5 { fill: var(--s5); }
      .band { fill: var(--band); } .mark { fill: var(--mark); } .came { fill: var(--came); }
      .h1, .h2, .h3, .h4, .h5, .h6, .h7, .h8, .h9 { stroke: var(--mark); fill: var(--mark); }
      .h1 { opacity: 0.15; } .h2 { opacity: 0.22; } .h3 { opacity: 0.3; } .h4 { opacity: 0.4; }
      .h5 { opacity: 0.5; } .h6 { opacity: 0.6; } .h7 { opacity: 0.7; } .h8 { opacity: 0.85; }
      .frame { fill: none; stroke: var(--line); }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: right; padding: 0.2em 0.6em; border-bottom: 1px solid var(--line); }
      th:first-child, td:first-child, .left { text-align: left; }
      """;

  private final Job job;
  private final JobState state;
  private final Instant now;
  private final List<Round> rounds;

  /// The rounds before those that are shown, which their forecasts are made of.
  private final List<Round> all;

  private final List<String> disks;

  private JobReport(Job job, JobState state, Instant now) {
    this.job = job;
    this.state = state;
    this.now = now;
    this.all = state.completed();
    this.rounds = all.subList(Math.max(0, all.size() - MAX_ROUNDS), all.size());
    var named = new LinkedHashSet<String>();
    sent().forEach(line -> named.add(String.valueOf(line.disk())));
    this.disks = List.copyOf(named);
  }

  /// Returns it.
  static String of(Job job, JobState state, Instant now) {
    return new JobReport(job, state, now).page();
  }

  /// Checks that one can be written to a file: it is not there, or is an earlier report.
  ///
  /// @throws RefusedException if it is something else
  static void checkFile(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      if (!Files.isDirectory(file.toAbsolutePath().resolveSibling(""))) {
        throw new RefusedException(file + ": there is no such folder; name another for --report");
      }
      return;
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || !isReport(file)) {
      throw new RefusedException(file + ": is not a report; name another file for --report");
    }
  }

  /// Returns whether a file begins as one.
  private static boolean isReport(Path file) throws IOException {
    var beginning = BEGINNING.getBytes(US_ASCII);
    try (var in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(beginning.length), beginning);
    }
  }

  private String page() {
    var title = Chart.escaped("blkdelta: job " + job.name());
    var page = new StringBuilder(BEGINNING);
    page.append("<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n");
    page.append("<meta charset=\"utf-8\"/>\n");
    page.append("<meta name=\"viewport\" content=\"width=device-width\"/>\n");
    page.append("<title>%s</title>\n<style>\n%s</style>\n</head>\n".formatted(title, STYLE));
    page.append("<body>\n<h1>%s</h1>\n".formatted(title));
    var status = Status.of(job.name(), state, now);
    status.text().forEach(line -> page.append("<p>%s</p>\n".formatted(Chart.escaped(line))));
    page.append("<p>As of %s.</p>\n".formatted(now.truncatedTo(ChronoUnit.SECONDS)));
    if (!rounds.isEmpty()) {
      page.append(changed())
          .append(throughput())
          .append(downtime())
          .append(fill())
          .append(places())
          .append(table());
    }
    return page.append("</body>\n</html>\n").toString();
  }

  private List<Line> sent() {
    return state.lines().stream()
        .filter(line -> line.step() == Step.SEND && line.phase() == Phase.DONE)
        .filter(line -> !rounds.isEmpty() && line.round() >= rounds.getFirst().number())
        .toList();
  }

  /// Returns what was told of each disk in each round.
  private Map<Long, Map<String, Line>> byRound() {
    var byRound = new HashMap<Long, Map<String, Line>>();
    for (var line : sent()) {
      byRound
          .computeIfAbsent(line.round(), number -> new HashMap<>())
          .put(String.valueOf(line.disk()), line);
    }
    return byRound;
  }

  private List<String> labels() {
    return rounds.stream().map(round -> Long.toString(round.number())).toList();
  }

  private String changed() {
    var byRound = byRound();
    var chart = new Chart(labels(), bytes -> Sizes.binary((long) bytes));
    for (int i = 0; i < rounds.size(); i++) {
      double base = 0;
      for (int disk = 0; disk < disks.size(); disk++) {
        var line = byRound.getOrDefault(rounds.get(i).number(), Map.of()).get(disks.get(disk));
        double bytes = line == null || line.bytes() == null ? 0 : line.bytes();
        if (bytes > 0) {
          var told = "%s: %s".formatted(disks.get(disk), Sizes.binary((long) bytes));
          chart.add(i, new Bar(base, base + bytes, kind(disk), told));
          base += bytes;
        }
      }
    }
    return chart.figure("Sent in each round", "By disk, in bytes.", legend(disks));
  }

  /// @param shown those of the disks that a chart has
  private Map<String, String> legend(Collection<String> shown) {
    var legend = new HashMap<String, String>();
    for (int disk = 0; disk < disks.size(); disk++) {
      if (shown.contains(disks.get(disk))) {
        legend.merge(kind(disk), disks.get(disk), (one, other) -> one + "; " + other);
      }
    }
    return legend;
  }

  private static String kind(int disk) {
    return "s" + disk % 6;
  }

  private String throughput() {
    var chart = new Chart(labels(), rate -> Sizes.binary((long) rate) + "/s");
    for (int i = 0; i < rounds.size(); i++) {
      var round = rounds.get(i);
      if (round.seconds() > 0) {
        double rate = round.bytes() / round.seconds();
        var told = "%s/s in %s".formatted(Sizes.binary((long) rate), seconds(round.seconds()));
        chart.add(i, new Bar(0, rate, "s0", told));
      }
    }
    return chart.figure("Throughput", "Bytes a second, while something was sent.", Map.of());
  }

  /// The forecast after each round, and what came of the last move.
  private String downtime() {
    boolean isMoved = job.move().missing().isEmpty();
    var labels = new ArrayList<>(labels());
    labels.add(isMoved ? "came" : "");
    var chart = new Chart(labels, JobReport::seconds);
    for (int i = 0; i < rounds.size(); i++) {
      var told = forecast(all.size() - rounds.size() + i, isMoved);
      if (told.isPresent()) {
        var band = told.get();
        var words =
            "%s (%s to %s)"
                .formatted(seconds(band.seconds()), seconds(band.low()), seconds(band.high()));
        chart.add(i, new Bar(band.low(), band.high(), "band", words));
        chart.mark(i, band.seconds(), "mark", words);
      }
    }
    came().ifPresent(seconds -> chart.mark(rounds.size(), seconds, "came", seconds(seconds)));
    return chart.figure(
        isMoved ? "How long the machine would have been off" : "How long the rest would have taken",
        "After each round, with its bounds"
            + (came().isPresent() ? "; at the right, how long it was off." : "."),
        Map.of());
  }

  private Optional<Forecast> forecast(int last, boolean isMoved) {
    var until = all.subList(0, last + 1);
    var ended = ended(all.get(last).number());
    if (!isMoved) {
      return Forecast.of(until, ended.time());
    }
    var seen = new JobState(state.lines().subList(0, ended.index())).seen();
    Verify verify = job.move().verify();
    return Downtime.of(until, seen, verify, ended.time())
        .map(off -> new Forecast(off.seconds(), off.low(), off.high()));
  }

  /// When a round ended.
  ///
  /// @param index of its line
  private record Ended(int index, Instant time) {}

  private Ended ended(long round) {
    var lines = state.lines();
    for (int i = lines.size() - 1; i >= 0; i--) {
      var line = lines.get(i);
      if (line.step() == Step.ROUND && line.phase() == Phase.DONE && line.round() == round) {
        return new Ended(i, Instant.parse(line.time()));
      }
    }
    throw new IllegalStateException("round " + round);
  }

  private OptionalDouble came() {
    return state.lines().stream()
        .filter(line -> line.step() == Step.CUTOVER && line.phase() == Phase.DONE)
        .map(Line::seconds)
        .flatMap(Stream::ofNullable)
        .mapToDouble(Double::doubleValue)
        .reduce((earlier, later) -> later);
  }

  private String fill() {
    var byRound = byRound();
    var chart = new Chart(labels(), percent -> "%.0f%%".formatted(percent));
    var shown = new HashSet<String>();
    for (int i = 0; i < rounds.size(); i++) {
      for (int disk = 0; disk < disks.size(); disk++) {
        var line = byRound.getOrDefault(rounds.get(i).number(), Map.of()).get(disks.get(disk));
        if (line != null && line.fill() != null) {
          var told = String.format(Locale.ROOT, "%s: %.1f%%", disks.get(disk), line.fill());
          chart.mark(i, line.fill(), kind(disk), told);
          shown.add(disks.get(disk));
        }
      }
    }
    chart.upTo(100);
    return shown.isEmpty()
        ? ""
        : chart.figure(
            "Fill of the classic snapshots",
            "When they were sent; at 100% one is lost.",
            legend(shown));
  }

  /// Where each round wrote, of each disk of which that is known.
  private String places() {
    var byRound = byRound();
    var charts = new StringBuilder();
    for (var disk : disks) {
      var chart = new HeatChart();
      boolean isAny = false;
      for (var round : rounds) {
        var line = byRound.getOrDefault(round.number(), Map.of()).get(disk);
        var places = line == null || line.places() == null ? "" : line.places();
        boolean isKnown = Spread.isText(places);
        chart.add(Long.toString(round.number()), isKnown ? places : "");
        isAny |= isKnown;
      }
      charts.append(isAny ? chart.figure(disk) : "");
    }
    return charts.toString();
  }

  private String table() {
    var rows = new StringBuilder();
    for (var round : rounds) {
      rows.append(
          "<tr><td>%d</td><td class=\"left\">%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n"
              .formatted(
                  round.number(),
                  Chart.escaped(round.takenAt().toString()),
                  Sizes.binary(round.bytes()),
                  seconds(round.seconds()),
                  round.isDelta() ? "changes" : "all, or while it was off"));
    }
    return """
    <h2>Rounds</h2>
    <table>
    <tr><th>Round</th><th class="left">Snapshots</th><th>Sent</th><th>In</th><th>What</th></tr>
    %s</table>
    """
        .formatted(rows);
  }

  private static String seconds(double seconds) {
    return seconds < 10
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : Sizes.duration(Math.round(seconds));
  }
}
