package org.blkdelta.report;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;

/// What `inspect` says about the file of a change stream, which it reads to its end.
///
/// @param name the file
/// @param header what the stream says of itself
/// @param sum what it holds, as far as it can be read
/// @param provesCompleteness whether a stream that lost its tail is always noticed
/// @param fault why it is not complete; empty if nothing is wrong with it
public record StreamReport(
    String name,
    StreamHeader header,
    Tally.Sum sum,
    boolean provesCompleteness,
    Optional<SourceException> fault) {

  /// Reads a stream.
  ///
  /// @param before what is done with each frame first
  /// @throws SourceException if it does not even begin like one
  public static StreamReport of(FrameSource stream, String name, UnaryOperator<FrameSink> before)
      throws IOException {
    var header = stream.header();
    var tally = new Tally();
    Optional<SourceException> fault = Optional.empty();
    try {
      stream.frames(before.apply(counting(tally)));
    } catch (SourceException damaged) {
      fault = Optional.of(damaged);
    }
    return new StreamReport(name, header, tally.sum(), stream.provesCompleteness(), fault);
  }

  private static FrameSink counting(Tally tally) {
    return frame -> {
      switch (frame) {
        case Frame.Data data -> tally.data(data.offset(), data.bytes());
        case Frame.Zero zero -> tally.zero(zero.offset(), zero.length());
        case Frame.Header header -> {}
        case Frame.Expect expect -> {}
        case Frame.End end -> {}
      }
    };
  }

  /// What programs are told; what is unknown is left out.
  private record Facts(
      String format,
      @Nullable Long volumeSize,
      @Nullable String undoes,
      boolean whole,
      @Nullable GenerationFacts from,
      @Nullable GenerationFacts to,
      long extents,
      long bytes,
      long zeroBytes,
      @Nullable Boolean complete,
      Health state) {}

  private record GenerationFacts(String id, @Nullable String label) {

    static GenerationFacts of(Generation generation) {
      return new GenerationFacts(generation.id(), generation.label().orElse(null));
    }
  }

  /// Whether something can be used, and why not if it can't.
  public record Health(boolean valid, @Nullable String reason) {}

  /// Returns a record for programs.
  public Object facts() {
    var lineage = header.lineage();
    return new Facts(
        isUndo() ? "undo" : isOfLvmsync() ? "lvmsync" : "change-stream",
        isOfLvmsync() ? null : header.volumeSize(),
        header.undoes().orElse(null),
        lineage.isWhole(),
        lineage.isWhole() ? null : lineage.base().map(GenerationFacts::of).orElse(null),
        lineage.result().map(GenerationFacts::of).orElse(null),
        sum.extents(),
        sum.bytes(),
        sum.zeroBytes(),
        (provesCompleteness || fault.isPresent()) ? fault.isEmpty() : null,
        new Health(fault.isEmpty(), fault.map(Throwable::getMessage).orElse(null)));
  }

  /// Prints it for people.
  public void print(PrintStream out) {
    out.printf("format:    %s%n", format());
    out.printf(
        "volume:    %s%n",
        isOfLvmsync()
            ? "unknown: lvmsync's format does not tell it"
            : "%s (%d bytes)".formatted(Sizes.binary(header.volumeSize()), header.volumeSize()));
    var lineage = header.lineage();
    out.printf(
        "from:      %s%n",
        lineage.isWhole()
            ? "nothing: the whole volume is in it"
            : lineage.base().map(Generation::text).orElse("unknown"));
    out.printf("to:        %s%n", lineage.result().map(Generation::text).orElse("unknown"));
    out.printf(
        "changes:   %s, of these %s of zeros, in %s%n",
        Sizes.binary(sum.bytes()),
        Sizes.binary(sum.zeroBytes()),
        Sizes.count(sum.extents(), "extent"));
    out.printf("complete:  %s%n", completeness());
    out.printf(
        "to use it: %s%n",
        fault.isPresent() && !isUndo()
            ? "make it again: it is damaged"
            : "blkdelta apply%s %s DESTINATION".formatted(option(), name));
  }

  private String format() {
    return header
        .undoes()
        .map(run -> "an undo file, of the run " + run)
        .orElse(isOfLvmsync() ? "a change stream of lvmsync" : "a change stream");
  }

  private String completeness() {
    if (fault.isPresent()) {
      return isUndo()
          ? "no: the run was interrupted, or the file was cut or damaged later"
          : "no: it was cut or damaged";
    }
    return provesCompleteness
        ? "yes"
        : "unknown: lvmsync's format has no end mark, so it may have been cut";
  }

  private String option() {
    return isUndo() && fault.isPresent() ? " --undo-of-interrupted" : "";
  }

  private boolean isUndo() {
    return header.undoes().isPresent();
  }

  /// Only that format does not tell the size.
  private boolean isOfLvmsync() {
    return header.volumeSize() == 0;
  }
}
