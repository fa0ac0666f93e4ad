package org.blkdelta.wire;

import java.util.Arrays;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.failure.UsageException;

/// One message of a receiver to its sender, over a live channel; see docs/stream.md, section 5.
public sealed interface Answer {

  /// The first: who answers.
  ///
  /// @param destinationSize bytes of the destination, or -1 if it does not exist yet
  /// @param told what it was told to do
  record Hello(long destinationSize, Told told) implements Answer {

    /// Creates one that does not say what it was told.
    public Hello(long destinationSize) {
      this(destinationSize, Told.NOTHING);
    }
  }

  /// All checks passed; the changes may come.
  ///
  /// @param resumeAt changes of this delta before this offset are on the medium since an earlier
  ///     run; 0 if there are none
  record Ready(long resumeAt, Base base) implements Answer {

    /// Creates one that says nothing of earlier runs.
    public Ready() {
      this(0, Base.UNKNOWN);
    }
  }

  /// Whether the destination is what the changes start from.
  enum Base {
    /// Nothing is known.
    UNKNOWN(0),
    /// It is, as far as is remembered of it.
    RIGHT(1),
    /// Nothing is to be compared: it was made for these changes, or somebody said so.
    ANY(2);

    private final int code;

    Base(int code) {
      this.code = code;
    }

    /// Returns the number that stands for it in an answer.
    public int code() {
      return code;
    }

    /// Returns what a number stands for, or empty if it stands for nothing.
    public static Optional<Base> ofCode(long code) {
      return Arrays.stream(values()).filter(base -> base.code == code).findFirst();
    }
  }

  /// So many bytes of changes are on the medium.
  record Durable(long bytes) implements Answer {}

  /// What was overwritten is on the medium, in a file of its own; comes before [Result], where that
  /// was asked for.
  ///
  /// @param file its path there
  /// @param bytes of that file
  record Saved(String file, long bytes) implements Answer {}

  /// Everything is on the medium; this is what it was.
  record Result(Tally.Sum sum) implements Answer {}

  /// A run of bytes is not what was expected of it; runs come ascending, in a verification only.
  record Differs(long offset, long length) implements Answer {}

  /// All before an offset was compared, and its runs that differ answered; from time to time, in a
  /// verification only. A peer that does not know this answer skips it.
  record Passed(long offset) implements Answer {}

  /// Everything was compared, and nothing written.
  ///
  /// @param sum what was compared with
  /// @param extents number of runs that differ, each of which was answered before
  /// @param bytes their bytes
  record Compared(Tally.Sum sum, long extents, long bytes) implements Answer {}

  /// It ends here.
  record Failed(Kind kind, String message) implements Answer {}

  /// What state a failure leaves behind; one for each kind of [SyncException].
  enum Kind {
    USAGE(2),
    SOURCE(4),
    REFUSED(5),
    CONNECTION(6),
    INCOMPLETE(7),
    UNCONFIRMED(8);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /// Returns the number that stands for it in an answer: the exit code of the failure.
    public int code() {
      return code;
    }

    /// Returns the kind that a number stands for, or empty if it stands for none.
    public static Optional<Kind> ofCode(long code) {
      return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
    }

    /// Returns the kind of a failure.
    public static Kind of(SyncException failure) {
      return switch (failure) {
        case UsageException usage -> USAGE;
        case SourceException source -> SOURCE;
        case RefusedException refused -> REFUSED;
        case ConnectionException connection -> CONNECTION;
        case IncompleteException incomplete -> INCOMPLETE;
        case UnconfirmedException unconfirmed -> UNCONFIRMED;
      };
    }

    /// Returns a failure of this kind.
    public SyncException failure(String message) {
      return switch (this) {
        case USAGE -> new UsageException(message);
        case SOURCE -> new SourceException(message);
        case REFUSED -> new RefusedException(message);
        case CONNECTION -> new ConnectionException(message);
        case INCOMPLETE -> new IncompleteException(message);
        case UNCONFIRMED -> new UnconfirmedException(message);
      };
    }
  }
}
