package org.blkdelta.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.wire.Told;

/// What the far end of a live run was asked for. It says what it was told, and the two must be the
/// same before anything goes to it: a dry run must not become a real one on the way.
///
/// @param words its command line
/// @param undo whether it has to save what it overwrites
/// @param place which destination it is about
public record Asked(List<String> words, boolean undo, Place place) {

  private static final int MAX_WORDS = 300;

  /// Nothing that anybody could confirm.
  public static final Asked NOTHING = new Asked(List.of(), false, new Place());

  /// Creates one of an unmodifiable list.
  public Asked {
    words = List.copyOf(words);
  }

  /// Creates one that saves nothing.
  public Asked(List<String> words, Place place) {
    this(words, false, place);
  }

  /// Remembers which destination the connections of one command reached, so that a later one (the
  /// reading back, a repair) cannot be about another.
  public static final class Place {

    private Optional<String> destination = Optional.empty();

    /// Only the same boot of the same host gives the same numbers to the same things.
    private void check(String peer, Optional<String> found) throws ConnectionException {
      if (destination.isPresent() && found.isPresent()) {
        var before = destination.get();
        if (host(before).equals(host(found.get())) && !before.equals(found.get())) {
          throw new ConnectionException(
              "%s: the destination is %s now, and was %s a moment ago; find out what the path names there, then run again"
                  .formatted(peer, shown(List.of(found.get())), shown(List.of(before))));
        }
      }
      destination = found.or(() -> destination);
    }

    private static String host(String destination) {
      return destination.substring(destination.indexOf('@') + 1);
    }
  }

  /// Holds the far end to it.
  ///
  /// @param peer the far end in messages
  /// @throws ConnectionException if it was told something else, or does not say what
  public void check(String peer, Told told) throws ConnectionException {
    if (!words.equals(told.words())) {
      throw new ConnectionException(
          told.words().isEmpty()
              ? peer
                  + ": the remote side does not say what it was told to do; install the same blkdelta on both"
              : "%s: %s; a forced command in its authorized_keys, a sudo rule or a wrapper changes the command line: let it pass the words on as they are; nothing was written"
                  .formatted(peer, difference(told.words())));
    }
    place.check(peer, told.destination());
  }

  private String difference(List<String> told) {
    var lost = without(words, told);
    var added = without(told, words);
    if (lost.isEmpty() && added.isEmpty()) {
      return "the remote side was told \"%s\", not \"%s\"".formatted(shown(told), shown(words));
    }
    if (added.isEmpty()) {
      return "the remote side was not told \"%s\"".formatted(shown(lost));
    }
    return lost.isEmpty()
        ? "the remote side was told \"%s\", which was not asked for".formatted(shown(added))
        : "the remote side was told \"%s\", not \"%s\"".formatted(shown(added), shown(lost));
  }

  private static List<String> without(List<String> words, List<String> others) {
    var left = new ArrayList<>(words);
    others.forEach(left::remove);
    return left;
  }

  /// Returns words for people; they may be anybody's.
  private static String shown(List<String> words) {
    var text = String.join(" ", words).replaceAll("\\p{C}", "?");
    return text.length() > MAX_WORDS ? text.substring(0, MAX_WORDS) + "…" : text;
  }
}
