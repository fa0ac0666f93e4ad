package org.blkdelta.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Whether what is not a raw disk is taken for one.
@Command(optionListHeading = "")
final class RawOption {

  /// The option's name.
  static final String NAME = "--raw";

  @Option(
      names = NAME,
      description = {
        "Take a disk for a raw one, whatever it holds.",
        "Without it, one that holds something else (a disk image of another format, a compressed file, an archive), or whose name promises that, is refused."
      })
  boolean raw;
}
