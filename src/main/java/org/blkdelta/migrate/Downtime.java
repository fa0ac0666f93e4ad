package org.blkdelta.migrate;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.migrate.JobState.Round;
import org.blkdelta.migrate.Move.Verify;
import org.blkdelta.report.Json;

/// How long the machine would be off if it were moved now, and what of it is what. The machine
/// writes until it has stopped, so what is written then is to be sent, too.
///
/// @param seconds all of it
/// @param low as it may be at best
/// @param high as it may be at worst
/// @param stop seconds until it is off
/// @param send until all is durable at the destination
/// @param verify until it is compared
/// @param start until it is handed over and up
record Downtime(
    double seconds,
    double low,
    double high,
    double stop,
    double send,
    double verify,
    double start) {

  private static final double USUAL_STOP_SECONDS = 30;
  private static final double USUAL_START_SECONDS = 15;

  /// How much less, and how much more, something takes than it was seen to take.
  private static final double LESS = 0.8;

  private static final double MORE = 1.25;

  /// What the last cutovers took, the newest last; also those that were rolled back.
  ///
  /// @param stops seconds until the machine was off
  /// @param verifies seconds until the copies were compared
  /// @param starts seconds until it was handed over and up
  record Seen(List<Double> stops, List<Double> verifies, List<Double> starts) {

    /// Nothing was seen yet.
    static final Seen NOTHING = new Seen(List.of(), List.of(), List.of());
  }

  /// A part of it, and its bounds.
  private record Part(double seconds, double low, double high) {

    static final Part NONE = new Part(0, 0, 0);

    /// What was never seen may take no time, or what is usual.
    static Part of(List<Double> seen, double usual) {
      if (seen.isEmpty()) {
        return new Part(usual, 0, usual);
      }
      var range = seen.stream().mapToDouble(Double::doubleValue).summaryStatistics();
      return new Part(seen.getLast(), range.getMin() * LESS, range.getMax() * MORE);
    }
  }

  /// Returns it, or empty before two rounds in a row have told how much is written.
  ///
  /// @param completed rounds, the oldest first
  static Optional<Downtime> of(List<Round> completed, Seen seen, Verify verify, Instant now) {
    var stop = Part.of(seen.stops(), USUAL_STOP_SECONDS);
    var start = Part.of(seen.starts(), USUAL_START_SECONDS);
    var sent = Forecast.of(completed, now, stop.seconds());
    if (sent.isEmpty()) {
      return Optional.empty();
    }
    double low = Forecast.of(completed, now, stop.low()).orElseThrow().low();
    double high = Forecast.of(completed, now, stop.high()).orElseThrow().high();
    var send = new Part(sent.get().seconds(), low, high);
    var compare =
        switch (verify) {
          case NONE -> Part.NONE;
          case WRITTEN -> new Part(send.seconds() / 2, 0, send.high());
          case ALL -> Part.of(seen.verifies(), lastWhole(completed));
        };
    var parts = List.of(stop, send, compare, start);
    return Optional.of(
        new Downtime(
            sum(parts.stream().map(Part::seconds).toList()),
            sum(parts.stream().map(Part::low).toList()),
            sum(parts.stream().map(Part::high).toList()),
            Json.seconds(stop.seconds()),
            Json.seconds(send.seconds()),
            Json.seconds(compare.seconds()),
            Json.seconds(start.seconds())));
  }

  /// Comparing everything reads what copying everything has read.
  private static double lastWhole(List<Round> completed) {
    return completed.stream()
        .filter(round -> !round.isDelta())
        .mapToDouble(Round::wholeSeconds)
        .reduce(0, (earlier, later) -> later);
  }

  private static double sum(List<Double> parts) {
    return Json.seconds(parts.stream().mapToDouble(Double::doubleValue).sum());
  }

  /// Returns it in words.
  String text() {
    return "if the machine stopped now: %s down (%s to %s): %s to stop, %s to send%s, %s to start"
        .formatted(
            told(seconds),
            told(low),
            told(high),
            told(stop),
            told(send),
            verify == 0 ? "" : ", %s to verify".formatted(told(verify)),
            told(start));
  }

  private static String told(double seconds) {
    return Sizes.duration((long) Math.ceil(seconds));
  }
}
