package org.blkdelta.remote.sftp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.sshd.sftp.common.SftpConstants;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.Host;
import org.jspecify.annotations.Nullable;

/// Takes what the server sends apart into answers, and gives each to its request; the bytes of
/// files go straight to where they are wanted. Fed by the library's thread, awaited by any.
///
/// Nothing is kept that was not asked for: an answer to no request, or one that is longer than what
/// was asked for, is the end.
final class SftpAnswers {

  /// The number under which the answer to INIT is awaited: VERSION has its version in this place.
  static final int VERSION = 0;

  /// More than any answer needs; OpenSSH has the same limit for all of its packets.
  private static final int MAX_BYTES = 256 * 1024;

  /// More than any refusal needs. Hundreds of READs may be under way, and each be refused.
  private static final int MAX_REFUSAL = 4 * 1024;

  private static final int HEAD = Integer.BYTES + 1 + Integer.BYTES;

  private final Host host;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Integer, SftpRequest> underWay = new HashMap<>();
  private final ByteBuffer head = ByteBuffer.allocate(HEAD + Integer.BYTES).limit(HEAD);
  private @Nullable SftpRequest current;
  private @Nullable ByteBuffer body;
  private int bodyLeft;
  private boolean bodyIsData;
  private long lastAnswer = System.nanoTime();
  private @Nullable Supplier<SyncException> end;

  /// Gives up where for `patience` no answer comes to any request.
  SftpAnswers(Host host, Duration patience) {
    this.host = host;
    this.patience = patience;
  }

  /// Makes ready for the answers to requests that are about to be sent.
  void expect(Collection<SftpRequest> requests) throws SyncException {
    lock.lock();
    try {
      if (end != null) {
        throw end.get();
      }
      if (underWay.isEmpty()) {
        lastAnswer = System.nanoTime();
      }
      requests.forEach(request -> underWay.put(request.number(), request));
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the answer to a request. If this fails, no byte is put into any request's data
  /// any more.
  void await(SftpRequest request) throws SyncException {
    lock.lock();
    try {
      while (!request.isAnswered()) {
        if (end != null) {
          throw end.get();
        }
        long left = patience.toNanos() - (System.nanoTime() - lastAnswer);
        if (left <= 0 || changed.awaitNanos(left) <= 0) {
          giveUp();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(() -> new SourceException(host + ": sftp: interrupted"));
      await(request);
    } finally {
      lock.unlock();
    }
  }

  /// Ends everything for a reason, unless it has ended before.
  void end(Supplier<SyncException> reason) {
    lock.lock();
    try {
      if (end == null) {
        end = reason;
        underWay.clear();
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Takes the next bytes that came.
  void take(byte[] bytes, int offset, int length) {
    lock.lock();
    try {
      var source = ByteBuffer.wrap(bytes, offset, length);
      while (source.hasRemaining() && end == null) {
        take(source);
      }
    } catch (SourceException bad) {
      end(() -> bad);
    } finally {
      lock.unlock();
    }
  }

  private void giveUp() {
    if (System.nanoTime() - lastAnswer >= patience.toNanos()) {
      end(
          () ->
              new SourceException(
                  "%s: sftp: no answer within %d s; is the storage there in trouble?"
                      .formatted(host, patience.toSeconds())));
    }
  }

  private void take(ByteBuffer source) throws SourceException {
    if (body == null) {
      move(source, head, head.remaining());
      if (!head.hasRemaining()) {
        begin();
      }
    } else {
      bodyLeft -= move(source, body, bodyLeft);
    }
    if (body != null && bodyLeft == 0) {
      finish();
    }
  }

  /// Begins the body of an answer whose head has come. A DATA answer has four bytes more of head:
  /// the length of the data.
  private void begin() throws SourceException {
    int length = head.getInt(0);
    int type = Byte.toUnsignedInt(head.get(Integer.BYTES));
    if (current == null) {
      current = awaited(length, type, head.getInt(Integer.BYTES + 1));
    }
    var data = current.data();
    if (type != SftpConstants.SSH_FXP_DATA || data == null) {
      if (data != null && length > MAX_REFUSAL) {
        throw unfit("a refusal of " + length + " bytes");
      }
      beginPacket(length);
    } else if (head.limit() == HEAD) {
      head.limit(HEAD + Integer.BYTES);
    } else {
      beginData(length, data);
    }
  }

  private SftpRequest awaited(int length, int type, int number) throws SourceException {
    if (length < HEAD - Integer.BYTES || length > MAX_BYTES) {
      throw unfit("an answer of " + Integer.toUnsignedLong(length) + " bytes");
    }
    var request = underWay.remove(type == SftpConstants.SSH_FXP_VERSION ? VERSION : number);
    if (request == null) {
      throw unfit("an answer of type " + type + " that was not asked for");
    }
    return request;
  }

  private void beginPacket(int length) {
    body = ByteBuffer.allocate(Integer.BYTES + length).put(head.array(), 0, HEAD);
    bodyLeft = body.remaining();
    bodyIsData = false;
  }

  private void beginData(int length, ByteBuffer data) throws SourceException {
    int count = head.getInt(HEAD);
    if (count <= 0 || count > data.remaining() || length != HEAD + count) {
      throw unfit(
          "%d bytes of data in an answer of %d to a request for %d"
              .formatted(Integer.toUnsignedLong(count), length, data.remaining()));
    }
    body = data;
    bodyLeft = count;
    bodyIsData = true;
  }

  private void finish() {
    if (current != null && body != null) {
      current.answer(bodyIsData ? null : body.array());
    }
    current = null;
    body = null;
    head.clear().limit(HEAD);
    lastAnswer = System.nanoTime();
    changed.signalAll();
  }

  private SourceException unfit(String what) {
    return new SourceException(
        host + ": sftp: the server sends " + what + "; is it an SFTP server, and nothing else?");
  }

  private static int move(ByteBuffer source, ByteBuffer destination, int most) {
    int count = Math.min(source.remaining(), most);
    int limit = source.limit();
    source.limit(source.position() + count);
    destination.put(source);
    source.limit(limit);
    return count;
  }
}
