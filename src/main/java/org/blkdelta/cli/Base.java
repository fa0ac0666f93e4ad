package org.blkdelta.cli;

import java.util.Locale;

/// How somebody wants to find out whether a destination is what the changes start from.
enum Base {
  /// Not at all.
  ASSUME,
  /// By comparing a sample of what did not change.
  SAMPLE,
  /// By comparing all that did not change.
  FULL;

  /// Returns the word that stands for it on a command line.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
