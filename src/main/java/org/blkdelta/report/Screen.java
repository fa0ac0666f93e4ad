package org.blkdelta.report;

import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// What standard error can show of a run's progress.
///
/// @param draws whether a line can be drawn over
/// @param colors whether in colors
/// @param columns asks how wide it is at the moment; 0 if that is unknown
/// @param clock nanoseconds that only grow
public record Screen(boolean draws, boolean colors, IntSupplier columns, LongSupplier clock) {

  /// A file, a pipe, the journal.
  static final Screen LOG = new Screen(false, false, () -> 0, System::nanoTime);

  /// Returns what there is.
  ///
  /// @param isTerminal whether it is a terminal
  /// @param environment of the process: `TERM=dumb` cannot draw, `NO_COLOR` wants no colors
  public static Screen of(
      boolean isTerminal, Map<String, String> environment, IntSupplier columns) {
    boolean draws = isTerminal && !"dumb".equals(environment.get("TERM"));
    boolean colors = draws && environment.getOrDefault("NO_COLOR", "").isEmpty();
    return new Screen(draws, colors, columns, System::nanoTime);
  }

  /// Returns how many characters fit into a line. The last column is left alone, where some
  /// terminals begin the next line.
  int room() {
    int width = columns.getAsInt();
    return Math.max(1, (width > 0 ? width : Streams.USUAL_WIDTH) - 1);
  }
}
