package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Says to the other side now and then that this one is there, whatever else it does: it may read
/// or flush for minutes without a word, and who hears nothing for [#SILENCE] gives up.
public final class Heartbeat implements Closeable {

  /// How often it is said.
  public static final Duration EVERY = Duration.ofSeconds(15);

  /// How long nothing may be heard while something is waited for.
  public static final Duration SILENCE = Duration.ofMinutes(3);

  /// Says it.
  @FunctionalInterface
  interface Beat {
    void beat() throws IOException;
  }

  private final CountDownLatch closed = new CountDownLatch(1);

  private Heartbeat() {}

  /// Begins to say it on a thread of its own, until that fails or this is closed: who writes next
  /// finds the fault.
  static Heartbeat start(Duration every, Beat beat) {
    var heart = new Heartbeat();
    Thread.ofPlatform().daemon().name("alive").start(() -> heart.run(every, beat));
    return heart;
  }

  /// Has it said no more; does not wait for a word that is being said.
  @Override
  public void close() {
    closed.countDown();
  }

  private void run(Duration every, Beat beat) {
    try {
      while (!closed.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
        beat.beat();
      }
    } catch (IOException unheard) {
      // as above
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
