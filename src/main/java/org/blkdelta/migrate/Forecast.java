package org.blkdelta.migrate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.migrate.JobState.Round;
import org.blkdelta.report.Json;

/// How long it would take to send the rest if the volumes were not written to any more. A round
/// takes what each round takes, and a share of the time whose changes it sends; both are measured
/// in the last rounds. The bounds are those of the best and the worst of them, whether none or all
/// of what the quickest one took is in each, and some more for what they do not show.
///
/// @param seconds by all of them
/// @param low as in the best one
/// @param high as in the worst one
record Forecast(double seconds, double low, double high) {

  /// How much less the last round may take than those before: a machine that is off leaves it the
  /// disks and the processors.
  private static final double LESS = 2.0 / 3;

  /// How much more: two or three rounds don't show all that a round may be.
  private static final double MORE = 1.25;

  private static final int ROUNDS = 3;

  /// What a round takes in any case, if the rounds do not tell.
  private static final double USUAL_FIXED_SECONDS = 5;

  /// What a round tells.
  ///
  /// @param between seconds whose changes it sent
  /// @param took seconds
  private record Point(double between, double took) {}

  /// Returns it, or empty before two rounds in a row have told how much is written.
  ///
  /// @param completed rounds, the oldest first
  static Optional<Forecast> of(List<Round> completed, Instant now) {
    return of(completed, now, 0);
  }

  /// Returns the same if the volumes are written to a while longer.
  ///
  /// @param more for so many seconds
  static Optional<Forecast> of(List<Round> completed, Instant now, double more) {
    var points = new ArrayList<Point>();
    for (int i = Math.max(1, completed.size() - ROUNDS); i < completed.size(); i++) {
      var round = completed.get(i);
      double between = between(completed.get(i - 1), round);
      if (round.isDelta() && between > 0) {
        points.add(new Point(between, round.wholeSeconds()));
      }
    }
    if (points.isEmpty()) {
      return Optional.empty();
    }
    double since = Math.max(0, seconds(completed.getLast().takenAt(), now)) + more;
    return Optional.of(of(points, since));
  }

  private static Forecast of(List<Point> points, double since) {
    double shortest = points.stream().mapToDouble(Point::took).min().orElseThrow();
    double low = Double.MAX_VALUE;
    double high = 0;
    for (var point : points) {
      double share = since / point.between();
      double without = point.took() * share;
      double with = shortest + (point.took() - shortest) * share;
      low = Math.min(low, Math.min(without, with));
      high = Math.max(high, Math.max(without, with));
    }
    double between = points.stream().mapToDouble(Point::between).average().orElseThrow();
    double took = points.stream().mapToDouble(Point::took).average().orElseThrow();
    double fixed = Math.clamp(fixed(points, between, took), 0, shortest);
    double seconds = fixed + (took - fixed) * since / between;
    return new Forecast(
        Math.clamp(seconds, low, high), Json.seconds(low * LESS), Json.seconds(high * MORE));
  }

  /// Returns what a round of no changes would take: where the line through the points begins that
  /// is nearest to them.
  private static double fixed(List<Point> points, double between, double took) {
    double common = 0;
    double square = 0;
    for (var point : points) {
      common += (point.between() - between) * (point.took() - took);
      square += (point.between() - between) * (point.between() - between);
    }
    boolean isTold = square > between * between / 100;
    return isTold ? took - common / square * between : USUAL_FIXED_SECONDS;
  }

  /// Returns the seconds whose changes a round sent.
  static double between(Round before, Round round) {
    return seconds(before.takenAt(), round.takenAt());
  }

  /// Returns it in words.
  String text() {
    return "if nothing were written from now on, the rest would be sent in about %s (%s to %s)"
        .formatted(told(seconds), told(low), told(high));
  }

  private static String told(double seconds) {
    return Sizes.duration((long) Math.ceil(seconds));
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1e3;
  }
}
