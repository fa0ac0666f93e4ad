package org.blkdelta.migrate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.migrate.JobState.Round;

/// How long it would take to send the rest if the volumes were not written to any more: what is
/// written in a second, times the time since the last snapshots, by what is sent in a second. All
/// three are measured in the last rounds.
///
/// @param seconds as in the last round
/// @param low as in the best one
/// @param high as in the worst one
record Forecast(double seconds, double low, double high) {

  private static final int ROUNDS = 3;

  /// Returns it, or empty before two rounds in a row have told how much is written.
  ///
  /// @param completed rounds, the oldest first
  static Optional<Forecast> of(List<Round> completed, Instant now) {
    var estimates = new ArrayList<Double>();
    for (int i = Math.max(1, completed.size() - ROUNDS); i < completed.size(); i++) {
      var round = completed.get(i);
      var before = completed.get(i - 1);
      double between = seconds(before.takenAt(), round.takenAt());
      if (round.isDelta() && between > 0) {
        double since = Math.max(0, seconds(completed.getLast().takenAt(), now));
        // as long as this round took, which had the changes of so many seconds
        estimates.add(round.seconds() * since / between);
      }
    }
    if (estimates.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Forecast(
            estimates.getLast(),
            estimates.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
            estimates.stream().mapToDouble(Double::doubleValue).max().orElseThrow()));
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
