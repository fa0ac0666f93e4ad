package org.blkdelta.cli;

import java.io.Closeable;
import org.blkdelta.sync.Meter;

/// Shows how far a run is.
interface ProgressMeter extends Meter, Closeable {

  /// Shows nothing.
  ProgressMeter NONE =
      new ProgressMeter() {
        @Override
        public void phase(String name) {}

        @Override
        public void moved(long bytes) {}

        @Override
        public void durable(long bytes) {}

        @Override
        public void close() {}
      };

  /// A new part of the run begins.
  void phase(String name);

  /// Nothing more will come.
  @Override
  void close();
}
