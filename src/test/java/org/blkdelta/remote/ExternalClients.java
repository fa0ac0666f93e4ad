package org.blkdelta.remote;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Programs that tests name in the place of `ssh`.
public final class ExternalClients {

  private ExternalClients() {}

  /// Returns the options that name one, and no more.
  ///
  /// @param command as a shell would split it
  public static SshOptions options(String command) {
    return new SshOptions(
        Optional.of(command), Optional.empty(), List.of(), OptionalInt.empty(), List.of(), false);
  }
}
