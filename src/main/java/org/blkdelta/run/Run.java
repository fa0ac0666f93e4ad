package org.blkdelta.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Receipt;
import org.blkdelta.report.Reporter;
import org.blkdelta.source.Sources;
import org.blkdelta.sync.FrameConsumer;
import org.blkdelta.sync.Meter;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.Tally;

/// One run of the program: frames from a producer to a consumer, perhaps several times. Whatever
/// watches frames on their way is put together here, in one order: a signal's stop, the rate
/// limit, the meter, the receipt. Every run has a receipt if the user wants one, since there is
/// no other way to get one of these.
public final class Run {

  /// What a run is between, and what else it writes.
  ///
  /// @param from the source or stream, as the user wrote it
  /// @param to the destination
  /// @param others further files of the run
  /// @param undo a new file for what is overwritten
  /// @param dryRun whether nothing is to be written
  public record Parties(
      String from, String to, List<String> others, Optional<Path> undo, boolean dryRun) {

    /// Returns those of a run that treats its destination so.
    public static Parties of(String from, String to, Treatment treatment) {
      return new Parties(from, to, List.of(), treatment.undo(), treatment.dryRun());
    }

    /// Returns those of a run that reads a source.
    public static Parties of(Sources.Wanted wanted, String to, Treatment treatment) {
      return new Parties(
          wanted.names().getFirst(), to, wanted.others(), treatment.undo(), treatment.dryRun());
    }

    private List<String> files() {
      return Stream.concat(others.stream(), undo.map(Path::toString).stream()).toList();
    }

    /// Says of a run that was interrupted what the next one needs, since its undo is kept.
    private <T> T advising(Part<T> part) throws IOException {
      try {
        return part.run();
      } catch (IncompleteException left) {
        throw undo.isEmpty()
            ? left
            : new IncompleteException(left.getMessage() + "; name another --undo file then", left);
      }
    }
  }

  /// What is done in a run.
  @FunctionalInterface
  public interface Body<T> {
    /// Does it, and returns what came of it.
    T run(Run run) throws IOException;
  }

  private interface Part<T> {
    T run() throws IOException;
  }

  private final Reporter reporter;
  private final Stop stop;
  private final Limit limit;
  private final Receipt receipt;
  private final FrameSink shown;

  private Run(Reporter reporter, Stop stop, Limit limit, Receipt receipt, FrameSink shown) {
    this.reporter = reporter;
    this.stop = stop;
    this.limit = limit;
    this.receipt = receipt;
    this.shown = shown;
  }

  /// Runs, writes the receipt whatever comes of it, and tells the outcome: also where the receipt
  /// cannot be written.
  public static ExitCode told(
      Reporter reporter, Stop stop, Limit limit, Parties parties, Body<Outcome> body)
      throws IOException {
    var outcome =
        of(reporter, stop, limit, parties, body, Outcome::code, done -> done.print(reporter));
    outcome.print(reporter);
    return outcome.code();
  }

  /// Runs, and writes the receipt whatever comes of it.
  ///
  /// @param code what the run ends with, if it does not fail
  public static <T> T of(
      Reporter reporter,
      Stop stop,
      Limit limit,
      Parties parties,
      Body<T> body,
      Function<T, ExitCode> code)
      throws IOException {
    return of(reporter, stop, limit, parties, body, code, done -> {});
  }

  private static <T> T of(
      Reporter reporter,
      Stop stop,
      Limit limit,
      Parties parties,
      Body<T> body,
      Function<T, ExitCode> code,
      Consumer<T> unwritten)
      throws IOException {
    var receipt =
        new Receipt(
            reporter.receiptFile(),
            parties.from(),
            parties.to(),
            parties.files(),
            parties.dryRun(),
            reporter::warn);
    var run = new Run(reporter, stop, limit, receipt, frame -> {});
    return receipt.of(() -> parties.advising(() -> body.run(run)), code, unwritten);
  }

  /// Returns one of a program that has no receipts: the far end of another run, a stand-in for
  /// another program.
  public static Run unrecorded(Reporter reporter, Stop stop) {
    return new Run(reporter, stop, Limit.NONE, Receipt.none(), frame -> {});
  }

  /// Returns the same of frames that the receipt is not about: what was written is read back.
  Run unrecorded() {
    return new Run(reporter, stop, limit, Receipt.none(), frame -> {});
  }

  /// Returns the same that shows each frame to somebody before it is moved, also of a part that is
  /// moved again.
  public Run showing(FrameSink watcher) {
    return new Run(reporter, stop, limit, receipt, watcher);
  }

  /// Returns who tells what it does.
  public Reporter reporter() {
    return reporter;
  }

  /// Returns what a signal asks of it.
  Stop stop() {
    return stop;
  }

  /// Returns what is written down of it.
  public Receipt receipt() {
    return receipt;
  }

  /// Moves everything from one side to the other. The consumer makes its checks when it takes the
  /// header, and says then where the producer begins.
  ///
  /// @return what was moved
  Tally.Sum move(Producer from, FrameConsumer to, Meter meter) throws IOException {
    var sink = watched(from, to, meter);
    return to.guarded(
        () -> {
          var header = from.header();
          sink.accept(new Frame.Header(header));
          return from.produce(header, to.ready(), sink);
        });
  }

  private FrameSink watched(Producer from, FrameSink to, Meter meter) {
    var recorded = receipt.before(to);
    var metered = limit.before(new MeteredSink(recorded, meter));
    return stop.before(
        frame -> {
          shown.accept(frame);
          (from.isProgress(frame) ? metered : recorded).accept(frame);
        });
  }

  /// Returns in words that a source moved on while it was read, if it did. Everything is written by
  /// now: if it cannot be found out, it is not confirmed.
  Optional<String> movedOn(ChangeSource source) throws UnconfirmedException {
    try {
      return receipt.movedOn(source.movedOn());
    } catch (IOException fault) {
      throw new UnconfirmedException(
          "%s; everything is written, but whether the source moved on meanwhile cannot be found out: run again"
              .formatted(SyncException.describe(fault)),
          fault);
    }
  }
}
