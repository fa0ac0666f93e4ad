package org.blkdelta.sync;

/// How a sender begins, after the receiver has made its checks.
///
/// @param resumeAt changes before this offset are there already, by the receiver's word: they are
///     not sent, but expected; 0 is none
/// @param check how the destination is held against the base
public record Start(long resumeAt, BaseCheck check) {

  /// Everything is sent and nothing compared.
  public static final Start PLAIN = new Start(0, BaseCheck.NONE);
}
