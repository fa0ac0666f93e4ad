package org.blkdelta.extent;

import java.io.PrintStream;

/// What `inspect` says about a source, besides its extents: each format knows other things.
public interface SourceReport {

  /// Says nothing.
  SourceReport NONE =
      new SourceReport() {

        private record Nothing() {}

        @Override
        public Object facts(Totals totals) {
          return new Nothing();
        }

        @Override
        public void print(PrintStream out, Totals totals) {}
      };

  /// Returns a record for programs: its components are the properties of a JSON object, without
  /// those that are null.
  Object facts(Totals totals);

  /// Prints it for people.
  void print(PrintStream out, Totals totals);
}
