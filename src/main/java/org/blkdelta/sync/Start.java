package org.blkdelta.sync;

import java.io.IOException;

/// How a sender begins, after the receiver has made its checks.
///
/// @param resumeAt changes before this offset are there already, by the receiver's word: they are
///     not sent, but expected; 0 is none
/// @param check how the destination is held against the base
public record Start(long resumeAt, BaseCheck check) {

  /// Decides when the receiver is ready.
  @FunctionalInterface
  public interface Choice {

    /// Returns how to begin.
    Start start() throws IOException;
  }

  /// Everything is sent and nothing compared.
  public static final Start PLAIN = new Start(0, BaseCheck.NONE);
}
