package org.blkdelta.report;

import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.Totals;
import org.blkdelta.wire.Tally;

/// What a run of `sync`, `copy` or `apply` did, or in a dry run would do.
///
/// @param job what it had to do
/// @param extents changed runs
/// @param bytes their bytes, zeros included
/// @param zeroBytes those of them that became zeros; in a dry run, those known before reading
/// @param wireBytes bytes that went over the connection, compressed where they were; 0 in a local
/// run
/// @param seconds of the whole run
/// @param digest what both ends agreed on; empty in a dry run of sync
/// @param dryRun whether nothing was written
/// @param verified whether it was read back from the medium, and is the same
/// @param movedOn in words why it is not final: because the source moved on; else empty
public record Outcome(
    Job job,
    long extents,
    long bytes,
    long zeroBytes,
    long wireBytes,
    double seconds,
    String digest,
    boolean dryRun,
    boolean verified,
    String movedOn) {

  public static Outcome of(Job job, Tally.Sum sum, long wireBytes, double seconds, boolean dryRun) {
    return new Outcome(
        job,
        sum.extents(),
        sum.bytes(),
        sum.zeroBytes(),
        wireBytes,
        seconds,
        sum.digest(),
        dryRun,
        false,
        "");
  }

  public static Outcome planned(Job job, Totals totals, double seconds) {
    return new Outcome(
        job, totals.extents(), totals.bytes(), totals.zeroBytes(), 0, seconds, "", true, false, "");
  }

  /// Returns the same, of a source that moved on if there are words for that.
  public Outcome movedOn(Optional<String> words) {
    return as(job, verified, words.orElse(movedOn));
  }

  /// Returns the same after it was read back from the medium, and found to be the same.
  public Outcome readBack() {
    return as(job, true, movedOn);
  }

  /// Returns the same, written to a destination of that name.
  public Outcome at(String destination) {
    var named = new Job(job.verb(), job.volumeSize(), destination, job.comparesRest());
    return as(named, verified, movedOn);
  }

  private Outcome as(Job job, boolean verified, String movedOn) {
    return new Outcome(
        job, extents, bytes, zeroBytes, wireBytes, seconds, digest, dryRun, verified, movedOn);
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
      boolean sourceMovedOn,
      long volumeSize,
      String destination,
      boolean verified) {}

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
            !movedOn.isEmpty(),
            job.volumeSize(),
            job.destination(),
            verified);
    reporter.printDone(facts, text());
    if (!digest.isEmpty()) {
      reporter.detail(Sizes.count(extents, "extent") + ", digest " + digest);
    }
    if (!movedOn.isEmpty()) {
      reporter.say(movedOn);
    }
  }

  public String text() {
    var same =
        job.comparesRest() && bytes < job.volumeSize() ? "; what did not change is the same" : "";
    return dryRun
        ? "dry run: all checks passed%s; would %s %s%s%s; nothing was written"
            .formatted(same, job.verb().word(), job.amount(dataBytes()), job.to(), zeros())
        : "%s %s in %s%s%s; durable%s%s%s"
            .formatted(
                job.verb().done(),
                job.amount(dataBytes()),
                Sizes.elapsed(seconds),
                rate(dataBytes(), seconds, wireBytes),
                zeros(),
                job.at(),
                same,
                verified ? "; read back: the same" : "");
  }

  private long dataBytes() {
    return bytes - zeroBytes;
  }

  private String zeros() {
    return zeroBytes == 0 ? "" : "; zeros " + Sizes.binary(zeroBytes);
  }

  /// Returns for people how fast so many bytes were, and what of them went over a connection.
  static String rate(long bytes, double seconds, long wireBytes) {
    if (bytes == 0 || seconds <= 0) {
      return "";
    }
    var wire = wireBytes == 0 ? "" : ", %s on the wire".formatted(Sizes.binary(wireBytes));
    return " (%s/s%s)".formatted(Sizes.binary((long) (bytes / seconds)), wire);
  }
}
