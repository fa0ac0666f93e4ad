package org.blkdelta.sync;

import java.io.IOException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.RefusedException;
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

  private static final int PAGE = 4096;
  private static final int PAGES = 1024;
  private static final long EDGE = 1 << 20;

  /// Takes what must be there.
  @FunctionalInterface
  interface Sink {
    void accept(Frame.Expect expect) throws IOException;
  }

  /// Gives `sink` what the destination must hold, ascending.
  ///
  /// @throws RefusedException where the source does not have what did not change
  void expect(ChangeSource source, RandomGenerator random, Sink sink) throws IOException {
    if (this == NONE || unchangedBytes(source, 0, source.disk().size()) == 0) {
      return;
    }
    var disk =
        source
            .unchanged()
            .orElseThrow(
                () ->
                    new RefusedException(
                        source.disk().name()
                            + ": holds only what changed, so nothing shows whether the destination is"
                            + " what the changes start from; if you are sure that it is, say"
                            + " --base=assume"));
    try (var ahead =
        new ReadAhead(
            disk, (extent, bytes) -> sink.accept(Frame.Expect.of(extent.offset(), bytes)))) {
      if (this == FULL) {
        unchanged(source, (start, end) -> accept(ahead::add, start, end));
      } else {
        sample(source, random, ahead::add);
      }
      ahead.read();
      ahead.finish();
    }
  }

  /// Takes a run of bytes that did not change.
  private interface Unchanged {
    void accept(long start, long end) throws IOException;
  }

  private static void unchanged(ChangeSource source, Unchanged sink) throws IOException {
    var last = new long[1];
    source.changes(
        extent -> {
          sink.accept(last[0], extent.offset());
          last[0] = extent.end();
        });
    sink.accept(last[0], source.disk().size());
  }

  /// Returns how many bytes did not change between two offsets.
  private static long unchangedBytes(ChangeSource source, long from, long to) throws IOException {
    var sum = new long[1];
    unchanged(source, (start, end) -> sum[0] += length(Math.max(start, from), Math.min(end, to)));
    return sum[0];
  }

  private static void sample(ChangeSource source, RandomGenerator random, ExtentSink sink)
      throws IOException {
    long front = Math.min(EDGE, source.disk().size());
    long back = Math.max(front, source.disk().size() - EDGE);
    var picks = picks(random, unchangedBytes(source, front, back));
    var passed = new long[1];
    unchanged(
        source,
        (start, end) -> {
          accept(sink, start, Math.min(end, front));
          long from = Math.max(start, front);
          long to = Math.min(end, back);
          picked(picks, passed[0], from, to, sink);
          passed[0] += length(from, to);
          accept(sink, Math.max(start, back), end);
        });
  }

  /// Returns where pages begin in `bytes` bytes, ascending, each once.
  private static long[] picks(RandomGenerator random, long bytes) {
    long pages = Math.ceilDiv(bytes, PAGE);
    return pages <= PAGES
        ? LongStream.range(0, pages).map(page -> page * PAGE).toArray()
        : random.longs(PAGES, 0, pages).distinct().sorted().map(page -> page * PAGE).toArray();
  }

  /// Gives what a run has of the pages. What did not change is counted without gaps: `passed` bytes
  /// come before the run.
  private static void picked(long[] picks, long passed, long from, long to, ExtentSink sink)
      throws IOException {
    int found = Arrays.binarySearch(picks, passed - PAGE + 1);
    for (int at = found < 0 ? -found - 1 : found; at < picks.length; at++) {
      long start = from + Math.max(0, picks[at] - passed);
      if (start >= to) {
        return;
      }
      accept(sink, start, Math.min(from + picks[at] - passed + PAGE, to));
    }
  }

  private static long length(long start, long end) {
    return Math.max(0, end - start);
  }

  private static void accept(ExtentSink sink, long start, long end) throws IOException {
    if (start < end) {
      sink.accept(new Extent(start, end - start, Extent.Kind.DATA));
    }
  }
}
