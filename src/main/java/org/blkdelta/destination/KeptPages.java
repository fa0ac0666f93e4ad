package org.blkdelta.destination;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The pages in a state file that the last run wrote.
///
/// @param pages each `OFFSET LENGTH DIGEST`
record KeptPages(@Nullable String salt, @Nullable List<String> pages) {

  private static final String SALT = "[0-9a-f]{32}";
  private static final int MAX_PAGES = 4096;

  static KeptPages of(WrittenPages written) {
    return new KeptPages(
        written.salt(),
        written.pages().stream()
            .map(page -> page.offset() + " " + page.length() + " " + page.digest())
            .toList());
  }

  /// Returns the pages.
  ///
  /// @throws IllegalArgumentException if they make no sense; also other unchecked ones
  WrittenPages written() {
    var lines = Objects.requireNonNull(pages);
    var drawn = Objects.requireNonNull(salt);
    if (!drawn.matches(SALT) || lines.size() > MAX_PAGES) {
      throw new IllegalArgumentException("pages");
    }
    return new WrittenPages(drawn, lines.stream().map(KeptPages::page).toList());
  }

  private static WrittenPages.Page page(String line) {
    var words = line.split(" ");
    return new WrittenPages.Page(Long.parseLong(words[0]), Integer.parseInt(words[1]), words[2]);
  }
}
