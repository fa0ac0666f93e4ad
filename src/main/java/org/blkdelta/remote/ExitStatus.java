package org.blkdelta.remote;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Exit statuses as a shell gives them: 0 to 255, and 128 plus the signal's number.
final class ExitStatus {

  /// What `ssh` exits with when the connection fails, and what stands for a connection that was
  /// lost.
  static final int LOST = 255;

  private static final Map<String, Integer> SIGNALS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ILL", 4),
          Map.entry("ABRT", 6),
          Map.entry("FPE", 8),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("SEGV", 11),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15));

  private ExitStatus() {}

  /// Returns the status for a signal of RFC 4254, section 6.10, by its name without `SIG`. One that
  /// is not known there counts as lost.
  static int ofSignal(String name) {
    var number = SIGNALS.get(name);
    return number == null ? LOST : 128 + number;
  }

  /// Waits for a process, whatever interrupts this thread meanwhile, and returns its status.
  static int await(Process process) {
    return await(process, Duration.ofDays(365));
  }

  /// Waits for a process, whatever interrupts this thread meanwhile, and returns its status, or
  /// [#LOST] if it does not end in that time.
  static int await(Process process, Duration limit) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)
              ? process.exitValue()
              : LOST;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
