package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.SyncException;
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
record Outcome(
    long extents,
    long bytes,
    long zeroBytes,
    long wireBytes,
    double seconds,
    String digest,
    boolean dryRun,
    String movedOn) {

  static Outcome of(Tally.Sum sum, long wireBytes, double seconds, boolean dryRun) {
    return new Outcome(
        sum.extents(), sum.bytes(), sum.zeroBytes(), wireBytes, seconds, sum.digest(), dryRun, "");
  }

  static Outcome planned(Totals totals, double seconds) {
    return new Outcome(
        totals.extents(), totals.bytes(), totals.zeroBytes(), 0, seconds, "", true, "");
  }

  /// Returns the same, of a source that moved on if there are words for that.
  Outcome movedOn(Optional<String> words) {
    return new Outcome(
        extents, bytes, zeroBytes, wireBytes, seconds, digest, dryRun, words.orElse(movedOn));
  }

  /// Returns what a run that had it ends with.
  ExitCode code() {
    return movedOn.isEmpty() ? ExitCode.DONE : ExitCode.MOVED_ON;
  }

  /// Prints it, and why it is not final even if nothing else is to be printed. A standard output
  /// that cannot be written changes nothing of what was done.
  void print(ReportOptions report, Streams streams) {
    if (report.json) {
      printJson(streams);
    } else {
      report.print(streams, json(), text());
    }
    if (!movedOn.isEmpty()) {
      streams.say(movedOn);
    }
  }

  private void printJson(Streams streams) {
    try {
      streams.data().write((json() + "\n").getBytes(streams.out().charset()));
      streams.data().flush();
    } catch (IOException fault) {
      streams.warn(
          "standard output: the result cannot be printed: %s; %s"
              .formatted(SyncException.describe(fault), text()));
    }
  }

  private JsonObject json() {
    var object = new JsonObject();
    object.addProperty("extents", extents);
    object.addProperty("bytes", bytes);
    object.addProperty("zeroBytes", zeroBytes);
    object.addProperty("wireBytes", wireBytes);
    object.addProperty("seconds", Math.round(seconds * 1000) / 1000.0);
    object.addProperty("digest", digest);
    object.addProperty("dryRun", dryRun);
    object.addProperty("sourceMovedOn", !movedOn.isEmpty());
    return object;
  }

  String text() {
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
