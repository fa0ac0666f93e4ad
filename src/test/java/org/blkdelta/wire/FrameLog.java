package org.blkdelta.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A sink that keeps every frame, with a copy of its bytes.
public final class FrameLog implements FrameSink {

  private final List<Frame> frames = new ArrayList<>();

  @Override
  public void accept(Frame frame) {
    if (frame instanceof Frame.Data data) {
      var bytes = ByteBuffer.allocate(data.bytes().remaining());
      frames.add(new Frame.Data(data.offset(), bytes.put(data.bytes().duplicate()).flip()));
    } else if (frame instanceof Frame.Expect expect) {
      var digests = ByteBuffer.allocate(expect.digests().remaining());
      digests.put(expect.digests().duplicate()).flip();
      frames.add(new Frame.Expect(expect.offset(), expect.length(), digests));
    } else {
      frames.add(frame);
    }
  }

  /// Returns all frames in order.
  public List<Frame> frames() {
    return List.copyOf(frames);
  }

  /// Returns those between header and end.
  public List<Frame> changes() {
    return frames.stream()
        .filter(frame -> frame instanceof Frame.Data || frame instanceof Frame.Zero)
        .toList();
  }

  /// Returns whether the end came.
  public boolean ended() {
    return frames.stream().anyMatch(frame -> frame instanceof Frame.End);
  }

  /// Returns what they are and where, such as `data 4096+16`.
  public List<String> words() {
    return frames.stream().map(FrameLog::words).toList();
  }

  private static String words(Frame frame) {
    return switch (frame) {
      case Frame.Header header -> "header " + header.stream().volumeSize();
      case Frame.Data data -> "data " + data.offset() + "+" + data.bytes().remaining();
      case Frame.Zero zero -> "zero " + zero.offset() + "+" + zero.length();
      case Frame.Expect expect -> "expect " + expect.offset() + "+" + expect.length();
      case Frame.End end -> "end";
    };
  }
}
