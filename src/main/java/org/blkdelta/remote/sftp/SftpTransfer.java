package org.blkdelta.remote.sftp;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.impl.SftpResponse;
import org.apache.sshd.sftp.client.impl.SftpStatus;
import org.apache.sshd.sftp.common.SftpConstants;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.Printable;
import org.jspecify.annotations.Nullable;

/// Several reads of one file, all under way together as far as the limits go.
final class SftpTransfer {

  /// What is under way costs no memory here: the answers go to where they are wanted. It is bounded
  /// for the sake of the server, and is enough for 1 Gbit/s over 60 ms.
  private static final long MAX_BYTES = 8L * 1024 * 1024;

  private static final int MAX_REQUESTS = 512;

  private final String name;
  private final SftpChannel channel;
  private final byte[] handle;
  private final ArrayDeque<Piece> waiting = new ArrayDeque<>();
  private final ArrayDeque<Sent> underWay = new ArrayDeque<>();
  private long bytesUnderWay;
  private @Nullable IOException fault;

  /// What is left of a read, as much as one request asks for.
  private record Piece(ByteBuffer rest, long offset) {}

  private record Sent(SftpRequest request, Piece piece, int length) {}

  SftpTransfer(String name, SftpChannel channel, byte[] handle) {
    this.name = name;
    this.channel = channel;
    this.handle = handle;
  }

  /// Does the reads. If it fails, nothing is put into the buffers any more.
  void run(List<Disk.Read> reads) throws IOException {
    reads.forEach(this::cut);
    while (!waiting.isEmpty() || !underWay.isEmpty()) {
      if (underWay.size() <= MAX_REQUESTS / 2 && bytesUnderWay <= MAX_BYTES / 2) {
        send();
      }
      collect(underWay.remove());
    }
    if (fault != null) {
      throw fault;
    }
    reads.forEach(read -> read.dst().position(read.dst().limit()));
  }

  private void cut(Disk.Read read) {
    var dst = read.dst();
    int start = dst.position();
    for (int at = start; at < dst.limit(); at += channel.readSize()) {
      int length = Math.min(channel.readSize(), dst.limit() - at);
      waiting.add(new Piece(dst.slice(at, length), read.offset() + (at - start)));
    }
  }

  private void send() throws IOException {
    var requests = new ArrayList<SftpRequest>();
    while (!waiting.isEmpty() && underWay.size() < MAX_REQUESTS && bytesUnderWay < MAX_BYTES) {
      var piece = waiting.remove();
      int length = piece.rest().remaining();
      var request = SftpRequest.read(channel.nextNumber(), handle, piece.offset(), piece.rest());
      requests.add(request);
      underWay.add(new Sent(request, piece, length));
      bytesUnderWay += length;
    }
    if (!requests.isEmpty()) {
      channel.send(requests);
    }
  }

  /// Waits for an answer. A short one is continued, before what has not been sent yet.
  private void collect(Sent sent) throws IOException {
    channel.await(sent.request());
    bytesUnderWay -= sent.length();
    var rest = sent.piece().rest();
    var packet = sent.request().answer();
    if (packet != null) {
      fail(refusal(packet, sent.piece().offset()));
    } else if (rest.hasRemaining() && fault == null) {
      waiting.addFirst(new Piece(rest.slice(), sent.piece().offset() + rest.position()));
    }
  }

  /// Keeps the first fault; what is under way is awaited, so that nothing comes later.
  private void fail(IOException refusal) {
    fault = fault == null ? refusal : fault;
    waiting.clear();
  }

  private IOException refusal(byte[] packet, long offset) {
    var where = name + ": at byte " + offset + ": ";
    try {
      var answer = SftpResponse.parse(SftpConstants.SSH_FXP_READ, new ByteArrayBuffer(packet));
      var status = SftpStatus.parse(answer);
      return status.getStatusCode() == SftpConstants.SSH_FX_EOF
          ? new EOFException(where + "ends before here, too early")
          : new IOException(where + "the server says: " + Printable.of(status.getMessage()));
    } catch (IOException | BufferException malformed) {
      return new IOException(where + "the server's answer is malformed", malformed);
    }
  }
}
