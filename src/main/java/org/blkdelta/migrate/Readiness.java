package org.blkdelta.migrate;

import java.time.Clock;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.migrate.Downtime.Seen;
import org.blkdelta.migrate.JobState.Round;

/// Whether a machine can be moved now: it would be off for no longer than it may, enough rounds are
/// done, and the job says that it is the time.
///
/// @param move what the job asks for
/// @param clock the time, in the zone of this machine
record Readiness(Move move, Clock clock) {

  /// How much less each round has to send, at least.
  private static final double LESS = 0.9;

  /// Why not.
  ///
  /// @param isEnd whether another round would not help
  record Waiting(boolean isEnd, String words) {}

  /// Returns why not, or empty if it can.
  ///
  /// @param completed all rounds, the oldest first
  /// @param seen what earlier cutovers took
  /// @param done how many of the rounds this run did
  Optional<Waiting> of(List<Round> completed, Seen seen, int done) {
    var downtime = Downtime.of(completed, seen, move.verify(), clock.instant());
    var now =
        downtime.isEmpty()
            ? "how long it would be off is not known yet"
            : Sizes.duration(move.maxDowntimeSeconds()) + " are allowed";
    if (!isSmall(completed, downtime)) {
      if (done >= move.most()) {
        return Optional.of(
            new Waiting(true, "%s; waits after %s".formatted(now, Sizes.count(done, "round"))));
      }
      if (done > 2 && !isLess(completed)) {
        return Optional.of(
            new Waiting(true, now + "; waits, since further rounds do not make it less"));
      }
      return Optional.of(new Waiting(false, now + "; one more round"));
    }
    return when(now);
  }

  /// Returns whether the rest is small enough, whenever it is to be moved.
  boolean isSmall(List<Round> completed, Seen seen) {
    return isSmall(completed, Downtime.of(completed, seen, move.verify(), clock.instant()));
  }

  private boolean isSmall(List<Round> completed, Optional<Downtime> downtime) {
    return completed.size() >= move.atLeast()
        && downtime.isPresent()
        && downtime.get().high() <= move.maxDowntimeSeconds();
  }

  /// Returns why a machine cannot be moved at this time whose copies are good enough, or empty if
  /// it can.
  ///
  /// @param now what the copies are
  Optional<Waiting> when(String now) {
    if (move.when().equals(Move.NOW)) {
      return Optional.empty();
    }
    if (move.when().equals(Move.ASK)) {
      return Optional.of(
          new Waiting(true, now + "; ready: blkdelta migrate cutover moves the machine"));
    }
    return isWithin(move.when(), LocalTime.now(clock))
        ? Optional.empty()
        : Optional.of(new Waiting(true, "%s; ready, and waits for %s".formatted(now, move.when())));
  }

  /// Returns whether one of the last two rounds took less than the one before.
  private static boolean isLess(List<Round> completed) {
    int last = completed.size() - 1;
    return last < 2
        || completed.get(last).seconds() < LESS * completed.get(last - 1).seconds()
        || completed.get(last - 1).seconds() < LESS * completed.get(last - 2).seconds();
  }

  /// @param window such as `22:00-04:00`
  static boolean isWithin(String window, LocalTime now) {
    var from = LocalTime.parse(window.substring(0, window.indexOf('-')));
    var to = LocalTime.parse(window.substring(window.indexOf('-') + 1));
    return from.isBefore(to)
        ? !now.isBefore(from) && now.isBefore(to)
        : !now.isBefore(from) || now.isBefore(to);
  }
}
