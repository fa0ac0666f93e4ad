package org.blkdelta.cli;

import java.io.IOException;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.Location;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What runs at the remote side.
@Command(optionListHeading = "Connection:")
final class RemoteOptions {

  @Option(
      names = "--remote-command",
      paramLabel = "CMD",
      defaultValue = FarCommand.NAME,
      description = {
        "Run this there, such as \"sudo blkdelta\".",
        "It is a path, or a command that ends with one, if blkdelta is not in the PATH there or needs sudo. It goes to the remote shell as it is. Default: ${DEFAULT-VALUE}."
      })
  String command = FarCommand.NAME;

  @Option(
      names = "--deploy",
      description = {
        "Send this blkdelta there, once, and run that.",
        "No blkdelta is needed at the remote side: this one goes into the folder .cache/blkdelta of the login ($XDG_CACHE_HOME/blkdelta if that is set), and is run from there. Each run checks every file of it by its digest. The remote side needs the same kind of processor and C library, and sha256sum, tar and gzip. If --remote-command is given too, it ends with the word blkdelta, which stands for what was sent: \"sudo blkdelta\"."
      })
  boolean deploy;

  /// Returns how blkdelta is run there.
  FarCommand command() {
    return new FarCommand(command, deploy);
  }

  /// Refuses an export that is both, and what is said of another machine where there is none.
  void check(Location source, Location destination) throws IOException {
    if (deploy && !source.isRemote() && !destination.isRemote()) {
      throw new UsageException("--deploy: nothing runs on another machine; leave it out");
    }
    if (source.isRemote() && Location.isRunningDisk(source.path())) {
      throw new UsageException(
          source
              + ": a running disk is read on its own host; run it there, with HOST:PATH as the destination");
    }
    if (isSame(source, destination)) {
      throw new UsageException(destination + ": is the source itself; name another destination");
    }
  }

  /// Returns whether both are one export. Of devices and files the destination's own checks know.
  private static boolean isSame(Location source, Location destination) throws IOException {
    return Location.isExport(source.path())
        && Location.isExport(destination.path())
        && source.host().equals(destination.host())
        && DestinationName.of(source.path())
            .identity()
            .equals(DestinationName.of(destination.path()).identity());
  }
}
