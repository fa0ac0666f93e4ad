package org.blkdelta.run;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.host.HostDevices;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.report.Reporter;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.BaseCheck;
import org.blkdelta.sync.Sender;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// The changes of a source of this host, from where the destination wants them.
///
/// @param backing what the source stands on, if the run is live
/// @param told what a sender was told that somebody else started; else empty
/// @param beginning decides where to begin
/// @param rehearses whether no change is sent
/// @param progress whether a frame is a part of what the run has to move
/// @param tally makes what counts the changes
record Changes(
    ChangeSource source,
    Optional<BackingDevices> backing,
    List<String> told,
    Beginning beginning,
    boolean rehearses,
    Predicate<Frame> progress,
    Supplier<Tally> tally)
    implements Producer {

  /// Decides where to begin.
  @FunctionalInterface
  interface Beginning {
    /// Returns where to begin.
    ///
    /// @param ready where the destination wants it, and what it knows
    Start of(Answer.Ready ready) throws IOException;
  }

  /// Returns those of a run to a destination that answers.
  ///
  /// @param base how the destination is held against what the changes start from, if somebody said
  /// @param resumption whether the run goes on where an earlier one ended
  /// @param tally makes what counts the changes
  static Changes live(
      ChangeSource source,
      Optional<Base> base,
      boolean rehearses,
      Resumption resumption,
      Supplier<Tally> tally,
      Reporter reporter)
      throws IOException {
    Beginning beginning =
        ready -> {
          var start = Base.start(base, resumption.of(ready), source);
          if (!resumption.isResuming() && !source.lineage().isWhole()) {
            reporter.detail(words(start.check()));
          }
          return start;
        };
    // a sample of what did not change is no part of what a run has to move
    Predicate<Frame> progress =
        frame ->
            !(frame instanceof Frame.Expect)
                || resumption.isResuming()
                || base.equals(Optional.of(Base.FULL));
    return new Changes(source, backing(source), List.of(), beginning, rehearses, progress, tally);
  }

  /// Returns those of a run to who cannot answer.
  static Changes unanswered(ChangeSource source) throws IOException {
    return new Changes(
        source, backing(source), List.of(), ready -> Start.PLAIN, false, frame -> true, Tally::new);
  }

  /// Returns those for a stream that is kept.
  ///
  /// @param hasSample whether the stream says what it starts from, as far as the source can
  static Changes kept(ChangeSource source, boolean hasSample) throws IOException {
    var start =
        hasSample && source.unchanged().isPresent() ? new Start(0, BaseCheck.SAMPLE) : Start.PLAIN;
    return new Changes(
        source, Optional.empty(), List.of(), ready -> start, false, frame -> true, Tally::new);
  }

  /// Returns those of a run that somebody else started.
  ///
  /// @param words what this sender was told
  static Changes told(ChangeSource source, List<String> words, Beginning beginning)
      throws IOException {
    return new Changes(source, backing(source), words, beginning, false, frame -> true, Tally::new);
  }

  private static String words(BaseCheck check) {
    return switch (check) {
      case NONE -> "no unchanged blocks are compared before writing";
      case SAMPLE -> "before writing, a sample of the unchanged blocks is compared (--base=sample)";
      case FULL -> "before writing, all unchanged blocks are compared (--base=full)";
    };
  }

  static Optional<BackingDevices> backing(ChangeSource source) throws IOException {
    return Optional.of(HostDevices.backing(source.standsOn()));
  }

  @Override
  public StreamHeader header() {
    return StreamHeader.of(source, backing).told(told);
  }

  @Override
  public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
      throws IOException {
    var sender = new Sender(source, to, tally.get());
    var start = beginning.of(ready);
    return rehearses ? sender.rehearse(header, start) : sender.send(header, start);
  }

  @Override
  public boolean isProgress(Frame frame) {
    return progress.test(frame);
  }
}
