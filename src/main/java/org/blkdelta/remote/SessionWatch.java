package org.blkdelta.remote;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.blkdelta.failure.SyncException;
import org.jspecify.annotations.Nullable;

/// Watches a connection: whether the server has greeted, and the first reason for the end.
final class SessionWatch implements SessionListener {

  private final CountDownLatch greetedOrClosed = new CountDownLatch(1);
  private final AtomicReference<@Nullable String> reason = new AtomicReference<>();

  /// Waits for the server's first line, or for the end of the connection; false if neither comes
  /// in time.
  boolean awaitGreeting(Duration timeout) {
    try {
      return greetedOrClosed.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Returns why the connection ended, as far as that was said.
  Optional<String> reason() {
    return Optional.ofNullable(reason.get()).map(Names::printable);
  }

  @Override
  public void sessionPeerIdentificationReceived(
      Session session, String version, List<String> extraLines) {
    greetedOrClosed.countDown();
  }

  @Override
  public void sessionException(Session session, Throwable fault) {
    reason.compareAndSet(null, SyncException.describe(fault));
  }

  @Override
  public void sessionDisconnect(
      Session session, int code, String message, String language, boolean initiator) {
    reason.compareAndSet(null, message);
  }

  @Override
  public void sessionClosed(Session session) {
    greetedOrClosed.countDown();
  }
}
