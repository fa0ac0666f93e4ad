package org.blkdelta.migrate;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.blkdelta.migrate.Journal.Line;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Json;

/// How far a job is, as its journal tells.
///
/// @param lines all of it; a growing list may be given
record JobState(List<Line> lines) {

  /// How many of the last cutovers tell what the next one takes.
  private static final int SEEN = 3;

  /// Returns the journal's name; of a job without one, nothing.
  String id() {
    return lines.isEmpty() ? "" : String.valueOf(lines.getFirst().what());
  }

  /// Returns the number of the last round that was begun, 0 if none was.
  long lastRound() {
    return lines.stream().mapToLong(Line::round).max().orElse(0);
  }

  /// Returns whether the snapshots of a round were taken, all of them.
  boolean isTaken(long round) {
    return any(line -> is(line, Step.SNAPSHOTS, Phase.DONE) && line.round() == round);
  }

  /// Returns when they were.
  Optional<Instant> takenAt(long round) {
    return lines.stream()
        .filter(line -> is(line, Step.SNAPSHOTS, Phase.DONE) && line.round() == round)
        .map(line -> Instant.parse(line.time()))
        .findFirst();
  }

  /// Returns the round whose snapshot a disk's destination holds, if it holds one.
  ///
  /// @param disk its key
  OptionalLong held(String disk) {
    return lines.stream()
        .filter(line -> is(line, Step.SEND, Phase.DONE) && disk.equals(line.disk()))
        .mapToLong(Line::round)
        .max();
  }

  /// Returns the last round that a snapshot was taken for, 0 if none was.
  ///
  /// @param snapshot its name, if all disks have one together
  long lastTaken(String snapshot) {
    return lines.stream()
        .filter(line -> is(line, Step.SNAPSHOTS, Phase.DONE) && snapshot.equals(line.what()))
        .mapToLong(Line::round)
        .max()
        .orElse(0);
  }

  /// Returns whether a machine was started at the destination since something was sent to it last.
  ///
  /// @param disk its key
  boolean wasStarted(String disk) {
    boolean wasStarted = false;
    for (var line : lines) {
      if (line.step() == Step.START) {
        wasStarted = true;
      } else if (is(line, Step.SEND, Phase.DONE) && disk.equals(line.disk())) {
        wasStarted = false;
      }
    }
    return wasStarted;
  }

  /// Returns whether the last round was begun in the last cutover, and is not complete.
  boolean isWithinCutover() {
    boolean isWithin = false;
    for (var line : lines) {
      if (line.step() == Step.CUTOVER) {
        isWithin = false;
      } else if (is(line, Step.SNAPSHOTS, Phase.DONE)) {
        isWithin = true;
      } else if (is(line, Step.ROUND, Phase.DONE)) {
        isWithin = false;
      }
    }
    return isWithin;
  }

  /// Returns whether a disk's destination may be something between two states: sending to it was
  /// begun, and did not end. What would go on with just that is fine.
  ///
  /// @param disk its key
  /// @param round that is to be sent
  boolean isTorn(String disk, long round) {
    boolean isTorn = false;
    for (var line : lines) {
      if (line.step() == Step.START) {
        isTorn = true; // the machine there has written to it
      } else if (line.step() == Step.SEND && disk.equals(line.disk())) {
        isTorn =
            switch (line.phase()) {
              case DONE -> false;
              case FAILED -> isTorn;
              case INTENT ->
                  isTorn || line.round() != round || !Way.CHANGES.word().equals(line.what());
            };
      }
    }
    return isTorn;
  }

  /// Where the job's machine is.
  enum Machine {
    /// At the source, as far as the job is concerned.
    SOURCE("rounds"),
    /// Its cutover was begun, and it is not known how that ended.
    UNKNOWN("cutting-over"),
    /// It is off at the source for good, and not started at the destination yet.
    HANDED_OVER("handed-over"),
    /// At the destination.
    DESTINATION("done"),
    /// It is being taken back to the source.
    GOING_BACK("going-back");

    private final String word;

    Machine(String word) {
      this.word = word;
    }

    /// Returns what programs are told.
    String word() {
      return word;
    }
  }

  /// Returns where the machine is.
  Machine machine() {
    var machine = Machine.SOURCE;
    for (var line : lines) {
      machine =
          switch (line.step()) {
            case CUTOVER ->
                switch (line.phase()) {
                  case INTENT -> Machine.UNKNOWN;
                  case DONE -> Machine.DESTINATION;
                  case FAILED -> Machine.SOURCE;
                };
            case HANDOVER -> line.phase() == Phase.DONE ? Machine.HANDED_OVER : machine;
            case BACK -> line.phase() == Phase.DONE ? Machine.SOURCE : Machine.GOING_BACK;
            default -> machine;
          };
    }
    return machine;
  }

