package org.blkdelta.destination;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Generation.Likeness;
import org.blkdelta.extent.Lineage;
import org.blkdelta.source.Formats;
import org.blkdelta.wire.StreamHeader;

/// What is remembered of a destination: the last delta that was written to it, and how far.
///
/// @param delta the generations that the delta connects
/// @param isComplete whether all of it is written, so that the destination is what it leads to
/// @param isWhole whether there is a volume; else there are only changes, in a file that was made
/// for them
/// @param durableUpTo of an incomplete one: the delta's changes before this offset are on the
/// medium
/// @param lastRun names the run that wrote here last; empty if none is remembered
/// @param ways what the undo of the last run leads to, if it saved one, and the undo that this is
/// the result of; newest first
public record DestinationState(
    Lineage delta,
    boolean isComplete,
    boolean isWhole,
    long durableUpTo,
    Optional<String> lastRun,
    List<Way> ways) {

  /// The undo of a run leads from one state to another.
  ///
  /// @param run names the run that wrote here
  public record Way(String run, DestinationState leadsTo) {}

  /// How a stream and a destination belong together.
  enum Fit {
    /// The destination is what the stream starts from.
    RIGHT,
    /// Nothing is known that speaks for it or against it.
    UNKNOWN,
    /// There is no base: the destination was made for these changes.
    BASELESS,
    /// The destination is something else.
    WRONG
  }

  /// Nothing is known.
  static final DestinationState UNKNOWN =
      new DestinationState(Lineage.UNKNOWN, true, true, 0, Optional.empty(), List.of());

  /// Of the ways on from a state that an undo led back to, so many are kept: one is that of the run
  /// that led to it before, after that of an undo.
  private static final int MAX_WAYS = 2;

  public DestinationState {
    ways = List.copyOf(ways);
  }

  /// Returns how a stream fits.
  Fit fit(StreamHeader stream) {
    if (stream.undoes().isPresent()) {
      return wayOf(stream).isPresent() ? Fit.RIGHT : isUnknown() ? Fit.UNKNOWN : Fit.WRONG;
    }
    if (stream.lineage().isWhole()) {
      return Fit.RIGHT;
    }
    var repeated = repeatedBy(stream);
    if (repeated == Likeness.SAME) {
      return isWhole ? Fit.RIGHT : Fit.BASELESS;
    }
    if (isComplete && isUnnamedCopy()) {
      return Fit.UNKNOWN;
    }
    var base = stream.lineage().base();
    var held = isComplete ? likeness(base, held()) : Likeness.DIFFERENT;
    if (held == Likeness.SAME) {
      return Fit.RIGHT;
    }
    if (held == Likeness.UNSURE || repeated == Likeness.UNSURE) {
      return unnamed(base);
    }
    return isNameless() || (isComplete && base.isEmpty()) ? unnamed(base) : Fit.WRONG;
  }

  /// Returns where a run of the stream goes on: its changes before that are on the medium already,
  /// unless they have become others.
  long resumeAt(StreamHeader stream) {
    if (isComplete || stream.undoes().isPresent()) {
      return 0;
    }
    // of a whole volume all is compared that comes before
    boolean isSame =
        (stream.lineage().isWhole() && delta.isWhole())
            ? stream.lineage().equals(delta)
                || likeness(stream.lineage().result(), delta.result()) != Likeness.DIFFERENT
            : repeatedBy(stream) == Likeness.SAME;
    return isSame ? durableUpTo : 0;
  }

  /// Returns whether the names of the states say only that a stream may fit: others may have the
  /// same.
  boolean isUnsureOf(StreamHeader stream) {
    return fit(stream) == Fit.UNKNOWN
        && (likeness(stream.lineage().base(), held()) == Likeness.UNSURE
            || repeatedBy(stream) == Likeness.UNSURE);
  }

  /// Returns the state while a run of the stream writes.
  ///
  /// @param run names the run
  /// @param firstOffset where its first change is
  /// @param isCreated whether the destination was made by it
  /// @param saves whether it saves an undo, which leads back here
  DestinationState begun(
      StreamHeader stream, String run, long firstOffset, boolean isCreated, boolean saves) {
    var next = new ArrayList<Way>();
    if (saves) {
      next.add(new Way(run, this));
    }
    stream.undoes().ifPresent(undone -> next.add(new Way(undone, undoneBy(stream))));
    long resumed = resumeAt(stream);
    return new DestinationState(
        stream.lineage(),
        false,
        stream.lineage().isWhole() || (isWhole && !isCreated),
        firstOffset < resumed ? 0 : resumed,
        Optional.of(run),
        next);
  }

  /// Returns the state when the changes before `offset` are on the medium too.
  DestinationState durable(long offset) {
    return new DestinationState(delta, isComplete, isWhole, offset, lastRun, ways);
  }

  /// Returns the state when the stream is written that has begun in this one.
  DestinationState completed(StreamHeader stream) {
    if (stream.undoes().isEmpty()) {
      return new DestinationState(delta, true, isWhole, 0, lastRun, ways);
    }
    var reached = undoneBy(stream);
    var next = new ArrayList<>(ways.subList(0, ways.size() - 1)); // that of its own undo
    next.addAll(reached.ways().subList(0, Math.min(MAX_WAYS, reached.ways().size())));
    next.add(ways.getLast()); // that undo once more would change nothing
    return new DestinationState(
        reached.delta(),
        reached.isComplete(),
        reached.isWhole(),
        reached.durableUpTo(),
        lastRun,
        next);
  }

  /// Returns the state when something else is read back than was written.
  DestinationState doubted() {
    return new DestinationState(delta, false, isWhole, 0, lastRun, ways);
  }

  /// Returns whether the destination is a copy, or on the way to be one.
  boolean isCopy() {
    return !isComplete || !isNameless();
  }

  /// Returns for people what it says.
  public String text() {
    if (isComplete && delta.result().isPresent()) {
      return (isWhole ? "holds " : "holds only the changes to ") + delta.result().get().text();
    }
    if (isUnnamedCopy()) {
      return isComplete ? "holds a copy whose origin isn't known" : "holds an incomplete copy";
    }
    var path =
        "from %s to %s"
            .formatted(
                delta.base().map(Generation::text).orElse("an unknown state"),
                delta.result().map(Generation::text).orElse("an unknown one"));
    return isComplete ? "was brought " + path : "is incomplete, on the way " + path;
  }

  private DestinationState undoneBy(StreamHeader undo) {
    return wayOf(undo).map(Way::leadsTo).orElse(UNKNOWN);
  }

  private Optional<Way> wayOf(StreamHeader undo) {
    return ways.stream().filter(way -> Optional.of(way.run()).equals(undo.undoes())).findFirst();
  }

  /// Returns the generation that it holds, if that has a name.
  private Optional<Generation> held() {
    return isComplete && isWhole ? delta.result() : Optional.empty();
  }

  private boolean isUnknown() {
    return isComplete && isNameless() && lastRun.isEmpty() && ways.isEmpty();
  }

  private boolean isNameless() {
    return delta.equals(Lineage.UNKNOWN);
  }

  /// Returns whether it is the copy of a volume whose state had no name.
  private boolean isUnnamedCopy() {
    return delta.equals(Lineage.whole(Optional.empty()));
  }

  private Fit unnamed(Optional<Generation> base) {
    return !isWhole && base.isEmpty() ? Fit.BASELESS : Fit.UNKNOWN;
  }

  /// Returns how surely a stream has every change that the last one had. Between two states that
  /// both have names this is the same delta. From a snapshot to a volume in use it is another one
  /// each time, in which changes may be missing that were taken back meanwhile.
  private Likeness repeatedBy(StreamHeader stream) {
    var lineage = stream.lineage();
    if (stream.undoes().isPresent()) {
      return Likeness.DIFFERENT;
    }
    var base = likeness(lineage.base(), delta.base());
    var result =
        Formats.isGrowing(lineage) ? Likeness.SAME : likeness(lineage.result(), delta.result());
    return base.compareTo(result) > 0 ? base : result;
  }

  /// Returns what two names say; nothing is like what has no name.
  private static Likeness likeness(Optional<Generation> one, Optional<Generation> other) {
    return one.isPresent() && other.isPresent()
        ? one.get().likeness(other.get())
        : Likeness.DIFFERENT;
  }
}
