package org.blkdelta.sync;

/// Is told how far a run is. Threads may share one.
public interface Meter {

  /// Nobody watches.
  Meter NONE =
      new Meter() {
        @Override
        public void moved(long bytes) {}

        @Override
        public void durable(long bytes) {}
      };

  /// So many more bytes of changes were handed on.
  void moved(long bytes);

  /// So many bytes of changes, since the run's start, are on the destination's medium.
  void durable(long bytes);
}
