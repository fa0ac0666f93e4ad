package org.blkdelta.migrate;

import java.util.List;
import java.util.Optional;
import org.blkdelta.guardian.Order;

/// Moves for tests.
final class Moves {

  private static final List<String> NO = List.of();

  /// That of a job without hooks.
  static final Move NONE = with(NO, NO, NO);

  private Moves() {}

  /// Returns one whose hooks are single words.
  static Move with(List<String> source, List<String> there, List<String> here) {
    return new Move(
        60,
        12,
        2,
        Move.ASK,
        60,
        600,
        60,
        Move.Verify.NONE,
        new Order.Hooks(
            word(source, "stop"),
            word(source, "is_off"),
            word(source, "kill"),
            word(source, "start_source"),
            word(source, "hold"),
            word(source, "release")),
        new Move.There(
            word(there, "start"),
            word(there, "is_up"),
            word(there, "is_off_there"),
            word(there, "rehearse"),
            Optional.empty()),
        new Move.Here(word(here, "before_cutover"), word(here, "notify")));
  }

  private static List<String> word(List<String> hooks, String name) {
    return hooks.contains(name) ? List.of(name) : NO;
  }
}
