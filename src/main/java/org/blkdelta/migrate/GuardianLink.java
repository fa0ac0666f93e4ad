package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.guardian.Answer;
import org.blkdelta.guardian.Order;
import org.blkdelta.guardian.Request;
import org.blkdelta.guardian.Request.Wish;
import org.blkdelta.report.Json;

/// Lines to a guardian, and lines from it. A guardian that was killed and started again may have
/// lost a line: it is asked again.
final class GuardianLink implements Guardians.Link {

  private static final long BEAT_SECONDS = 5;

  /// What a guardian answers after takes so long at most: `hold`, a flush and `is_off`.
  private static final long PATIENCE_SECONDS = 240;

  private final OutputStream to;
  private final Closeable end;
  private final String where;
  private final BlockingQueue<Optional<Answer>> answers = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private long last;

  private GuardianLink(OutputStream to, Closeable end, String where) {
    this.to = to;
    this.end = end;
    this.where = where;
  }

  /// Gives a guardian its order, and waits until it has begun.
  ///
  /// @param end ends the connection
  static GuardianLink open(
      InputStream from, OutputStream to, Closeable end, Order order, String where)
      throws IOException {
    var link = new GuardianLink(to, end, where);
    Thread.ofPlatform().daemon().name("answers").start(() -> link.listen(from));
    if (!link.begins(order)) {
      throw new ConnectionException(
          where + ": no guardian begins, so nothing was stopped; see what it says, and run again");
    }
    Thread.ofPlatform().daemon().name("beats").start(link::beat);
    return link;
  }

  private boolean begins(Order order) throws IOException {
    try {
      send(Json.line(order));
      return awaited(0, PATIENCE_SECONDS).isPresent();
    } catch (ConnectionException ended) {
      return false;
    }
  }

  @Override
  public Answer ask(Wish wish, long mark) throws IOException {
    long n = ++last;
    var request = Json.line(new Request(n, wish, mark));
    for (long waited = 0; waited < PATIENCE_SECONDS; waited += BEAT_SECONDS) {
      send(request);
      var answer = awaited(n, BEAT_SECONDS);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    throw lost("no answer within %d s".formatted(PATIENCE_SECONDS));
  }

  @Override
  public void leave() throws IOException {
    send(Json.line(new Request(0, Wish.BACK, 0)));
  }

  private Optional<Answer> awaited(long n, long seconds) throws IOException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    try {
      for (long left = until; left > 0; left = until - System.nanoTime()) {
        var next = answers.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (next != null && next.isEmpty()) {
          answers.add(next); // also for who asks next
          throw lost("it has ended, or the connection has");
        }
        if (next != null && next.get().n() == n) {
          return next;
        }
        if (next == null) {
          return Optional.empty();
        }
      }
      return Optional.empty();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  private synchronized void send(String line) throws IOException {
    try {
      to.write((line + "\n").getBytes(UTF_8));
      to.flush();
    } catch (IOException fault) {
      throw lost(SyncException.describe(fault));
    }
  }

  private ConnectionException lost(String why) {
    return new ConnectionException(
        "%s: the guardian is not heard any more: %s; it starts the source again; run again"
            .formatted(where, why));
  }

  private void listen(InputStream from) {
    try (var lines = new BufferedReader(new InputStreamReader(from, UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        Json.parsed(line, Answer.class)
            .filter(answer -> answer.state() != null)
            .ifPresent(answer -> answers.add(Optional.of(answer)));
      }
    } catch (IOException cut) {
      // told by what follows
    } finally {
      answers.add(Optional.empty());
    }
  }

  /// Says all the time that the cutover is led: else the lease runs out.
  private void beat() {
    try {
      while (!closed.await(BEAT_SECONDS, TimeUnit.SECONDS)) {
        send(Json.line(new Request(0, Wish.BEAT, 0)));
      }
    } catch (InterruptedException | IOException over) {
      // who asks next is told
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    try (end) {
      to.close();
    } catch (IOException gone) {
      // it has ended, or is cut off; what came of it is known, or told
    }
  }
}
