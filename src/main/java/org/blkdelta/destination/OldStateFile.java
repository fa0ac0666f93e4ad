package org.blkdelta.destination;

import com.google.gson.Gson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.jspecify.annotations.Nullable;

/// The file of blkdelta 0.1.0, version 1: states are nested, each in every way that leads there.
record OldStateFile(
    int version,
    @Nullable String destination,
    @Nullable String path,
    @Nullable String since,
    @Nullable Kept state) {

  private static final int VERSION = 1;

  private record Kept(
      @Nullable String base,
      @Nullable String result,
      boolean complete,
      boolean whole,
      long durableUpTo,
      @Nullable List<KeptWay> undo) {

    /// @param made all states so far: those that are the same become one
    DestinationState state(Map<DestinationState, DestinationState> made) {
      if (durableUpTo < 0) {
        throw new IllegalArgumentException("durableUpTo");
      }
      var ways = Objects.requireNonNull(undo).stream().map(way -> way.way(made)).toList();
      var state =
          new DestinationState(
              new Lineage(
                  Optional.ofNullable(base).map(Generation::of),
                  Optional.ofNullable(result).map(Generation::of)),
              complete,
              whole,
              durableUpTo,
              ways.stream().findFirst().map(DestinationState.Way::run),
              ways);
      return made.computeIfAbsent(state, itself -> itself);
    }
  }

  private record KeptWay(@Nullable String run, @Nullable Kept leadsTo) {

    DestinationState.Way way(Map<DestinationState, DestinationState> made) {
      return new DestinationState.Way(
          Objects.requireNonNull(run), Objects.requireNonNull(leadsTo).state(made));
    }
  }

  /// Reads the text of a file.
  ///
  /// @throws IllegalArgumentException (or another unchecked one) if it is not such a file
  static StateFile parse(String text) {
    var file = new Gson().fromJson(text, OldStateFile.class);
    if (file.version() != VERSION) {
      throw new IllegalArgumentException("version");
    }
    return new StateFile(
        Objects.requireNonNull(file.destination()),
        Objects.requireNonNull(file.path()),
        Objects.requireNonNull(file.since()),
        Objects.requireNonNull(file.state()).state(new HashMap<>()),
        Optional.empty());
  }
}
