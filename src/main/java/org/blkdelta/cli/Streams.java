package org.blkdelta.cli;

import java.io.InputStream;
import java.io.PrintStream;

/// The standard streams of one run of the command line, and what is behind them.
///
/// @param in what it reads
/// @param out its data
/// @param err what people read
/// @param outIsTerminal whether `out` is a terminal, where no stream may go
/// @param errIsTerminal whether `err` is one, where a progress line can be drawn over
/// @param width columns of the terminal, 80 where there is none
/// @param unicode whether the terminal shows more than ASCII
record Streams(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    int width,
    boolean unicode) {

  /// Tells the user something that is no failure.
  void warn(String message) {
    err.println("blkdelta: warning: " + message);
  }
}
