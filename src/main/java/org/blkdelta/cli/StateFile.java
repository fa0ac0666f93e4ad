package org.blkdelta.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.jspecify.annotations.Nullable;

/// The content of the file that remembers a destination's state; docs/state.md describes it.
///
/// @param destination what identifies the destination
/// @param path where it was, for people
/// @param since when the file was written, for people
record StateFile(
    int version,
    @Nullable String destination,
    @Nullable String path,
    @Nullable String since,
    @Nullable Kept state) {

  /// A state as JSON has it: what is not known is left out.
  private record Kept(
      @Nullable String base,
      @Nullable String baseLabel,
      @Nullable String result,
      @Nullable String resultLabel,
      boolean complete,
      boolean whole,
      long durableUpTo,
      @Nullable List<KeptWay> undo) {

    static Kept of(DestinationState state) {
      return new Kept(
          state.delta().base().map(Generation::id).orElse(null),
          state.delta().base().flatMap(Generation::label).orElse(null),
          state.delta().result().map(Generation::id).orElse(null),
          state.delta().result().flatMap(Generation::label).orElse(null),
          state.isComplete(),
          state.isWhole(),
          state.durableUpTo(),
          state.ways().stream()
              .map(way -> new KeptWay(way.run(), Kept.of(way.leadsTo())))
              .toList());
    }

    DestinationState state() {
      return new DestinationState(
          new Lineage(generation(base, baseLabel), generation(result, resultLabel)),
          complete,
          whole,
          durableUpTo,
          Objects.requireNonNull(undo).stream().map(KeptWay::way).toList());
    }

    private static Optional<Generation> generation(@Nullable String id, @Nullable String label) {
      return Optional.ofNullable(id).map(name -> new Generation(name, Optional.ofNullable(label)));
    }
  }

  private record KeptWay(@Nullable String run, @Nullable Kept leadsTo) {

    DestinationState.Way way() {
      return new DestinationState.Way(
          Objects.requireNonNull(run), Objects.requireNonNull(leadsTo).state());
    }
  }

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
  private static final int VERSION = 1;

  /// Returns the text of the file.
  static String text(DestinationState state, String destination, String path, String since) {
    return GSON.toJson(new StateFile(VERSION, destination, path, since, Kept.of(state))) + "\n";
  }

  /// Reads the text of the file, or returns empty where it is none that this version writes, or is
  /// of another destination.
  static Optional<DestinationState> parse(String text, String destination) {
    try {
      var file = GSON.fromJson(text, StateFile.class);
      return file == null
              || file.version() != VERSION
              || file.state() == null
              || file.state().durableUpTo() < 0
              || !destination.equals(file.destination())
          ? Optional.empty()
          : Optional.of(file.state().state());
    } catch (JsonParseException | NullPointerException strange) {
      return Optional.empty(); // a name that is missing is as bad as one that is wrong
    }
  }
}
