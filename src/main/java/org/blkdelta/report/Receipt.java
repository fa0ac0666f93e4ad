package org.blkdelta.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.wire.ContentDigest;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;

/// Writes down what a run did, for those who ask later: `--receipt`. docs/receipt.md describes the
/// file. One run, one of these.
public final class Receipt {

  /// A run that a receipt is written of.
  @FunctionalInterface
  public interface Run<T> {
    T run() throws IOException;
  }

  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final int VERSION = 1;

  /// What each receipt begins with.
  private static final String BEGINNING = "{\n  \"version\": ";

  private final Optional<OutputFile> file;
  private final String from;
  private final String to;
  private final List<String> others;
  private final boolean dryRun;
  private final Consumer<String> warnings;
  private final Instant began = Instant.now();
  private Optional<StreamHeader> header = Optional.empty();
  private Tally tally = new Tally();
  private ContentDigest content = new ContentDigest();
  private Optional<Verdict> verdict = Optional.empty();
  private boolean isPlaced;
  private boolean isMisplaced;
  private String movedOn = "";

  /// @param file empty if nobody wants a receipt
  /// @param from the source or stream, `to` the destination
  /// @param others further files of the run
  /// @param dryRun whether nothing is to be written
  public Receipt(
      Optional<OutputFile> file,
      String from,
      String to,
      List<String> others,
      boolean dryRun,
      Consumer<String> warnings) {
    this.file = file;
    this.others = others;
    this.from = from;
    this.to = to;
    this.dryRun = dryRun;
    this.warnings = warnings;
  }

  /// Returns one that nobody reads.
  public static Receipt none() {
    return new Receipt(Optional.empty(), "", "", List.of(), false, nobody -> {});
  }

  /// Notes that the source moved on, if there are words for that, and returns these.
  public Optional<String> movedOn(Optional<String> words) {
    movedOn = words.orElse(movedOn);
    return words;
  }

  /// Runs, and writes the receipt whatever comes of it.
  ///
  /// @param code what the run ends with, if it does not fail
  /// @param unwritten is given what came of it if the receipt then cannot be written
  public <T> T of(Run<T> run, Function<T, ExitCode> code, Consumer<T> unwritten)
      throws IOException {
    if (file.isEmpty()) {
      return run.run();
    }
    file.get().check(Stream.concat(Stream.of(from, to), others.stream()).toList());
    T outcome;
    try {
      outcome = run.run();
    } catch (SyncException failed) {
      write(file.get(), failed);
      throw failed;
    }
    try {
      write(file.get(), code.apply(outcome), movedOn);
    } catch (UnconfirmedException fault) {
      unwritten.accept(outcome);
      throw fault;
    }
    return outcome;
  }

  /// Notes that the destination was read back, and what was found.
  public void readBack(Verdict found) {
    verdict = Optional.of(found);
  }

  /// Returns a sink that counts what the next one has taken.
  public FrameSink before(FrameSink next) {
    if (file.isEmpty()) {
      return next;
    }
    return frame -> {
      if (frame instanceof Frame.Header header && header.stream().source().isPresent()) {
        checkNot(header.stream().source().get()); // before anything is written
      }
      next.accept(frame);
      count(frame);
    };
  }

  /// Refuses a source that the receipt would replace a file of.
  public void checkNot(BackingDevices source) throws IOException {
    if (file.isEmpty()) {
      return;
    }
    try {
      file.get().checkNot(source);
      isPlaced = true;
    } catch (IOException misplaced) {
      isMisplaced = true;
      throw misplaced;
    }
  }

  private void count(Frame frame) {
    content.add(frame);
    switch (frame) {
      case Frame.Header first -> {
        header = Optional.of(first.stream());
        tally = new Tally();
        content = new ContentDigest();
      }
      case Frame.Data data -> tally.data(data.offset(), data.bytes());
      case Frame.Zero zero -> tally.zero(zero.offset(), zero.length());
      case Frame.Expect expect -> tally.expect(expect);
      case Frame.End end -> {}
    }
  }

  private void write(OutputFile file, SyncException failed) {
    if (isMisplaced) {
      return;
    }
    try {
      if (header.isEmpty() && !isPlaced && !file.isSpare(BEGINNING)) {
        warnings.accept(
            file + ": may be a file of the source, which was not opened; it gets no receipt");
        return;
      }
      write(file, ExitCode.of(failed), String.valueOf(failed.getMessage()));
    } catch (IOException fault) {
      warnings.accept(SyncException.describe(fault)); // what failed first is told as the failure
    }
  }

  private void write(OutputFile file, ExitCode code, String failure) throws IOException {
    var text = Json.page(facts(code, failure)) + "\n";
    try {
      file.write(text);
    } catch (IOException fault) {
      throw new UnconfirmedException(
          "the receipt cannot be written: %s; everything else is done"
              .formatted(SyncException.describe(fault)),
          fault);
    }
  }

  /// What the file says; docs/receipt.md.
  private record Facts(
      int version,
      String program,
      String user,
      String host,
      String began,
      String ended,
      String source,
      String destination,
      @Nullable Long volumeSize,
      @Nullable String base,
      @Nullable String result,
      @Nullable String undoes,
      boolean dryRun,
      int exitCode,
      String failure,
      long extents,
      long bytes,
      long zeroBytes,
      String digest,
      String contentDigest,
      boolean verified,
      Verdict.@Nullable Facts verdict) {}

  private Facts facts(ExitCode code, String failure) throws IOException {
    var sum = tally.sum();
    var lineage = header.map(StreamHeader::lineage).orElse(Lineage.UNKNOWN);
    return new Facts(
        VERSION,
        Version.line(),
        System.getProperty("user.name", ""),
        Files.readString(HOST_NAME).strip(),
        began.toString(),
        Instant.now().toString(),
        from,
        to,
        header.map(StreamHeader::volumeSize).orElse(null),
        lineage.base().map(Generation::id).orElse(null),
        lineage.result().map(Generation::id).orElse(null),
        header.flatMap(StreamHeader::undoes).orElse(null),
        dryRun,
        code.number(),
        failure,
        sum.extents(),
        sum.bytes(),
        sum.zeroBytes(),
        sum.digest(),
        content.digest(),
        verdict.isPresent() && verdict.get().isSame(),
        verdict.map(Verdict::facts).orElse(null));
  }
}
