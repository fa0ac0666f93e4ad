package org.blkdelta.sync;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import org.blkdelta.extent.Extent;

/// Picks what to compare from the runs of a disk that did not change: all of its first and last
/// mebibyte, and up to 1024 pages of what lies between, each with the same chance. The runs are
/// seen once, because listing them may take minutes.
final class UnchangedSample {

  private static final long PAGE = 4096;
  private static final int PAGES = 1024;
  private static final long EDGE = 1 << 20;

  private final long front;
  private final long back;
  private final Reservoir reservoir;
  private final List<Extent> edges = new ArrayList<>();
  private final List<Extent> pages = new ArrayList<>(PAGES);
  private long seen;

  /// Creates one of a disk of `size` bytes.
  UnchangedSample(long size, RandomGenerator random) {
    this.front = Math.min(EDGE, size);
    this.back = Math.max(front, size - EDGE);
    this.reservoir = new Reservoir(PAGES, random);
  }

  /// Takes the next run, from byte `start` to `end`.
  void add(long start, long end) {
    addEdge(start, Math.min(end, front));
    addPages(Math.max(start, front), Math.min(end, back));
    addEdge(Math.max(start, back), end);
  }

  /// Returns what was picked, ascending.
  List<Extent> picked() {
    var all = new ArrayList<>(edges);
    all.addAll(pages);
    all.sort(Comparator.comparingLong(Extent::offset));
    return all;
  }

  private void addEdge(long start, long end) {
    if (start < end) {
      edges.add(new Extent(start, end - start, Extent.Kind.DATA));
    }
  }

  private void addPages(long from, long to) {
    if (from >= to) {
      return;
    }
    long count = Math.ceilDiv(to - from, PAGE);
    while (reservoir.next() - seen < count) {
      long start = from + (reservoir.next() - seen) * PAGE;
      pick(new Extent(start, Math.min(PAGE, to - start), Extent.Kind.DATA));
    }
    seen += count;
  }

  private void pick(Extent page) {
    int place = reservoir.take();
    if (place == pages.size()) {
      pages.add(page);
    } else {
      pages.set(place, page);
    }
  }
}
