package org.blkdelta.report;

import org.blkdelta.extent.Sizes;

/// What a comparison found.
///
/// @param extents runs that differ
/// @param differentBytes their bytes, in units of 4096
/// @param bytes what was compared
/// @param destinationSize bytes of the whole destination
/// @param wireBytes bytes of the stream; 0 in a local run, and where the source is remote
/// @param seconds of the whole run
/// @param digest what both ends agreed to have compared with; empty if the connection broke, so
///     that they agreed on the parts
public record Verdict(
    long extents,
    long differentBytes,
    long bytes,
    long destinationSize,
    long wireBytes,
    double seconds,
    String digest) {

  public boolean isSame() {
    return extents == 0;
  }

  /// What programs are told of it.
  record Facts(
      boolean same,
      long extents,
      long differentBytes,
      long bytes,
      long destinationSize,
      long wireBytes,
      double seconds,
      String digest) {}

  /// Returns what programs are told of it.
  Facts facts() {
    return new Facts(
        isSame(),
        extents,
        differentBytes,
        bytes,
        destinationSize,
        wireBytes,
        Json.seconds(seconds),
        digest);
  }

  /// Prints it.
  public void print(Reporter reporter) {
    reporter.print(facts(), text());
    if (!digest.isEmpty()) {
      reporter.detail("digest " + digest);
    }
  }

  String text() {
    var amount = "compared %s".formatted(Sizes.binary(bytes));
    var found =
        isSame()
            ? "the same"
            : "different: %s, %s"
                .formatted(Sizes.count(extents, "extent"), Sizes.binary(differentBytes));
    var rate = Outcome.rate(bytes, seconds, wireBytes);
    return "%s; %s in %s%s%s".formatted(found, amount, Sizes.elapsed(seconds), rate, sizes());
  }

  private String sizes() {
    if (destinationSize < bytes) {
      return "; the destination has %s, the source %s"
          .formatted(Sizes.exact(destinationSize), Sizes.exact(bytes));
    }
    return destinationSize == bytes
        ? ""
        : "; %s more of the destination were not looked at"
            .formatted(Sizes.exact(destinationSize - bytes));
  }
}
