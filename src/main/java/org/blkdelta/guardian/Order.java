package org.blkdelta.guardian;

import java.util.List;
import java.util.Map;

/// What a guardian is to do.
///
/// @param v version of the protocol and of the log, 1
/// @param job the job's name
/// @param id names this cutover; another one has another
/// @param returns whether a source that was handed over is to be started again
/// @param devices the volumes that may not be written to after the last changes were sent
/// @param hooks how the machine is stopped, started and looked at
/// @param environment what hooks find in their environment
/// @param leaseSeconds how long it waits for a word before it starts the source again
/// @param deadlineSeconds when it starts the source again in any case, from its beginning on
/// @param stopSeconds how long the machine may take to stop
public record Order(
    int v,
    String job,
    String id,
    boolean returns,
    List<String> devices,
    Hooks hooks,
    Map<String, String> environment,
    long leaseSeconds,
    long deadlineSeconds,
    long stopSeconds) {

  /// The version of this program.
  public static final int VERSION = 1;

  /// Copies the list and the map.
  public Order {
    devices = List.copyOf(devices);
    environment = Map.copyOf(environment);
  }

  /// Programs of the source's machine, each with its arguments; empty for one that there is not.
  /// Each may be run again.
  ///
  /// @param stop asks the machine to stop; it need not wait for that
  /// @param isOff exits with 0 if the machine is off, with 1 if it is on
  /// @param kill turns it off at once
  /// @param startSource starts it
  /// @param hold keeps its host from starting it by itself
  /// @param release lets its host start it by itself again
  public record Hooks(
      List<String> stop,
      List<String> isOff,
      List<String> kill,
      List<String> startSource,
      List<String> hold,
      List<String> release) {

    /// Copies the lists.
    public Hooks {
      stop = List.copyOf(stop);
      isOff = List.copyOf(isOff);
      kill = List.copyOf(kill);
      startSource = List.copyOf(startSource);
      hold = List.copyOf(hold);
      release = List.copyOf(release);
    }
  }
}
