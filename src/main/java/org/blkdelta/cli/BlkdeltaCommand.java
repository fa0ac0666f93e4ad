package org.blkdelta.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The top of the command line.
@Command(
    name = "blkdelta",
    abbreviateSynopsis = true,
    header = "Move a live block device to another machine with seconds of downtime",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Moves a live block device to another machine with seconds of downtime: copies it from a"
          + " snapshot while it is in use, and then sends only what was written since.",
      "Run it as root on the machine that has the snapshot. The other machine needs blkdelta too, in"
          + " the PATH of the account that ssh logs in to.",
      "",
      "A classic LVM snapshot lists the blocks of its volume that were written since it was taken; so"
          + " does, in its own way, a thin pool or a VMware snapshot. blkdelta reads that list, and"
          + " sends only those blocks to a copy that was made from the snapshot.",
      "",
      "What all runs can be told (to be quiet or verbose, JSON, progress) may stand before the command.",
      "",
      "It brings its own Java runtime. BLKDELTA_JAVA_OPTIONS holds further options for that.",
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  # while the VM runs: take a snapshot, and copy it to the other machine",
      "  lvcreate -s -n web-pre -L 10G vg0/web",
      "  blkdelta copy vg0/web-pre new:/dev/vg0/web",
      "  # stop the VM; when it is off, send what changed since",
      "  virsh shutdown web",
      "  blkdelta sync --wait-closed vg0/web-pre new:/dev/vg0/web",
      "  # start the VM on the other machine, and drop the snapshot",
      "  ssh new virsh start web",
      "  lvremove vg0/web-pre",
    })
final class BlkdeltaCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
