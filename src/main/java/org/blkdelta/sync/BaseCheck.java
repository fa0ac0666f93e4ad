package org.blkdelta.sync;

import java.io.IOException;
import java.util.random.RandomGenerator;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;

/// How much is compared before the first write, to tell whether a destination is the base of a
/// delta. What did not change is the same in the base and in the new state.
public enum BaseCheck {
  /// Nothing.
  NONE,
  /// A random sample of what did not change, and of the first and the last MiB all that did not.
  SAMPLE,
  /// All that did not change.
  FULL;

  /// Takes what must be there.
  @FunctionalInterface
  interface Sink {
    void accept(Frame.Expect expect) throws IOException;
  }

  /// Gives `sink` what the destination must hold, ascending.
  ///
  /// @throws RefusedException if the source does not have what did not change
  void expect(ChangeSource source, RandomGenerator random, Digests digests, Sink sink)
      throws IOException {
    switch (this) {
      case NONE -> {}
      case SAMPLE -> {
        var sample = new UnchangedSample(source.disk().size(), random);
        unchanged(source, sample::add);
        read(
            source,
            digests,
            to -> {
              for (var extent : sample.picked()) {
                to.accept(extent);
              }
            },
            sink);
      }
      case FULL ->
          read(
              source,
              digests,
              to ->
                  unchanged(
                      source,
                      (start, end) -> to.accept(new Extent(start, end - start, Extent.Kind.DATA))),
              sink);
    }
  }

  /// Gives a sink what is to be read.
  private interface Wanted {
    void give(ExtentSink sink) throws IOException;
  }

  private static void read(ChangeSource source, Digests digests, Wanted wanted, Sink sink)
      throws IOException {
    var disk = source.unchanged();
    if (disk.isEmpty()) {
      wanted.give(
          extent -> {
            throw unknown(source);
          });
      return;
    }
    try (var ahead =
        new ReadAhead(
            disk.get(), (extent, bytes) -> sink.accept(digests.expect(extent.offset(), bytes)))) {
      wanted.give(ahead::add);
      ahead.read();
      ahead.finish();
    }
  }

  private static RefusedException unknown(ChangeSource source) {
    return new RefusedException(
        source.disk().name()
            + ": holds only what changed, so nothing shows whether the destination is what the"
            + " changes start from; if you are sure that it is, say --base=assume");
  }

  /// Takes a run of bytes that did not change.
  private interface Unchanged {
    void accept(long start, long end) throws IOException;
  }

  private static void unchanged(ChangeSource source, Unchanged sink) throws IOException {
    var last = new long[1];
    source.changes(
        extent -> {
          if (last[0] < extent.offset()) {
            sink.accept(last[0], extent.offset());
          }
          last[0] = extent.end();
        });
    if (last[0] < source.disk().size()) {
      sink.accept(last[0], source.disk().size());
    }
  }
}
