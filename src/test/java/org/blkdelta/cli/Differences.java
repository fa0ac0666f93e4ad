package org.blkdelta.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What differs between another program and the command that stands in for it: a row of a table in
/// `docs/lvmsync.md`.
///
/// @param theirs what the other program does
/// @param ours what the command does instead, and why
record Differences(String theirs, String ours) {

  private static final Path DOCUMENT = Path.of("docs/lvmsync.md");

  /// Returns the rows of the table of a program; none for a program that has none.
  static List<Differences> from(String program) {
    return text()
        .lines()
        .dropWhile(line -> !line.equals("## What differs from " + program))
        .skip(1)
        .takeWhile(line -> !line.startsWith("## "))
        .filter(line -> line.startsWith("| "))
        .skip(2) // the table's head
        .map(row -> of(row.replace("`", "").split(" *\\| *"), program))
        .toList();
  }

  private static Differences of(String[] cells, String program) {
    var reason = cells.length > 3 ? " (" + cells[3] + ")" : "";
    return new Differences(
        program + " " + cells[1], "blkdelta " + program + " " + cells[2] + reason + ".");
  }

  private static String text() {
    try {
      return Files.readString(DOCUMENT);
    } catch (IOException absent) {
      throw new UncheckedIOException(absent);
    }
  }
}
