package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;

/// What the server was asked for, and the place for its answer.
sealed interface Request permits ReadRequest, StatusRequest, WriteRequest {

  /// Returns the number of the command.
  int command();

  /// Returns in words what the server was to do, after "the server cannot".
  default String doing() {
    return "read the next %d bytes".formatted(length());
  }

  /// Returns what is sent with it; nothing, but for a write.
  default ByteBuffer payload() {
    return ByteBuffer.allocate(0);
  }

  /// Returns where it begins, in bytes: a multiple of the export's block.
  long offset();

  /// Returns its bytes, a multiple of the export's block: at least 1, but for a flush.
  int length();

  /// Takes the payload of a simple reply without an error.
  void takeSimple(Connection in) throws IOException;

  /// Takes the payload of a chunk of a structured reply.
  ///
  /// @param type of the chunk
  /// @param length of the payload, 0 to 2^32 - 1
  void take(int type, long length, Connection in) throws IOException;

  /// Checks that nothing is missing: there is no further chunk.
  void finish(Connection in) throws IOException;
}
