package org.blkdelta.migrate;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is told of a round that is complete.
///
/// @param snapshots when they were taken
/// @param forecast of the rest; null before two rounds
/// @param downtime if the machine stopped now; null if that is unknown, or no job moves it
record RoundFacts(
    String job,
    long round,
    String snapshots,
    long bytes,
    double seconds,
    @Nullable Forecast forecast,
    @Nullable Downtime downtime) {

  static RoundFacts of(
      Job job, JobState.Round round, Optional<Forecast> forecast, Optional<Downtime> downtime) {
    return new RoundFacts(
        job.name(),
        round.number(),
        round.takenAt().toString(),
        round.bytes(),
        round.seconds(),
        forecast.orElse(null),
        downtime.orElse(null));
  }

  /// Returns them in words.
  ///
  /// @param sent how much was sent, and how fast
  String words(String sent) {
    var told =
        Optional.ofNullable(downtime)
            .map(Downtime::text)
            .or(() -> Optional.ofNullable(forecast).map(Forecast::text));
    return "job %s: round %d: %s; durable%s"
        .formatted(job, round, sent, told.map(text -> "; " + text).orElse(""));
  }
}
