package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// What `inspect` says about the file of a change stream, which it reads to its end.
///
/// @param name the file
/// @param header what the stream says of itself
/// @param sum what it holds, as far as it can be read
/// @param provesCompleteness whether a stream that lost its tail is always noticed
/// @param fault why it is not complete; empty if nothing is wrong with it
record StreamReport(
    String name,
    StreamHeader header,
    Tally.Sum sum,
    boolean provesCompleteness,
    Optional<SourceException> fault) {

  /// Reads a stream.
  ///
  /// @param before what is done with each frame first
  /// @throws SourceException if it does not even begin like one
  static StreamReport of(FrameSource stream, String name, Stop before) throws IOException {
    var header = stream.header();
    var tally = new Tally();
    Optional<SourceException> fault = Optional.empty();
    try {
      stream.frames(before.before(counting(tally)));
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

  /// Returns it for programs.
  JsonObject json() {
    var object = new JsonObject();
    object.addProperty("format", isUndo() ? "undo" : isOfLvmsync() ? "lvmsync" : "change-stream");
    if (!isOfLvmsync()) {
      object.addProperty("volumeSize", header.volumeSize());
    }
    header.undoes().ifPresent(run -> object.addProperty("undoes", run));
    object.addProperty("whole", header.lineage().isWhole());
    if (!header.lineage().isWhole()) {
      header.lineage().base().ifPresent(from -> object.add("from", json(from)));
    }
    header.lineage().result().ifPresent(to -> object.add("to", json(to)));
    object.addProperty("extents", sum.extents());
    object.addProperty("bytes", sum.bytes());
    object.addProperty("zeroBytes", sum.zeroBytes());
    if (provesCompleteness || fault.isPresent()) {
      object.addProperty("complete", fault.isEmpty());
    }
    var health = new JsonObject();
    health.addProperty("valid", fault.isEmpty());
    fault.ifPresent(why -> health.addProperty("reason", why.getMessage()));
    object.add("state", health);
    return object;
  }

  private static JsonObject json(Generation generation) {
    var object = new JsonObject();
    object.addProperty("id", generation.id());
    generation.label().ifPresent(label -> object.addProperty("label", label));
    return object;
  }

  /// Prints it for people.
  void print(PrintStream out) {
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
    out.printf("to use it: blkdelta apply%s %s DESTINATION%n", option(), name);
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
