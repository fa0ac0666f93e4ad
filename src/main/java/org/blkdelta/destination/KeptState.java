package org.blkdelta.destination;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.jspecify.annotations.Nullable;

/// One of the states in a state file. The first is what is remembered; the others are those that
/// undos lead to, each once, however many undos lead there.
record KeptState(
    @Nullable String base,
    @Nullable String baseLabel,
    @Nullable String result,
    @Nullable String resultLabel,
    boolean complete,
    boolean whole,
    long durableUpTo,
    @Nullable String lastRun,
    @Nullable List<Way> undo) {

  /// The undo of a run.
  ///
  /// @param leadsTo which of the states it leads to, counted from 0
  record Way(@Nullable String run, int leadsTo) {}

  /// So many are kept: those that the fewest undos lead to.
  static final int MAX_STATES = 12;

  private static final int MAX_WAYS = 8;

  /// Returns a state and those that undos lead to from there, as far as they are kept.
  static List<KeptState> of(DestinationState state) {
    var numbers = new IdentityHashMap<DestinationState, Integer>();
    var near = new ArrayList<>(List.of(state));
    numbers.put(state, 0);
    for (int at = 0; at < near.size(); at++) {
      for (var way : near.get(at).ways()) {
        if (near.size() < MAX_STATES && numbers.putIfAbsent(way.leadsTo(), near.size()) == null) {
          near.add(way.leadsTo());
        }
      }
    }
    return near.stream().map(each -> of(each, numbers)).toList();
  }

  private static KeptState of(DestinationState state, Map<DestinationState, Integer> numbers) {
    var ways = new ArrayList<Way>();
    for (var way : state.ways()) {
      var number = numbers.get(way.leadsTo());
      if (number != null) {
        ways.add(new Way(way.run(), number));
      }
    }
    return new KeptState(
        state.delta().base().map(Generation::id).orElse(null),
        state.delta().base().flatMap(Generation::label).orElse(null),
        state.delta().result().map(Generation::id).orElse(null),
        state.delta().result().flatMap(Generation::label).orElse(null),
        state.isComplete(),
        state.isWhole(),
        state.durableUpTo(),
        state.lastRun().orElse(null),
        ways);
  }

  /// Returns the first of some states, with what undos lead to from there.
  ///
  /// @throws IllegalArgumentException if that leads in a circle, is too much, or is not there
  static DestinationState first(List<KeptState> states) {
    if (states.isEmpty() || states.size() > MAX_STATES) {
      throw new IllegalArgumentException("number of states");
    }
    return state(0, states, new IdentityHashMap<>(), new HashSet<>());
  }

  private static DestinationState state(
      int number,
      List<KeptState> states,
      Map<KeptState, DestinationState> made,
      Set<Integer> under) {
    var kept = Objects.requireNonNull(states.get(number));
    var earlier = made.get(kept);
    if (earlier != null) {
      return earlier;
    }
    var undo = Objects.requireNonNull(kept.undo());
    if (!under.add(number) || kept.durableUpTo() < 0 || undo.size() > MAX_WAYS) {
      throw new IllegalArgumentException("state " + number);
    }
    var ways = new ArrayList<DestinationState.Way>();
    for (var way : undo) {
      ways.add(
          new DestinationState.Way(
              Objects.requireNonNull(way.run()), state(way.leadsTo(), states, made, under)));
    }
    under.remove(number);
    var state =
        new DestinationState(
            new Lineage(
                generation(kept.base(), kept.baseLabel()),
                generation(kept.result(), kept.resultLabel())),
            kept.complete(),
            kept.whole(),
            kept.durableUpTo(),
            Optional.ofNullable(kept.lastRun()),
            ways);
    made.put(kept, state);
    return state;
  }

  private static Optional<Generation> generation(@Nullable String id, @Nullable String label) {
    return Optional.ofNullable(id).map(name -> new Generation(name, Optional.ofNullable(label)));
  }
}
