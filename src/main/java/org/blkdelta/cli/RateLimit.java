package org.blkdelta.cli;

import org.blkdelta.extent.Amounts;
import org.blkdelta.failure.UsageException;
import org.blkdelta.run.Limit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How fast data may go.
@Command(optionListHeading = "Connection:")
final class RateLimit {

  @Option(
      names = "--bwlimit",
      paramLabel = "RATE",
      description = {
        "Send at most RATE a second: 500K, 10M, 1.5G; 0: no limit.",
        "K, M and G are powers of 1024, as KiB, MiB and GiB are; KB, MB and GB are powers of 1000. A number alone is bytes. It is an average, and applies to uncompressed data."
      })
  @Nullable String rate;

  /// Returns how fast data may go.
  Limit limit() throws UsageException {
    return rate == null ? Limit.NONE : new Limit(bytes(rate));
  }

  /// Returns the bytes a second that a rate such as `10M` or `10M/s` names; 0 is no limit.
  static long bytes(String text) throws UsageException {
    return Amounts.bytes(text.replaceFirst("/s$", ""))
        .orElseThrow(
            () -> new UsageException("--bwlimit=" + text + ": " + Amounts.SIZES + "; 0: no limit"));
  }
}
