package org.blkdelta.migrate;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.blkdelta.failure.UsageException;
import org.blkdelta.guardian.Order;

/// How a job's machine is moved: when, and by which programs. A job without hooks is replication,
/// and cannot be cut over.
///
/// @param maxDowntimeSeconds how long the machine may be off
/// @param most rounds that `run` does before it gives up
/// @param atLeast rounds before a cutover
/// @param when `now`, `ask`, or a window such as `02:00-04:00`, in the time of this machine
/// @param stopSeconds how long the machine may take to stop
/// @param deadlineSeconds when the source is started again at the latest, from the stop on
/// @param leaseSeconds after how long without a word the source is started again
/// @param verify what of the copies is compared while the machine is off
/// @param source hooks of the source's machine
/// @param there hooks of the destination's
/// @param here hooks of the machine that the job runs on
record Move(
    long maxDowntimeSeconds,
    int most,
    int atLeast,
    String when,
    long stopSeconds,
    long deadlineSeconds,
    long leaseSeconds,
    Verify verify,
    Order.Hooks source,
    There there,
    Here here) {

  /// What is compared while the machine is off.
  enum Verify {
    NONE,
    /// What the last round wrote: it is read back from the medium.
    WRITTEN,
    /// All of each copy.
    ALL
  }

  /// Hooks of the destination's machine; empty for one that there is not.
  ///
  /// @param start starts the machine
  /// @param isUp exits with 0 if it is up
  /// @param isOff exits with 0 if it is off
  /// @param rehearse tries the machine there without touching its copies
  /// @param defined the machine of libvirt that is defined there as it is at the source; empty if
  ///     somebody does that
  record There(
      List<String> start,
      List<String> isUp,
      List<String> isOff,
      List<String> rehearse,
      Optional<String> defined) {}

  /// Hooks of the machine that the job runs on.
  ///
  /// @param beforeCutover exits with 75 if the cutover is to wait
  /// @param ended is run when a cutover has ended
  record Here(List<String> beforeCutover, List<String> ended) {}

  /// The hooks that no cutover can do without.
  private static final int NEEDED = 7;

  /// What `when` is to ask nobody.
  static final String NOW = "now";

  /// What `when` is to wait for the command `cutover`.
  static final String ASK = "ask";

  /// Returns whether the job names any of the hooks that a cutover needs.
  boolean isAny() {
    return missing().size() < NEEDED;
  }

  /// Returns what is said of a job that cannot be cut over.
  static UsageException incomplete(String job, List<String> missing) {
    return new UsageException(
        "job %s: without the hooks %s the machine cannot be moved; write them under [hooks], or name it by vm"
            .formatted(job, String.join(", ", missing)));
  }

  /// Returns the hooks that are missing for a cutover, by their names.
  List<String> missing() {
    return Stream.of(
            source.stop().isEmpty() ? "stop" : "",
            source.isOff().isEmpty() ? "is_off" : "",
            source.startSource().isEmpty() ? "start_source" : "",
            source.hold().isEmpty() ? "hold" : "",
            source.release().isEmpty() ? "release" : "",
            there.start().isEmpty() ? "start" : "",
            there.isUp().isEmpty() ? "is_up" : "")
        .filter(name -> !name.isEmpty())
        .toList();
  }
}
