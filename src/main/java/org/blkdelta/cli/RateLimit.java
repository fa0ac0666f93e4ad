package org.blkdelta.cli;

import org.blkdelta.failure.UsageException;
import org.blkdelta.run.Limit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How fast data may go.
@Command(optionListHeading = "Bandwidth:")
final class RateLimit {

  private static final String UNITS = "KMGT";

  @Option(
      names = "--bwlimit",
      paramLabel = "RATE",
      description =
          "Send at most so many bytes a second, on average: a number, or one with K, M or G after it"
              + " for KiB, MiB or GiB. The limit applies to uncompressed data.")
  @Nullable String rate;

  /// Returns how fast data may go.
  Limit limit() throws UsageException {
    return rate == null ? Limit.NONE : new Limit(bytes(rate));
  }

  /// Returns the bytes that a rate such as `10M` names.
  static long bytes(String text) throws UsageException {
    int power = text.isEmpty() ? -1 : UNITS.indexOf(text.charAt(text.length() - 1));
    var digits = power < 0 ? text : text.substring(0, text.length() - 1);
    if (!digits.matches("[1-9][0-9]{0,8}")) {
      throw new UsageException("--bwlimit=" + text + ": write a number of bytes, such as 10M");
    }
    return Long.parseLong(digits) << (10 * (power + 1));
  }
}
