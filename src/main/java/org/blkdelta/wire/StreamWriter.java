package org.blkdelta.wire;

import java.io.IOException;

/// Writes frames to a byte stream, in one of the formats that there are.
public interface StreamWriter extends FrameSink {

  /// Writes out what has gathered.
  void flush() throws IOException;
}