  /// Returns the name of the last guardian; of a job without one, nothing.
  String guardian() {
    return lines.stream()
        .filter(line -> is(line, Step.CUTOVER, Phase.INTENT) || is(line, Step.BACK, Phase.INTENT))
        .map(line -> String.valueOf(line.what()))
        .reduce("", (first, last) -> last);
  }

  /// Returns whether all disks of a round were sent.
  boolean isComplete(long round) {
    return any(line -> is(line, Step.ROUND, Phase.DONE) && line.round() == round);
  }

  /// Returns whether `finish` was the last thing.
  boolean isFinished() {
    return !lines.isEmpty() && is(lines.getLast(), Step.FINISH, Phase.DONE);
  }

  /// Returns the rounds that were completed, the oldest first.
  List<Round> completed() {
    return lines.stream()
        .filter(line -> is(line, Step.ROUND, Phase.DONE))
        .map(line -> round(line.round()))
        .toList();
  }

  private Round round(long number) {
    long bytes = 0;
    boolean isDelta = true;
    boolean isMoving = false;
    double whole = 0;
    var spans = new ArrayList<double[]>();
    for (var line : lines) {
      if (line.step() == Step.CUTOVER) {
        isMoving = line.phase() == Phase.INTENT;
      }
      if (line.round() != number) {
        continue;
      }
      isDelta &= !isMoving || line.step() != Step.SNAPSHOTS;
      if (is(line, Step.ROUND, Phase.DONE) && line.seconds() != null) {
        whole = line.seconds();
      } else if (is(line, Step.SEND, Phase.DONE)) {
        bytes += line.bytes() == null ? 0 : line.bytes();
        double end = Instant.parse(line.time()).toEpochMilli() / 1e3;
        spans.add(new double[] {end - (line.seconds() == null ? 0 : line.seconds()), end});
        isDelta &= Way.CHANGES.word().equals(line.what());
      }
    }
    var taken = takenAt(number).orElse(Instant.EPOCH);
    double seconds = Json.seconds(covered(spans));
    return new Round(number, taken, bytes, seconds, Math.max(seconds, whole), isDelta);
  }

  /// Returns how long something of it went on: disks are sent at the same time.
  ///
  /// @param spans beginnings and ends, in seconds
  private static double covered(List<double[]> spans) {
    spans.sort(Comparator.comparingDouble(span -> span[0]));
    double covered = 0;
    double until = Double.NEGATIVE_INFINITY;
    for (var span : spans) {
      covered += Math.max(0, span[1] - Math.max(until, span[0]));
      until = Math.max(until, span[1]);
    }
    return covered;
  }

  /// Returns how full the classic snapshots were that the last round sent, in percent, by the names
  /// of their volumes.
  SortedMap<String, Double> lastFills() {
    var fills = new TreeMap<String, Double>();
    for (var line : lines) {
      var disk = line.disk();
      if (is(line, Step.SNAPSHOTS, Phase.INTENT)) {
        fills.clear();
      } else if (line.fill() != null && disk != null) {
        fills.put(disk.substring(0, Math.max(0, disk.indexOf(" to "))), line.fill());
      }
    }
    return fills;
  }

  /// A round that was completed.
  ///
  /// @param number from 1
  /// @param takenAt when its snapshots were
  /// @param bytes that were sent
  /// @param seconds in which something of it was sent
  /// @param wholeSeconds that it took, with its snapshots
  /// @param isDelta whether of all disks only changes were sent, and the machine was on
  record Round(
      long number,
      Instant takenAt,
      long bytes,
      double seconds,
      double wholeSeconds,
      boolean isDelta) {}

  /// Returns what the last cutovers took.
  Downtime.Seen seen() {
    return new Downtime.Seen(last(Step.STOP), last(Step.VERIFY), last(Step.START));
  }

  private List<Double> last(Step step) {
    var all =
        lines.stream()
            .filter(line -> is(line, step, Phase.DONE))
            .map(Line::seconds)
            .flatMap(Stream::ofNullable)
            .toList();
    return all.subList(Math.max(0, all.size() - SEEN), all.size());
  }

  private boolean any(Predicate<Line> one) {
    return lines.stream().anyMatch(one);
  }

  private static boolean is(Line line, Step step, Phase phase) {
    return line.step() == step && line.phase() == phase;
  }
}
