package org.blkdelta.cli;

import java.util.Locale;
import org.blkdelta.sync.BaseCheck;

/// How somebody wants to find out whether a destination is what the changes start from.
enum Base {
  /// Not at all.
  ASSUME,
  /// By comparing a sample of what did not change.
  SAMPLE,
  /// By comparing all that did not change.
  FULL;

  /// Returns what is compared then.
  BaseCheck check() {
    return switch (this) {
      case ASSUME -> BaseCheck.NONE;
      case SAMPLE -> BaseCheck.SAMPLE;
      case FULL -> BaseCheck.FULL;
    };
  }

  /// Returns the word that stands for it on a command line.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
