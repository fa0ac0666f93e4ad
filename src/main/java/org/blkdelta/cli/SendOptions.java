package org.blkdelta.cli;

import java.util.Optional;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.SyncException;
import org.blkdelta.run.SendOrder;
import org.blkdelta.sync.Base;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `blkdelta send` is asked for.
@Command(optionListHeading = "Stream:")
final class SendOptions {

  @Mixin UseOptions use = new UseOptions();

  @Mixin Compression compression = new Compression();

  @Option(names = "--whole", description = "Send the volume, and not what changed.")
  boolean whole;

  @Option(
      names = "--listed",
      description =
          "Of the volume, send only what standard input lists: offset and length, 8 bytes each, big-endian.")
  boolean listed;

  @Option(names = "--digests", description = "Send digests, and not the bytes.")
  boolean digests;

  @Option(
      names = "--base",
      description = "Send first what the destination must hold: how much of it, if the user said.")
  @Nullable Base base;

  /// Returns what is asked for.
  ///
  /// @param settings how the source is read
  /// @param isRaw whether it is a raw disk whatever it holds
  SendOrder order(SourceSettings settings, boolean isRaw) throws SyncException {
    return new SendOrder(
        settings,
        isRaw,
        whole,
        listed,
        digests,
        Optional.ofNullable(base),
        use.request(),
        compression.packing());
  }
}
