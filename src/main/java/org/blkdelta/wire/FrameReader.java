package org.blkdelta.wire;

import java.io.IOException;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;
import org.jspecify.annotations.Nullable;

/// Reads a change stream (docs/stream.md) and hands on what it proves: each frame's checksum, the
/// order of the frames, their place inside the volume, the counts and the digest of the end, and
/// that nothing follows.
final class FrameReader implements FrameSource {

  private final FrameInput in;
  private final Tally tally = new Tally();
  private @Nullable StreamHeader header;
  private long expectedEnd;
  private long changedEnd;
  private boolean changes;

  /// Creates one that reads after the magic.
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
        case FrameFormat.EXPECT -> sink.accept(expect(frame, at));
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
    while (frame.type() == FrameFormat.ALIVE) {
      long then = in.position();
      frame = in.next().orElseThrow(() -> in.cut(then));
    }
    if (frame.type() != FrameFormat.HEADER || frame.offset() != 0 || frame.length() < 0) {
      throw in.wrong(at, "the stream does not begin with its header");
    }
    if (frame.length() == 0) {
      throw in.wrong(at, "it is of a volume of 0 bytes, which cannot be");
    }
    var payload = new byte[frame.payload().remaining()];
    frame.payload().get(payload);
    return StreamHeader.decode(in.name(), frame.length(), payload);
  }

  private Frame.Data data(FrameInput.Raw frame, long at) throws IOException {
    if (frame.length() != frame.payload().remaining()) {
      throw in.damaged(at);
    }
    change(frame, at);
    tally.data(frame.offset(), frame.payload());
    return new Frame.Data(frame.offset(), frame.payload());
  }

  private Frame.Zero zero(FrameInput.Raw frame, long at) throws IOException {
    if (frame.payload().hasRemaining()) {
      throw in.damaged(at);
    }
    change(frame, at);
    tally.zero(frame.offset(), frame.length());
    return new Frame.Zero(frame.offset(), frame.length());
  }

  private Frame.Expect expect(FrameInput.Raw frame, long at) throws IOException {
    if (changes) {
      throw in.wrong(at, "it says what is expected after the first change");
    }
    if (frame.length() <= 0 || frame.offset() < expectedEnd) {
      throw in.wrong(at, "what is expected is not in ascending order");
    }
    checkInside(frame, at);
    int size = frame.payload().remaining();
    if (size != 0 && size != Digests.size(frame.length())) {
      throw in.damaged(at);
    }
    expectedEnd = frame.offset() + frame.length();
    var expect = new Frame.Expect(frame.offset(), frame.length(), frame.payload());
    tally.expect(expect);
    return expect;
  }

  private void change(FrameInput.Raw frame, long at) throws IOException {
    if (frame.length() <= 0 || frame.offset() < changedEnd) {
      throw in.wrong(at, "the changes are not in ascending order");
    }
    checkInside(frame, at);
    changedEnd = frame.offset() + frame.length();
    changes = true;
  }

  private void checkInside(FrameInput.Raw frame, long at) throws IOException {
    long volumeSize = header().volumeSize();
    if (frame.offset() > volumeSize || frame.length() > volumeSize - frame.offset()) {
      throw in.wrong(
          at,
          "%s lies outside the volume of %s"
              .formatted(
                  frame.type() == FrameFormat.EXPECT ? "what is expected" : "a change",
                  Sizes.exact(volumeSize)));
    }
  }

  private Frame.End end(FrameInput.Raw frame, long at) throws IOException {
    if (frame.payload().remaining() != Tally.Sum.SIZE) {
      throw in.damaged(at);
    }
    var sum = Tally.Sum.get(frame.payload());
    if (!sum.equals(tally.sum())) {
      throw in.wrong(at, "the stream's frames don't match its end");
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
