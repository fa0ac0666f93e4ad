package org.blkdelta.report;

import java.util.Locale;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.Totals;
import org.blkdelta.wire.Tally;

/// What a run of `sync` or `apply` did, or in a dry run would do.
///
/// @param extents changed runs
/// @param bytes their bytes
/// @param zeroBytes those of them that became zeros; in a dry run, those known before reading
/// @param wireBytes bytes that went over the connection, compressed where they were; 0 in a local
/// run
/// @param seconds of the whole run
/// @param digest what both ends agreed on; empty in a dry run of sync
/// @param dryRun whether nothing was written
/// @param movedOn in words why it is not final: because the source moved on; else empty
public record Outcome(
    long extents,
    long bytes,
    long zeroBytes,
    long wireBytes,
    double seconds,
    String digest,
    boolean dryRun,
    String movedOn) {

  public static Outcome of(Tally.Sum sum, long wireBytes, double seconds, boolean dryRun) {
    return new Outcome(
        sum.extents(), sum.bytes(), sum.zeroBytes(), wireBytes, seconds, sum.digest(), dryRun, "");
  }

  public static Outcome planned(Totals totals, double seconds) {
    return new Outcome(
        totals.extents(), totals.bytes(), totals.zeroBytes(), 0, seconds, "", true, "");
  }

  /// Returns the same, of a source that moved on if there are words for that.
  public Outcome movedOn(Optional<String> words) {
    return new Outcome(
        extents, bytes, zeroBytes, wireBytes, seconds, digest, dryRun, words.orElse(movedOn));
  }

  /// Returns what a run that had it ends with.
  public ExitCode code() {
    return movedOn.isEmpty() ? ExitCode.DONE : ExitCode.MOVED_ON;
  }

  /// What programs are told of it; docs/receipt.md tells the same of a receipt.
  private record Facts(
      long extents,
      long bytes,
      long zeroBytes,
      long wireBytes,
      double seconds,
      String digest,
      boolean dryRun,
      boolean sourceMovedOn) {}

  /// Prints it, and why it is not final even if nothing else is to be printed.
  public void print(Reporter reporter) {
    var facts =
        new Facts(
            extents,
            bytes,
            zeroBytes,
            wireBytes,
            Json.seconds(seconds),
            digest,
            dryRun,
            !movedOn.isEmpty());
    reporter.printDone(facts, text());
    if (!movedOn.isEmpty()) {
      reporter.say(movedOn);
    }
  }

  public String text() {
    var amount = "%s, %s".formatted(Sizes.count(extents, "extent"), Sizes.binary(bytes));
    return dryRun
        ? "dry run: all checks passed; would write " + amount + "; nothing was written"
        : String.format(
            Locale.ROOT,
            "wrote %s (%s of them zeros) in %.1f s; durable; digest %s",
            amount,
            Sizes.binary(zeroBytes),
            seconds,
            digest);
  }
}
