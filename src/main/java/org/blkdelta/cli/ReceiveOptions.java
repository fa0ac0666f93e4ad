package org.blkdelta.cli;

import org.blkdelta.failure.UsageException;
import org.blkdelta.run.ReceiveOrder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `blkdelta receive` is asked for.
@Command(optionListHeading = "Stream:")
final class ReceiveOptions {

  @Mixin DestinationOptions destination = new DestinationOptions();
  @Mixin BaseOption base = new BaseOption();

  @Option(names = "--compare", description = "Compare with the stream, and write nothing.")
  boolean compare;

  @Option(
      names = "--read-back",
      description = "Compare, and remember a destination that differs as incomplete.")
  boolean readBack;

  @Option(names = "--packed", description = "Standard input is compressed.")
  boolean packed;

  /// Returns what is asked for.
  ///
  /// @param isRaw whether the destination is a raw disk whatever it holds
  ReceiveOrder order(boolean isRaw) throws UsageException {
    return new ReceiveOrder(destination.treatment(isRaw, base.base), compare, readBack, packed);
  }
}
