package org.blkdelta.report;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// Tells what a run does: to people on standard error, to programs on standard output.
///
/// @param how what is told, and what is not
/// @param of what it is about, if several runs go on at the same time; else nothing
public record Reporter(Streams streams, Reporting how, String of) {

  /// Creates that of a run that goes on alone.
  public Reporter(Streams streams, Reporting how) {
    this(streams, how, "");
  }

  /// Returns the same of one of several runs: what it tells begins with a name.
  public Reporter about(String name) {
    return new Reporter(streams, how, name);
  }

  /// Tells something that is no failure, and that the user should know.
  public void warn(String message) {
    streams.warn(named(message));
  }

  /// Tells something, whatever is wanted.
  public void say(String message) {
    streams.say(named(message));
  }

  /// Tells a detail.
  public void detail(String message) {
    if (how.verbose()) {
      say(message);
    }
  }

  /// Returns whether anybody is told the digest of what a run moves.
  public boolean tellsDigests() {
    return how.verbose() || how.json() || how.receipt().isPresent();
  }

  /// Tells people what goes on.
  public void news(String message) {
    if (!how.quiet() && !how.json()) {
      say(message);
    }
  }

  private String named(String message) {
    return of.isEmpty() || message.startsWith(of) ? message : of + ": " + message;
  }

  /// Warns if a source has no changes, since nothing is below it: a base disk of VMware.
  public void warnOfWhole(ChangeSource source) {
    if (source.lineage().isWhole()) {
      warn(source.disk().name() + ": starts at a base disk (no parent): the whole disk is sent");
    }
  }

  /// Tells people what was done.
  public void finished(String message) {
    if (!how.quiet()) {
      streams.err().println("blkdelta: " + message);
    }
  }

  /// Prints a result where it belongs: data to standard output, words to standard error.
  ///
  /// @param facts a record for programs
  public void print(Object facts, String text) {
    if (how.json()) {
      streams.out().println(Json.line(facts));
    } else if (!how.quiet()) {
      streams.err().println("blkdelta: " + text);
    }
  }

  /// Prints the result of a run that has written. A standard output that cannot be written changes
  /// nothing of what was done.
  void printDone(Object facts, String text) {
    if (!how.json()) {
      print(facts, text);
      return;
    }
    try {
      var line = Json.line(facts) + "\n";
      streams.data().write(line.getBytes(streams.out().charset()));
      streams.data().flush();
    } catch (IOException fault) {
      warn(
          "standard output: the result cannot be printed: %s; %s"
              .formatted(SyncException.describe(fault), text));
    }
  }

  /// Returns a meter for a run of so many bytes, or of an unknown number if that is 0; the caller
  /// closes it.
  public ProgressMeter meter(long totalBytes) throws IOException {
    return meter(totalBytes, Optional::empty);
  }

  /// Returns a meter for a run of so many bytes; the caller closes it.
  ///
  /// @param fuel how full the source's snapshot is, if it has one
  public ProgressMeter meter(long totalBytes, Supplier<Optional<StoreUsage>> fuel)
      throws IOException {
    var pace = StoreWatch.pace(totalBytes, streams.progress().screen());
    Runnable closed = of.isEmpty() ? () -> {} : () -> streams.progress().leave(of);
    var meter = new StoreWatch(made(totalBytes, fuel), pace, fuel, this::warn, closed);
    streams.progress().follow(of, meter);
    return meter;
  }

  private ProgressMeter made(long totalBytes, Supplier<Optional<StoreUsage>> fuel)
      throws IOException {
    var progress = how.progress();
    var clock = streams.progress().screen().clock();
    if (progress.equals("json")) {
      return new JsonMeter(streams.err(), totalBytes, fuel, clock);
    }
    if (progress.matches("json:[0-9]{1,4}")) {
      var number = progress.substring("json:".length());
      var out = Descriptors.open(number, "--progress=" + progress);
      return new JsonMeter(out, totalBytes, fuel, clock);
    }
    return switch (progress) {
      case "auto" -> new TextMeter(streams, of, totalBytes, fuel, how.quiet());
      case "none" -> new TextMeter(streams, of, totalBytes, fuel, true);
      default ->
          throw new UsageException("--progress=" + progress + ": use auto, none or json[:FD]");
    };
  }

  /// Returns what a connection asks and tells by: it draws nothing where no progress is wanted.
  public Streams connecting() {
    return !how.quiet() && how.progress().equals("auto") ? streams : streams.undrawn();
  }

  /// Returns where the receipt goes, if somebody wants one.
  public Optional<OutputFile> receiptFile() {
    return how.receipt().map(file -> new OutputFile("the receipt", file, streams));
  }
}
