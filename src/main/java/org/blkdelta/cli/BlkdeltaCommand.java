package org.blkdelta.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The top of the command line.
@Command(
    name = "blkdelta",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = {
      "Moves a live block device to another machine with seconds of downtime.",
      "",
      "A snapshot knows which blocks of its volume changed since it was taken. blkdelta reads that"
          + " list, and sends only those blocks to a copy that was made from the snapshot.",
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  lvcreate -s -n web-pre -L 10G vg0/web           # take a snapshot of the running VM's volume",
      "  dd if=/dev/vg0/web-pre bs=1M | ssh new dd of=/dev/vg0/web bs=1M    # copy it, at leisure",
      "  virsh shutdown web                              # the downtime begins",
      "  blkdelta sync vg0/web-pre new:/dev/vg0/web      # send what changed since, in seconds",
    })
final class BlkdeltaCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
