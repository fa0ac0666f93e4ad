package org.blkdelta.host;

import java.io.IOException;

/// A program of the host failed because this process is not root's.
public final class NeedsRootException extends IOException {

  private static final long serialVersionUID = 1;

  /// Creates one for a program, by its name.
  public NeedsRootException(String program) {
    super(program + ": needs root");
  }
}
