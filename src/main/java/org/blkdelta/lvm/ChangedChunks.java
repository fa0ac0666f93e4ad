package org.blkdelta.lvm;

import java.io.IOException;
import java.util.OptionalLong;
import org.blkdelta.extent.UnitWindow;
import org.blkdelta.failure.SourceException;
import org.blkdelta.lvm.ExceptionStore.End;

/// The chunks that a store lists, ascending and each once, in bounded memory whatever the volume's
/// size. The store lists them in the order of the writes, so they are sorted by a bitmap; where the
/// volume has more chunks than a [UnitWindow], the store is read once for each window that holds
/// some (a 16 TiB volume of 4 KiB chunks: eight times).
final class ChangedChunks {

  /// Most entries that all passes together may visit: some minutes.
  private static final long MAX_VISITS = 1L << 36;

  /// Most passes: a volume of a petabyte in 4 KiB chunks needs no more.
  private static final int MAX_PASSES = 512;

  /// Takes runs of neighbouring chunks.
  @FunctionalInterface
  interface RunSink {
    void accept(long firstChunk, long chunkCount) throws IOException;
  }

  private final ExceptionStore store;
  private final long originChunks;
  private final long mostVisits;
  private final UnitWindow first;
  private long beyondFirst = Long.MAX_VALUE;
  private long entryCount;
  private End end = new End(0, OptionalLong.empty());

  private ChangedChunks(ExceptionStore store, long originChunks, long mostVisits) {
    this.store = store;
    this.originChunks = originChunks;
    this.mostVisits = mostVisits;
    this.first = new UnitWindow(0);
  }

  /// Reads the whole list of `store`, whose snapshot has `originChunks` chunks.
  static ChangedChunks of(ExceptionStore store, long originChunks) throws IOException {
    return of(store, originChunks, MAX_VISITS);
  }

  /// Does so with another limit on the visits of [#runs].
  static ChangedChunks of(ExceptionStore store, long originChunks, long mostVisits)
      throws IOException {
    var chunks = new ChangedChunks(store, originChunks, mostVisits);
    var copies = new UnitWindow(0);
    chunks.end =
        chunks.store.remappings(originChunks, (old, copy) -> chunks.add(old, copy, copies));
    return chunks;
  }

  /// Returns the number of entries.
  long entryCount() {
    return entryCount;
  }

  /// Returns how the list ends.
  End end() {
    return end;
  }

  /// Gives `sink` the runs of changed chunks, ascending. Runs of two windows may touch.
  void runs(RunSink sink) throws IOException {
    give(first, sink);
    long visits = entryCount;
    int passes = 0;
    for (long start = beyondFirst; start != Long.MAX_VALUE; ) {
      visits += entryCount;
      if (visits > mostVisits || ++passes > MAX_PASSES) {
        throw new SourceException(
            "%s: %d changes scattered over %d chunks need more passes than a real volume does; refused"
                .formatted(store.name(), entryCount, originChunks));
      }
      var window = new UnitWindow(start);
      start = fill(window);
      give(window, sink);
    }
  }

  /// If a store has more than 2^29 chunks, copies beyond them are not compared.
  private void add(long oldChunk, long newChunk, UnitWindow copies) throws SourceException {
    entryCount++;
    if (copies.covers(newChunk) && !copies.add(newChunk)) {
      throw twice("two entries have their copy in chunk %d of it".formatted(newChunk));
    }
    if (first.covers(oldChunk)) {
      addTo(first, oldChunk);
    } else {
      beyondFirst = Math.min(beyondFirst, oldChunk);
    }
  }

  private long fill(UnitWindow window) throws IOException {
    long[] beyond = {Long.MAX_VALUE};
    store.remappings(
        originChunks,
        (oldChunk, newChunk) -> {
          if (window.covers(oldChunk)) {
            addTo(window, oldChunk);
          } else if (oldChunk >= window.end()) {
            beyond[0] = Math.min(beyond[0], oldChunk);
          }
        });
    return beyond[0];
  }

  private void addTo(UnitWindow window, long oldChunk) throws SourceException {
    if (!window.add(oldChunk)) {
      throw twice("chunk %d of the origin is listed twice".formatted(oldChunk));
    }
  }

  private SourceException twice(String what) {
    return new SourceException(
        "%s: %s, which no kernel writes: the list is damaged, so changes may be missing from it; compare everything instead: blkdelta verify --repair"
            .formatted(store.name(), what));
  }

  private static void give(UnitWindow window, RunSink sink) throws IOException {
    for (long chunk = window.start(); chunk < window.end(); ) {
      long from = window.nextMember(chunk);
      if (from < 0) {
        return;
      }
      chunk = window.nextGap(from);
      sink.accept(from, chunk - from);
    }
  }
}
