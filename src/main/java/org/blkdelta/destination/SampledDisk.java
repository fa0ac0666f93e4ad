package org.blkdelta.destination;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.blkdelta.disk.ForwardingWritableDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.sync.Reservoir;

/// Keeps digests of random pages of what is written to a disk, each page with the same chance, and
/// those of earlier runs that are not overwritten.
public final class SampledDisk extends ForwardingWritableDisk {

  /// So many pages of one run are kept.
  static final int PAGES = 512;

  private static final int SALT_BYTES = 16;

  /// A page, and the place in the reservoir that it has.
  private record Kept(WrittenPages.Page page, int place) {}

  private final String salt;
  private final Reservoir reservoir;
  private final NavigableMap<Long, Kept> kept = new TreeMap<>();
  private final NavigableMap<Long, Kept> earlier = new TreeMap<>();
  private final long[] offsets = new long[PAGES];
  private long seen;

  /// Puts itself in front of `disk`, which is closed with this.
  ///
  /// @param before pages of earlier runs
  /// @param random nobody can foresee it
  public SampledDisk(WritableDisk disk, Optional<WrittenPages> before, RandomGenerator random) {
    super(disk);
    this.reservoir = new Reservoir(PAGES, random);
    var drawn = new byte[SALT_BYTES];
    random.nextBytes(drawn);
    this.salt = before.map(WrittenPages::salt).orElse(HexFormat.of().formatHex(drawn));
    before.map(WrittenPages::pages).orElse(List.of()).stream()
        .limit(PAGES)
        .forEach(page -> earlier.put(page.offset(), new Kept(page, -1)));
  }

  /// Returns the pages that were picked; of earlier ones, as many as there is room for.
  public WrittenPages pages() {
    var all = new TreeMap<Long, WrittenPages.Page>();
    kept.forEach((offset, page) -> all.put(offset, page.page()));
    for (var old : earlier.values()) {
      if (all.size() < PAGES) {
        all.put(old.page().offset(), old.page());
      }
    }
    return new WrittenPages(salt, List.copyOf(all.values()));
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    var bytes = src.duplicate();
    super.write(src, offset);
    add(offset, bytes.remaining(), Optional.of(bytes));
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    super.zero(offset, length);
    add(offset, length, Optional.empty());
  }

  private void add(long offset, long length, Optional<ByteBuffer> bytes) {
    if (length == 0) {
      return;
    }
    long end = offset + length;
    forget(kept, offset, end);
    forget(earlier, offset, end);
    long first = offset / WrittenPages.PAGE;
    long count = Math.ceilDiv(end, (long) WrittenPages.PAGE) - first;
    while (reservoir.next() - seen < count) {
      long begin = (first + reservoir.next() - seen) * WrittenPages.PAGE;
      long from = Math.max(offset, begin);
      int size = (int) (Math.min(end, begin + WrittenPages.PAGE) - from);
      var content = new byte[size];
      bytes.ifPresent(src -> src.get(src.position() + (int) (from - offset), content));
      keep(new WrittenPages.Page(from, size, WrittenPages.digest(salt, from, content)));
    }
    seen += count;
  }

  private void keep(WrittenPages.Page page) {
    int place = reservoir.take();
    var replaced = kept.get(offsets[place]);
    if (replaced != null && replaced.place() == place) {
      kept.remove(offsets[place]);
    }
    offsets[place] = page.offset();
    kept.put(page.offset(), new Kept(page, place));
  }

  private static void forget(NavigableMap<Long, Kept> pages, long offset, long end) {
    var before = pages.lowerEntry(offset);
    if (before != null && before.getKey() + before.getValue().page().length() > offset) {
      pages.remove(before.getKey());
    }
    pages.subMap(offset, end).clear();
  }
}
