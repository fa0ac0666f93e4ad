package org.blkdelta.wire;

import java.io.IOException;
import org.blkdelta.failure.SourceException;
import org.jspecify.annotations.Nullable;

/// Reads a change stream (docs/stream.md) and hands on what it proves: each frame's checksum, the
/// order of the changes, their place inside the volume, the counts and the digest of the end, and
/// that nothing follows.
final class FrameReader implements FrameSource {

  private final FrameInput in;
  private final Tally tally = new Tally();
  private @Nullable StreamHeader header;
  private long lastEnd;

  /// Creates one that reads behind the magic.
  FrameReader(FrameInput in) {
    this.in = in;
  }

  @Override
  public boolean provesCompleteness() {
    return true;
  }

  @Override
  public boolean isAscending() {
    return true;
  }

  @Override
  public StreamHeader header() throws IOException {
    if (header == null) {
      header = readHeader();
    }
    return header;
  }

  @Override
  public void frames(FrameSink sink) throws IOException {
    sink.accept(new Frame.Header(header()));
    while (true) {
      long at = in.position();
      var frame = in.next().orElseThrow(() -> in.cut(at));
      switch (frame.type()) {
        case FrameFormat.DATA -> sink.accept(data(frame, at));
        case FrameFormat.ZERO -> sink.accept(zero(frame, at));
        case FrameFormat.END -> {
          sink.accept(end(frame, at));
          return;
        }
        default -> skip(frame, at);
      }
    }
  }

  private StreamHeader readHeader() throws IOException {
    long at = in.position();
    var frame = in.next().orElseThrow(() -> in.cut(at));
    if (frame.type() != FrameFormat.HEADER || frame.offset() != 0 || frame.length() < 0) {
      throw in.wrong(at, "the stream does not begin with its header");
    }
    var payload = new byte[frame.payload().remaining()];
    frame.payload().get(payload);
    return StreamHeader.decode(frame.length(), payload);
  }

  private Frame.Data data(FrameInput.Raw frame, long at) throws IOException {
    if (frame.length() != frame.payload().remaining()) {
      throw in.damaged(at);
    }
    place(frame, at);
    tally.data(frame.offset(), frame.payload());
    return new Frame.Data(frame.offset(), frame.payload());
  }

  private Frame.Zero zero(FrameInput.Raw frame, long at) throws IOException {
    if (frame.payload().hasRemaining()) {
      throw in.damaged(at);
    }
    place(frame, at);
    tally.zero(frame.offset(), frame.length());
    return new Frame.Zero(frame.offset(), frame.length());
  }

  private void place(FrameInput.Raw frame, long at) throws IOException {
    long volumeSize = header().volumeSize();
    if (frame.length() <= 0 || frame.offset() < lastEnd) {
      throw in.wrong(at, "the changes are not in ascending order");
    }
    if (frame.offset() > volumeSize || frame.length() > volumeSize - frame.offset()) {
      throw in.wrong(at, "a change lies outside the volume of " + volumeSize + " bytes");
    }
    lastEnd = frame.offset() + frame.length();
  }

  private Frame.End end(FrameInput.Raw frame, long at) throws IOException {
    if (frame.payload().remaining() != Tally.Sum.SIZE) {
      throw in.damaged(at);
    }
    var sum = Tally.Sum.get(frame.payload());
    if (!sum.equals(tally.sum())) {
      throw in.wrong(at, "the stream lacks frames, or has others than its end says");
    }
    if (!in.isAtEnd()) {
      throw in.wrong(in.position(), "bytes follow the end of the stream");
    }
    return new Frame.End(sum);
  }

  private void skip(FrameInput.Raw frame, long at) throws SourceException {
    if (!FrameFormat.isOptional(frame.type())) {
      throw in.wrong(
          at, "a frame of type %d, which a newer blkdelta must read".formatted(frame.type()));
    }
  }
}
