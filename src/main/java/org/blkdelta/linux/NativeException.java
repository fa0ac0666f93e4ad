package org.blkdelta.linux;

import java.io.IOException;

/// A system call that failed, with its error number.
public final class NativeException extends IOException {

  private static final long serialVersionUID = 1;

  private final int errno;

  /// Creates one.
  ///
  /// @param call the system call
  /// @param words what the C library says of the number
  public NativeException(String call, int errno, String words) {
    super(call + ": " + words);
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }
}
