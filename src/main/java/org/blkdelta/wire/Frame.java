package org.blkdelta.wire;

import java.nio.ByteBuffer;

/// One message of the change stream; see docs/stream.md. Offsets and lengths are bytes.
public sealed interface Frame {

  /// Most bytes that a frame carries.
  int MOST_BYTES = 1 << 20;

  /// Opens the stream.
  record Header(StreamHeader stream) implements Frame {}

  /// New bytes. They belong to the frame until the sink that took it returns.
  record Data(long offset, ByteBuffer bytes) implements Frame {}

  /// A run that now reads as zeros.
  record Zero(long offset, long length) implements Frame {}

  /// Closes the stream: what it held.
  record End(Tally.Sum sum) implements Frame {}
}
