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
        "Take everything that is named for a raw disk, whatever it holds.",
        "Without it, a file or device that holds something else (a disk image of another format, a compressed file, an archive), or a file whose name promises that, is refused."
      })
  boolean raw;
}
