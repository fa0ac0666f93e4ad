package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
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
  private final NavigableMap<Long, Request> underWay = new TreeMap<>();
  private final Queue<Request> waiting = new ArrayDeque<>();
  private long lastCookie;
  private Optional<IOException> broken = Optional.empty();

  /// @param isStructured whether that was agreed
  Transmission(Connection connection, boolean isStructured) {
    this.connection = connection;
    this.replies = new Replies(connection, isStructured, underWay);
  }

  /// Asks for more, as far as there is room for it under way; the rest follows when there is.
  ///
  /// @return what to [#await] to have these answered, and all before them
  /// @throws IOException if an earlier one failed
  synchronized long ask(List<? extends Request> requests) throws IOException {
    guarded(
        () -> {
          waiting.addAll(requests);
          send();
        });
    return lastCookie + waiting.size();
  }

  /// Returns when everything is answered up to what [#ask] returned.
  ///
  /// @throws IOException if one of these failed, or an earlier one
  synchronized void await(long last) throws IOException {
    guarded(
        () -> {
          while (oldest() <= last) {
            replies.next();
            if (underWay.size() <= MAX_REQUESTS / 2) {
              send();
            }
          }
        });
  }

  /// Has all requests answered, those that were asked before, too, and returns then.
  ///
  /// @throws IOException if one of them failed, or an earlier one
  synchronized void run(List<? extends Request> requests) throws IOException {
    await(ask(requests));
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
          waiting.add(request);
          send();
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

  /// Returns the cookie of what was asked first and is not answered yet, or that of the next.
  private long oldest() {
    return underWay.isEmpty() ? lastCookie + 1 : underWay.firstKey();
  }

  private void send() throws IOException {
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
