package org.blkdelta.report;

import java.io.Closeable;
import org.blkdelta.sync.Meter;

/// Shows how far a run is.
public interface ProgressMeter extends Meter, Closeable {

  /// A new part of the run begins.
  void phase(String name);

  /// Shows how far the run is, on a line of its own, because somebody asks.
  void tell();

  /// Nothing more will come.
  @Override
  void close();
}
