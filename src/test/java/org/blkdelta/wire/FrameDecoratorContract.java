package org.blkdelta.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Lineage;
import org.junit.jupiter.api.Test;

/// What every sink does that stands in front of another one and watches.
public interface FrameDecoratorContract {

  /// Returns one in front of `next`.
  FrameSink before(FrameSink next) throws IOException;

  /// A stream of 16 KiB with a frame of each kind.
  private static List<Frame> stream() {
    var expect = Frame.Expect.zeros(0, 4096);
    var data = new Frame.Data(4096, ByteBuffer.wrap(new byte[512]));
    var zero = new Frame.Zero(8192, 4096);
    var tally = new Tally();
    tally.expect(expect);
    tally.data(data.offset(), data.bytes());
    tally.zero(zero.offset(), zero.length());
    var header = new StreamHeader(16_384, Lineage.UNKNOWN, Optional.empty());
    return List.of(new Frame.Header(header), expect, data, zero, new Frame.End(tally.sum()));
  }

  @Test
  default void each_frame_is_handed_on_once_and_as_it_is() throws IOException {
    var seen = new ArrayList<Frame>();
    var sink = before(seen::add);
    var frames = stream();
    for (int at = 0; at < frames.size(); at++) {
      sink.accept(frames.get(at));
      assertEquals(at + 1, seen.size(), "handed on when the call returns");
      assertSame(frames.get(at), seen.get(at));
    }
  }

  @Test
  default void the_bytes_of_a_frame_are_left_for_the_next_sink() throws IOException {
    var left = new ArrayList<Integer>();
    var sink =
        before(
            frame -> {
              if (frame instanceof Frame.Data data) {
                left.add(data.bytes().remaining());
              }
            });
    for (var frame : stream()) {
      sink.accept(frame);
    }
    assertEquals(List.of(512), left);
  }

  @Test
  default void a_fault_of_the_next_sink_passes_through() throws IOException {
    var fault = new IOException("the disk is full");
    for (var failing : stream()) {
      var sink =
          before(
              frame -> {
                if (frame == failing) {
                  throw fault;
                }
              });
      var thrown =
          assertThrows(
              IOException.class,
              () -> {
                for (var frame : stream(failing)) {
                  sink.accept(frame);
                }
              });
      assertSame(fault, thrown);
    }
  }

  /// Returns a stream up to a frame of another one.
  private static List<Frame> stream(Frame last) {
    var frames = new ArrayList<Frame>();
    for (var frame : stream()) {
      if (frame.getClass() == last.getClass()) {
        frames.add(last);
        return frames;
      }
      frames.add(frame);
    }
    throw new AssertionError(last);
  }
}
