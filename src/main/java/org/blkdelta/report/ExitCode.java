package org.blkdelta.report;

import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.failure.UsageException;

/// What the program's exit status says, for scripts and timers.
public enum ExitCode {
  DONE(0, "done and durable", "done"),
  BUG(1, "internal error, or Java could not start"),
  USAGE(2, "usage"),
  DIFFERENT(3, "verify found differences"),
  SOURCE(4, "source or stream unusable, nothing written", "source or stream unusable"),
  REFUSED(5, "refused before writing", "refused"),
  CONNECTION(
      6,
      "could not connect, authenticate or start the remote side, nothing written",
      "could not connect, authenticate or start the remote side"),
  INCOMPLETE(
      7,
      "destination incomplete (cut, I/O error, source overflowed meanwhile; run again)",
      "not done (I/O error; run again)"),
  UNCONFIRMED(8, "written, but not confirmed", "not all of the output was printed"),
  MOVED_ON(
      9,
      "written and durable, but the source moved on: not final",
      "done, but the source moved on: not final"),
  WAITING(10, "migrate: not cut over yet, the source runs; run again later"),
  ROLLED_BACK(11, "migrate: the cutover failed, and the source runs again"),
  STRANDED(12, "migrate: the source is off, and the destination did not start; look there"),
  HUNG_UP(129, "stopped by SIGHUP"),
  INTERRUPTED(130, "stopped by SIGINT"),
  TERMINATED(143, "stopped by SIGTERM");

  private final int number;
  private final String meaning;
  private final String meaningOfLooking;

  ExitCode(int number, String meaning) {
    this(number, meaning, meaning);
  }

  ExitCode(int number, String meaning, String meaningOfLooking) {
    this.number = number;
    this.meaning = meaning;
    this.meaningOfLooking = meaningOfLooking;
  }

  public int number() {
    return number;
  }

  /// Returns whether it tells of a signal that ended the program.
  public boolean isSignal() {
    return number > 128;
  }

  /// Returns what it says, in the words of the documentation.
  public String meaning() {
    return meaning;
  }

  /// Returns what it says of a command that writes to no destination.
  public String meaningOfLooking() {
    return meaningOfLooking;
  }

  /// Returns the code of a failure.
  public static ExitCode of(SyncException failure) {
    return switch (failure) {
      case UsageException usage -> USAGE;
      case SourceException source -> SOURCE;
      case RefusedException refused -> REFUSED;
      case ConnectionException connection -> CONNECTION;
      case IncompleteException incomplete -> INCOMPLETE;
      case UnconfirmedException unconfirmed -> UNCONFIRMED;
    };
  }
}
