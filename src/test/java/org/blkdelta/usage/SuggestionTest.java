package org.blkdelta.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {

  private static final List<String> COMMANDS =
      List.of("inspect", "copy", "sync", "verify", "dump", "apply", "state");

  private static final List<String> OPTIONS =
      List.of("--base", "--bwlimit", "--dry-run", "-n", "-q", "--quiet", "-v", "--verbose", "-z");

  @ParameterizedTest
  @CsvSource({
    "sycn, sync",
    "Sync, sync",
    "synchronise, sync",
    "insp, inspect",
    "cp, copy",
    "cpoy, copy",
    "compare, verify",
    "version, --version",
    "x,",
    "frobnicate,"
  })
  void a_command_is_guessed_from_one_that_is_near_or_other_programs(String word, String meant) {
    assertEquals(Optional.ofNullable(meant), Suggestion.command(word, COMMANDS));
  }

  @ParameterizedTest
  @CsvSource({
    "--bas, --base",
    "--dryrun, --dry-run",
    "--dry_run, --dry-run",
    "--verb, --verbose",
    "-verbose, --verbose",
    "--BASE, --base",
    "--bandwidth, --bwlimit",
    "-Z, -z",
    "-x,",
    "--delete,",
    "--xxxx,"
  })
  void an_option_is_guessed_likewise(String word, String meant) {
    assertEquals(Optional.ofNullable(meant), Suggestion.option(word, OPTIONS));
  }

  @Test
  void a_swap_of_neighbours_is_one_change() {
    assertEquals(1, Suggestion.changes("sycn", "sync"));
    assertEquals(1, Suggestion.changes("snc", "sync"));
    assertEquals(1, Suggestion.changes("syncc", "sync"));
    assertEquals(1, Suggestion.changes("symc", "sync"));
    assertEquals(4, Suggestion.changes("", "sync"));
  }
}
