package org.blkdelta.remote.sftp;

import java.nio.ByteBuffer;
import org.apache.sshd.sftp.common.SftpConstants;
import org.jspecify.annotations.Nullable;

/// One request that is under way, and its answer. [SftpAnswers] guards what changes.
final class SftpRequest {

  private final byte[] packet;
  private final int number;
  private final @Nullable ByteBuffer data;
  private byte @Nullable [] answer;
  private boolean answered;

  /// Creates one of a whole packet.
  ///
  /// @param number what the answer will be known by
  /// @param data where the bytes of a DATA answer go; null if it is wanted as a packet
  SftpRequest(byte[] packet, int number, @Nullable ByteBuffer data) {
    this.packet = packet;
    this.number = number;
    this.data = data;
  }

  /// Creates one that reads as many bytes as `data` has room for.
  static SftpRequest read(int number, byte[] handle, long offset, ByteBuffer data) {
    int length = 1 + Integer.BYTES + Integer.BYTES + handle.length + Long.BYTES + Integer.BYTES;
    var packet =
        ByteBuffer.allocate(Integer.BYTES + length)
            .putInt(length)
            .put((byte) SftpConstants.SSH_FXP_READ)
            .putInt(number)
            .putInt(handle.length)
            .put(handle)
            .putLong(offset)
            .putInt(data.remaining());
    return new SftpRequest(packet.array(), number, data);
  }

  byte[] packet() {
    return packet;
  }

  int number() {
    return number;
  }

  @Nullable ByteBuffer data() {
    return data;
  }

  /// Ends it with a packet, or with null if the answer is in the data.
  void answer(byte @Nullable [] whole) {
    answer = whole;
    answered = true;
  }

  boolean isAnswered() {
    return answered;
  }

  /// Returns the answer as a whole packet; null if it is in the data.
  byte @Nullable [] answer() {
    return answer;
  }
}
