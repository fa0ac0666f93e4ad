package org.blkdelta.failure;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A fault of the world that the user is told about, in the form `who: where: what was found; what
/// to do`. The kind decides the exit code and says what state the destination is in. The message is
/// [Printable], wherever its parts came from.
public abstract sealed class SyncException extends IOException
    permits UsageException,
        SourceException,
        RefusedException,
        ConnectionException,
        IncompleteException,
        UnconfirmedException {

  /// The words of the C library for ENOSPC, which the JDK hands on.
  private static final String DISK_FULL = "No space left on device";

  private static final long serialVersionUID = 1;

  SyncException(String message, @Nullable Throwable cause) {
    super(Printable.of(message), cause);
  }

  /// Returns a failure of the same kind, whose message begins with what it is about.
  public static IOException about(String what, IOException fault) {
    var message = describe(fault);
    if (message.startsWith(what)) {
      return fault;
    }
    var named = what + ": " + message;
    return fault instanceof SyncException told
        ? switch (told) {
          case UsageException usage -> new UsageException(named, usage);
          case SourceException source -> new SourceException(named, source);
          case RefusedException refused -> new RefusedException(named, refused);
          case ConnectionException lost -> new ConnectionException(named, lost);
          case IncompleteException incomplete -> new IncompleteException(named, incomplete);
          case UnconfirmedException unconfirmed -> new UnconfirmedException(named, unconfirmed);
        }
        : new IOException(named, fault);
  }

  /// Returns the words for a fault that came from outside: its message, or its kind where it has
  /// none.
  public static String describe(Throwable fault) {
    var message = fault.getMessage();
    if (fault instanceof java.nio.file.NoSuchFileException) {
      return message + ": no such file or directory";
    }
    if (fault instanceof java.nio.file.AccessDeniedException) {
      return message + ": permission denied";
    }
    if (message == null || message.isBlank()) {
      return fault.getClass().getSimpleName();
    }
    return message.endsWith(DISK_FULL) ? message + "; make room" : message;
  }

  /// Returns the words for a fault of a file, with its name, which a full disk leaves out.
  public static String describe(Path file, IOException fault) {
    return fault instanceof FileSystemException ? describe(fault) : file + ": " + describe(fault);
  }
}
