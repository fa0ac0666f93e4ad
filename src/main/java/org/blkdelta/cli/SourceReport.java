package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import org.blkdelta.extent.Totals;

/// What `inspect` says about a source, besides its extents: each format knows other things.
interface SourceReport {

  /// Says nothing.
  SourceReport NONE =
      new SourceReport() {
        @Override
        public JsonObject json(Totals totals) {
          return new JsonObject();
        }

        @Override
        public void print(PrintStream out, Totals totals) {}
      };

  /// Returns it for programs.
  JsonObject json(Totals totals);

  /// Prints it for people.
  void print(PrintStream out, Totals totals);
}
