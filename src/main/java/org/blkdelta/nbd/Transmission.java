package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Requests and replies (doc/proto.md, "Transmission"), several under way at a time. The server may
/// answer in any order. After a fault nothing is asked any more: what was under way may still come.
/// Threads may share it.
final class Transmission implements Closeable {

  /// So many requests are under way at most.
  static final int MAX_REQUESTS = 32;

  private static final int REQUEST = 0x25609513;
  private static final int DISCONNECT = 2;
  private static final int HEADER = 28;

  private final Connection connection;
  private final Replies replies;
  private final Map<Long, Request> underWay = new HashMap<>();
  private long lastCookie;
  private Optional<IOException> broken = Optional.empty();

  /// @param isStructured whether that was agreed
  Transmission(Connection connection, boolean isStructured) {
    this.connection = connection;
    this.replies = new Replies(connection, isStructured, underWay);
  }

  /// Has all requests answered, and returns then.
  ///
  /// @throws IOException if one of them failed, or an earlier one
  synchronized void run(List<? extends Request> requests) throws IOException {
    guarded(
        () -> {
          var waiting = new ArrayDeque<Request>(requests);
          while (!waiting.isEmpty() || !underWay.isEmpty()) {
            if (underWay.size() <= MAX_REQUESTS / 2) {
              send(waiting);
            }
            replies.next();
          }
        });
  }

  /// Sends one request, and returns when that is done. Its answer, and its failure, come with those
  /// of later requests. What it may not overtake is answered before.
  ///
  /// @param first which of those under way must be answered before it is sent
  /// @throws IOException if an earlier one failed
  synchronized void begin(Request request, Predicate<Request> first) throws IOException {
    guarded(
        () -> {
          while (underWay.size() >= MAX_REQUESTS || underWay.values().stream().anyMatch(first)) {
            replies.next();
          }
          send(new ArrayDeque<>(List.of(request)));
        });
  }

  private interface Step {
    void run() throws IOException;
  }

  private void guarded(Step step) throws IOException {
    if (broken.isPresent()) {
      throw connection.again(broken.get());
    }
    try {
      step.run();
    } catch (IOException fault) {
      broken = Optional.of(fault);
      throw fault;
    }
  }

  /// Says that this is the end, and closes the connection.
  @Override
  public synchronized void close() throws IOException {
    try (connection) {
      if (broken.isEmpty()) {
        connection.send(header(DISCONNECT, 0, 0).flip());
      }
    } catch (IOException gone) {
      // all that was answered was right
    }
  }

  private void send(ArrayDeque<Request> waiting) throws IOException {
    var headers = ByteBuffer.allocate(MAX_REQUESTS * HEADER);
    while (!waiting.isEmpty() && underWay.size() < MAX_REQUESTS) {
      var request = waiting.remove();
      headers.put(header(request.command(), request.offset(), request.length()).flip());
      underWay.put(lastCookie, request);
      if (request.payload().hasRemaining()) {
        connection.send(headers.flip());
        connection.send(request.payload());
        headers.clear();
      }
    }
    connection.send(headers.flip());
  }

  private ByteBuffer header(int command, long offset, int length) {
    lastCookie++;
    return ByteBuffer.allocate(HEADER)
        .putInt(REQUEST)
        .putInt(command) // 16 bits of flags, none of them set, and 16 of the command
        .putLong(lastCookie)
        .putLong(offset)
        .putInt(length);
  }
}
