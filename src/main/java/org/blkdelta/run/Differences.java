package org.blkdelta.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.sync.AnswerSink;
import org.blkdelta.wire.Answer;

/// Where a destination differs: what is answered, held against the count at the end. What is kept
/// of it is bounded; if there is too much, it is kept more coarsely.
public final class Differences implements AnswerSink {

  /// The longest list of extents.
  static final int MAX_KEPT = 1 << 20;

  private final long volumeSize;
  private final ExtentSink told;
  private final List<Extent> kept = new ArrayList<>();
  private long extents;
  private long bytes;
  private long lastEnd;
  private long earlierExtents;
  private long earlierBytes;
  private long destinationSize;
  private boolean complete;

  /// Creates one that tells `told` each extent as it comes.
  ///
  /// @param volumeSize where no extent can lie beyond
  public Differences(long volumeSize, ExtentSink told) {
    this.volumeSize = volumeSize;
    this.told = told;
  }

  /// Returns those of another try, which begins again.
  Differences anew() {
    return new Differences(volumeSize, told);
  }

  /// Returns those of another try, which goes on where this one was cut. What is still answered to
  /// this one does not reach it.
  synchronized Differences goingOn() {
    var next = anew();
    next.kept.addAll(kept);
    next.extents = extents;
    next.bytes = bytes;
    next.earlierExtents = extents;
    next.earlierBytes = bytes;
    next.lastEnd = lastEnd;
    return next;
  }

  /// Returns the offset before which everything was compared.
  synchronized long comparedBefore() {
    return lastEnd;
  }

  @Override
  public synchronized void accept(Answer answer) throws IOException {
    if (answer instanceof Answer.Hello hello) {
      destinationSize = hello.destinationSize();
    } else if (answer instanceof Answer.Differs differs) {
      add(new Extent(differs.offset(), differs.length(), Extent.Kind.DATA));
    } else if (answer instanceof Answer.Passed passed) {
      pass(passed.offset(), passed.offset());
    } else if (answer instanceof Answer.Compared compared) {
      long named = extents - earlierExtents;
      if (compared.extents() != named || compared.bytes() != bytes - earlierBytes) {
        throw new ConnectionException(
            "the remote side found %d extents different, and named %d; run again"
                .formatted(compared.extents(), named));
      }
      complete = true;
    }
  }

  /// Returns whether the whole was compared.
  boolean isComplete() {
    return complete;
  }

  /// Returns how many runs of bytes differ.
  long extents() {
    return extents;
  }

  /// Returns how many bytes these have, in units of 4096.
  long bytes() {
    return bytes;
  }

  /// Returns the bytes of the whole destination.
  long destinationSize() {
    return destinationSize;
  }

  /// Returns extents that all differences lie in.
  public List<Extent> covering() {
    return List.copyOf(kept);
  }

  private void add(Extent extent) throws IOException {
    pass(extent.offset(), extent.end());
    extents++;
    bytes += extent.length();
    told.accept(extent);
    if (kept.size() == MAX_KEPT) {
      joinPairs();
    }
    kept.add(extent);
  }

  private void pass(long start, long end) throws ConnectionException {
    if (start < lastEnd || end > volumeSize) {
      throw new ConnectionException(
          "the remote side's differences are not ascending, or not in the volume; install the same"
              + " blkdelta on both");
    }
    lastEnd = end;
  }

  /// Halves the list: what lies between two is the same on both sides, and may be sent all the
  /// same.
  private void joinPairs() {
    for (int i = 0; i < kept.size() / 2; i++) {
      var first = kept.get(2 * i);
      long length = kept.get(2 * i + 1).end() - first.offset();
      kept.set(i, new Extent(first.offset(), length, Extent.Kind.DATA));
    }
    kept.subList(kept.size() / 2, kept.size()).clear();
  }
}
