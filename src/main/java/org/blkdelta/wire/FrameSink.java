package org.blkdelta.wire;

import java.io.IOException;

/// Takes frames one after the other: a header, then what is expected, then data and zeros,
/// both ascending, then the end.
@FunctionalInterface
public interface FrameSink {

  /// Takes the next frame, and with it its bytes until the call returns.
  void accept(Frame frame) throws IOException;
}
