package org.blkdelta.wire;

/// Counts the frames of a stream, and what they change. Offsets and lengths are bytes.
public final class Counts {

  private long frames;
  private long extents;
  private long dataBytes;
  private long zeroBytes;
  private long lastEnd = -1;

  /// Adds a data frame.
  public void data(long offset, long length) {
    dataBytes += length;
    change(offset, length);
  }

  /// Adds a zero frame.
  public void zero(long offset, long length) {
    zeroBytes += length;
    change(offset, length);
  }

  /// Adds an expect frame.
  public void expect() {
    frames++;
  }

  /// Returns whether these are the counts of a sum.
  public boolean agreeWith(Tally.Sum sum) {
    return sum.equals(with(sum.digestHigh(), sum.digestLow()));
  }

  Tally.Sum with(long digestHigh, long digestLow) {
    return new Tally.Sum(frames, extents, dataBytes, zeroBytes, digestHigh, digestLow);
  }

  /// A frame that begins where the one before it ends goes on with its extent.
  private void change(long offset, long length) {
    frames++;
    extents += offset == lastEnd ? 0 : 1;
    lastEnd = offset + length;
  }
}
