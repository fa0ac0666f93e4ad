package org.blkdelta.report;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.jspecify.annotations.Nullable;

/// The changed runs of a volume as lines for programs: offset, length, `data` or `zero`. Neighbours
/// of the same kind become one.
public final class ExtentList {

  private final PrintStream out;
  private @Nullable Extent waiting;

  private ExtentList(PrintStream out) {
    this.out = out;
  }

  /// Prints those of a source.
  public static void print(ChangeSource source, PrintStream out) throws IOException {
    var list = new ExtentList(out);
    source.changes(list::add);
    list.flush();
    source.checkStillTrue();
  }

  /// Prints those of a stream, in its order, and reads it to its end.
  ///
  /// @param before what is done with each frame first
  /// @throws SourceException if it is damaged
  public static void print(
      FrameSource stream, String name, UnaryOperator<FrameSink> before, PrintStream out)
      throws IOException {
    var list = new ExtentList(out);
    long size = stream.header().volumeSize();
    long limit = size == 0 ? Long.MAX_VALUE : size; // lvmsync's format does not tell it
    try {
      stream.frames(before.apply(extents(name, limit, list::add)));
    } finally {
      list.flush();
    }
  }

  /// Returns what takes the extents out of a stream's frames.
  ///
  /// @param size of the volume, which none may leave
  static FrameSink extents(String name, long size, ExtentSink to) {
    return frame -> {
      switch (frame) {
        case Frame.Data data ->
            to.accept(
                inside(name, size, data.offset(), data.bytes().remaining(), Extent.Kind.DATA));
        case Frame.Zero zero ->
            to.accept(inside(name, size, zero.offset(), zero.length(), Extent.Kind.ZERO));
        case Frame.Header header -> {}
        case Frame.Expect expect -> {}
        case Frame.End end -> {}
      }
    };
  }

  private static Extent inside(String name, long size, long offset, long length, Extent.Kind kind)
      throws SourceException {
    if (length > size || offset > size - length) {
      throw new SourceException(
          "%s: at byte %d: a change of %d bytes reaches beyond the volume's end at %d; send it again"
              .formatted(name, offset, length, size));
    }
    return new Extent(offset, length, kind);
  }

  private void add(Extent next) {
    var last = waiting;
    if (last != null && last.end() == next.offset() && last.kind() == next.kind()) {
      waiting = new Extent(last.offset(), last.length() + next.length(), last.kind());
    } else {
      flush();
      waiting = next;
    }
  }

  private void flush() {
    var last = waiting;
    waiting = null;
    if (last != null) {
      var kind = last.kind().name().toLowerCase(Locale.ROOT);
      out.println(last.offset() + " " + last.length() + " " + kind);
    }
  }
}
