package org.blkdelta.cli;

import org.blkdelta.sync.Base;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How to find out whether a destination is what changes start from.
@Command(optionListHeading = "Destination:")
final class BaseOption {

  @Option(
      names = "--base",
      paramLabel = "HOW",
      description = {
        "Compare first: sample, full, or assume (nothing).",
        "It finds out whether the destination is what the changes start from: sample (what its machine remembers of it must fit, and 1024 random pages that did not change, and the first and last MiB, are compared), full (everything that did not change is compared, whatever is remembered), assume (not at all). Without it: sample, if the source has what did not change; else it must be remembered."
      })
  @Nullable Base base;
}
