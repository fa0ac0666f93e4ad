package org.blkdelta.nbd;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;

/// Asks an export what changed, range by range, and what of that reads as zeros.
final class StatusWalk {

  /// So much is asked about at once: a server that has to look at each cluster answers in time.
  private static final int RANGE = 256 << 20;

  /// A server that says less than a sector at a time would be asked for ever.
  private static final int MIN_STEP = 512;

  private static final int ZERO = 1 << 1;

  private final ExportDisk disk;
  private final Selection selection;
  private final ExtentSink sink;

  StatusWalk(ExportDisk disk, Selection selection, ExtentSink sink) {
    this.disk = disk;
    this.selection = selection;
    this.sink = sink;
  }

  /// Gives what changed from `from` on up to `end`, in order, cut into pieces.
  void walk(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      long start = at - at % disk.export().block();
      int length = (int) Math.min(RANGE, disk.size() - start);
      long limit = Math.min(start + length, end);
      long reached = range(at, limit, disk.status(start, length));
      if (reached < limit && reached - at < MIN_STEP) {
        throw disk.fault(
            "at byte %d: the server says what only the next %d bytes are, against the protocol; use another server"
                .formatted(at, reached - at));
      }
      at = reached;
    }
  }

  /// Gives what changed of a range, as far as the answer goes, and returns how far that is.
  private long range(long from, long limit, StatusRequest answer) throws IOException {
    var zeros = runs(Optional.of(Export.ALLOCATION), answer);
    var changes = runs(selection.context(), answer);
    long at = from;
    while (at < limit && reaches(zeros, at) && reaches(changes, at)) {
      long next = Math.min(limit, Math.min(end(zeros), end(changes)));
      if (selection.isChange(changes.map(StatusRuns::flags).orElse(0))) {
        boolean isZero = zeros.isPresent() && (zeros.get().flags() & ZERO) != 0;
        sink.accept(new Extent(at, next - at, isZero ? Extent.Kind.ZERO : Extent.Kind.DATA));
      }
      at = next;
    }
    return at;
  }

  private Optional<StatusRuns> runs(Optional<String> context, StatusRequest answer) {
    return context.map(disk.export().contexts()::get).map(answer::runs);
  }

  private static boolean reaches(Optional<StatusRuns> runs, long at) {
    return runs.isEmpty() || runs.get().reach(at);
  }

  private static long end(Optional<StatusRuns> runs) {
    return runs.map(StatusRuns::end).orElse(Long.MAX_VALUE);
  }
}
