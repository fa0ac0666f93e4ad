package org.blkdelta.migrate;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.blkdelta.extent.Sizes;
import org.blkdelta.migrate.JobState.Machine;
import org.blkdelta.migrate.JobState.Round;
import org.jspecify.annotations.Nullable;

/// How far a job is, for people and programs.
///
/// @param job its name
/// @param state one of [#STATES]
/// @param running whether a process is at work on it
/// @param moved whether its machine is at the destination, also if the job is finished
/// @param rounds that were completed
/// @param lastSnapshots when the snapshots of the last completed round were taken: what the
///     destinations hold, RFC 3339 in UTC
/// @param lastBytes that the last completed round sent
/// @param lastSeconds that it took
/// @param interrupted the round that was begun after it, and not completed
/// @param failure what it failed by
/// @param forecast how long sending the rest would take, and its bounds
record Status(
    String job,
    String state,
    boolean running,
    boolean moved,
    long rounds,
    @Nullable String lastSnapshots,
    @Nullable Long lastBytes,
    @Nullable Double lastSeconds,
    @Nullable Long interrupted,
    @Nullable String failure,
    @Nullable Forecast forecast) {

  private static final String NEW = "new";
  private static final String FINISHED = "finished";

  /// What the state of a job can be.
  static final List<String> STATES =
      Stream.concat(Stream.of(NEW, FINISHED), Stream.of(Machine.values()).map(Machine::word))
          .toList();

  /// Returns that of a job that no process is known to be at work on.
  static Status of(String job, JobState state, Instant now) {
    return of(job, state, now, false);
  }

  /// @param isRunning whether a process has its journal open
  static Status of(String job, JobState state, Instant now, boolean isRunning) {
    var completed = state.completed();
    var last = completed.isEmpty() ? null : completed.getLast();
    long begun = state.lastRound();
    boolean isInterrupted = begun > 0 && !state.isComplete(begun) && !state.isFinished();
    return new Status(
        job,
        begun == 0 ? NEW : state.isFinished() ? FINISHED : state.machine().word(),
        isRunning,
        state.machine() == Machine.DESTINATION,
        last == null ? 0 : last.number(),
        last == null ? null : last.takenAt().toString(),
        last == null ? null : last.bytes(),
        last == null ? null : last.seconds(),
        isInterrupted ? begun : null,
        isInterrupted ? failure(state) : null,
        state.isFinished() || state.machine() != Machine.SOURCE
            ? null
            : Forecast.of(completed, now).orElse(null));
  }

  /// Returns in words what the last round sent.
  ///
  /// @param completed rounds, at least one
  static String sent(List<Round> completed) {
    var last = completed.getLast();
    double rate = last.bytes() / Math.max(1e-3, last.seconds());
    var changed =
        last.isDelta() && completed.size() > 1
            ? " changed in %s, sent"
                .formatted(duration(Forecast.between(completed.get(completed.size() - 2), last)))
            : " sent";
    return "%s%s in %s (%s/s)"
        .formatted(
            Sizes.binary(last.bytes()),
            changed,
            duration(last.seconds()),
            Sizes.binary((long) rate));
  }

  private static String duration(double seconds) {
    return Sizes.duration(Math.round(seconds));
  }

  private static @Nullable String failure(JobState state) {
    return state.lines().stream()
        .filter(line -> line.phase() == Journal.Phase.FAILED && line.round() == state.lastRound())
        .filter(line -> line.step() != Journal.Step.EXTEND) // which does not end a round
        .reduce((one, later) -> later)
        .map(Journal.Line::what)
        .orElse(null);
  }

  /// Returns it in words, one line each.
  List<String> text() {
    var first =
        lastSnapshots == null
            ? "job %s: %s".formatted(job, state.equals(NEW) ? "not begun" : "no round completed")
            : "job %s: %s; round %d holds the state of %s: %s sent in %s"
                .formatted(
                    job,
                    state.equals(Machine.SOURCE.word()) ? "running in rounds" : state,
                    rounds,
                    lastSnapshots,
                    Sizes.binary(lastBytes == null ? 0 : lastBytes),
                    Sizes.duration(Math.round(lastSeconds == null ? 0 : lastSeconds)));
    var second =
        interrupted == null
            ? Optional.<String>empty()
            : Optional.of(
                "round %d is not complete%s; run it again: blkdelta migrate round"
                    .formatted(interrupted, failure == null ? "" : ": " + failure));
    var third = Optional.ofNullable(forecast).map(Forecast::text);
    var fourth = running ? Optional.of("a process is at work on it") : Optional.<String>empty();
    return Stream.of(Optional.of(first), second, third, fourth).flatMap(Optional::stream).toList();
  }
}
