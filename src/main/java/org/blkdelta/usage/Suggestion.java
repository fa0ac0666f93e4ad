package org.blkdelta.usage;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Finds the word that was meant, in the place of one that is unknown.
public final class Suggestion {

  /// What other programs call our commands.
  private static final Map<String, String> COMMANDS =
      Map.ofEntries(
          Map.entry("cp", "copy"),
          Map.entry("clone", "copy"),
          Map.entry("presync", "copy"),
          Map.entry("push", "sync"),
          Map.entry("pull", "sync"),
          Map.entry("rsync", "sync"),
          Map.entry("diff", "verify"),
          Map.entry("cmp", "verify"),
          Map.entry("compare", "verify"),
          Map.entry("check", "verify"),
          Map.entry("info", "inspect"),
          Map.entry("status", "inspect"),
          Map.entry("show", "inspect"),
          Map.entry("restore", "apply"),
          Map.entry("rollback", "apply"),
          Map.entry("export", "dump"),
          Map.entry("list", "state"),
          Map.entry("version", "--version"));

  /// What other programs call our options.
  private static final Map<String, String> OPTIONS =
      Map.of(
          "--bandwidth", "--bwlimit",
          "--limit", "--bwlimit",
          "--rate", "--bwlimit",
          "--rate-limit", "--bwlimit",
          "--port", "-p",
          "--identity", "-i",
          "--rsh", "--ssh-command",
          "--checksum", "--verify",
          "--rsync-path", "--remote-command");

  private Suggestion() {}

  /// Returns the command that was meant.
  static Optional<String> command(String word, Collection<String> known) {
    var other = COMMANDS.get(word.toLowerCase(Locale.ROOT));
    return other != null && (known.contains(other) || other.startsWith("-"))
        ? Optional.of(other)
        : nearest(word, known);
  }

  /// Returns the option that was meant.
  ///
  /// @param word with its hyphens, without a value
  static Optional<String> option(String word, Collection<String> known) {
    var other = OPTIONS.get(word.toLowerCase(Locale.ROOT));
    if (other != null && known.contains(other)) {
      return Optional.of(other);
    }
    if (word.length() == 2) {
      return known.stream().filter(word::equalsIgnoreCase).findFirst();
    }
    var lengthy = known.stream().filter(name -> name.startsWith("--")).toList();
    return nearest("--" + word.replaceFirst("^-+", ""), lengthy);
  }

  /// Returns the word that takes the fewest changes, if they are few for its length, or one that
  /// begins like this one.
  public static Optional<String> nearest(String word, Collection<String> known) {
    var small = word.toLowerCase(Locale.ROOT).replace('_', '-');
    int most = Math.max(1, small.replaceFirst("^-+", "").length() / 3);
    var closest =
        known.stream()
            .filter(other -> changes(small, other) <= most)
            .min(Comparator.comparingInt(other -> changes(small, other)));
    return closest.isPresent()
        ? closest
        : known.stream().filter(other -> isBeginning(small, other)).findFirst();
  }

  private static boolean isBeginning(String word, String other) {
    var bare = word.replaceFirst("^-+", "");
    return bare.length() > 1
        && (other.startsWith(word) || (other.length() > 3 && word.startsWith(other)));
  }

  /// Returns how many letters have to be put in, left out, changed or swapped with their neighbour.
  static int changes(String from, String to) {
    var rows = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        rows[i][j] = i == 0 || j == 0 ? i + j : cheapest(rows, from, to, i, j);
      }
    }
    return rows[from.length()][to.length()];
  }

  private static int cheapest(int[][] rows, String from, String to, int i, int j) {
    int same = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
    int cheapest =
        Math.min(rows[i - 1][j - 1] + same, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
    boolean isSwap =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return isSwap ? Math.min(cheapest, rows[i - 2][j - 2] + 1) : cheapest;
  }
}
