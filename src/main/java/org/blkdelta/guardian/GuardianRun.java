package org.blkdelta.guardian;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.guardian.Answer.State;
import org.blkdelta.linux.RunLock;
import org.blkdelta.report.Json;
import org.jspecify.annotations.Nullable;

/// A guardian's process: it reads requests from whoever leads the cutover, and outlives them. A
/// loop of the shell starts it again if it is killed; it goes on then by its log.
public final class GuardianRun {

  private static final long LINGER_SECONDS = 30;
  private static final long WAY_SECONDS = 30;
  private static final int MAX_WORDS = 1000;
  private static final long SETTLE_SECONDS = 240;
  /// What is said of a guardian that has left no log.
  private static final String NEVER = "its guardian never began, so nothing was stopped";

  private static final String FILE = "guardian.ndjson";

  /// Asks a guardian to give way that only watches whether its source stops late.
  private static final String WANTED = "guardian.wanted";

  private final Path folder;
  private final String id;
  private final InputStream in;
  private final PrintStream out;
  private final Consumer<String> told;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

  /// A request, and when it came. One without is the end of all requests.
  private record Arrival(@Nullable Request request, long seconds) {}

  /// @param folder of the job on this machine, which is made if it is missing
  /// @param id of the cutover
  /// @param in where the order comes from, and then requests
  /// @param out where answers go
  /// @param told what is to be said to people
  public GuardianRun(
      Path folder, String id, InputStream in, PrintStream out, Consumer<String> told) {
    this.folder = folder;
    this.id = id;
    this.in = in;
    this.out = out;
    this.told =
        unwaited(
            words -> told.accept("job %s: guardian: %s".formatted(folder.getFileName(), words)));
  }

  /// Says things to people, and does not wait for them: whoever holds a terminal up (Ctrl-S) would
  /// hold up the guardian, too.
  private static Consumer<String> unwaited(Consumer<String> told) {
    var words = new LinkedBlockingQueue<String>(MAX_WORDS);
    Thread.ofPlatform()
        .daemon()
        .name("words")
        .start(
            () -> {
              try {
                while (true) {
                  told.accept(words.take());
                }
              } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
              }
            });
    return words::offer;
  }

  /// Guards until the source is on again, or was handed over.
  ///
  /// @throws RefusedException if another guardian is at work
  /// @throws SourceException if no order comes, or it cannot begin; then nothing was stopped
  public void guard() throws IOException {
    var free = lock();
    boolean takesOver = free.isEmpty();
    var lock = takesOver ? wayGiven() : free.get();
    try (lock) {
      Files.deleteIfExists(folder.resolve(WANTED));
      var lines = new BufferedReader(new InputStreamReader(in, UTF_8));
      var written = GuardianLog.read(file());
      boolean goesOn = written.isPresent() && written.get().order().id().equals(id);
      var order = goesOn ? written.get().order() : checked(order(lines), written);
      var world = new HostWorld(order);
      try (var log = GuardianLog.open(file(), !goesOn)) {
        if (goesOn) {
          var guardian = Guardian.resume(written.get(), world, log, told);
          guardian.repeatStop();
          guarding(guardian, world, lines);
        } else {
          guarding(Guardian.begin(order, world, log, takesOver, told), world, lines);
        }
      }
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new SourceException(
          "%s: %s; see what it is, and run again".formatted(folder, SyncException.describe(fault)),
          fault);
    }
  }

  /// Has begun: from now on nothing but the end ends it, or the loop starts it again.
  private void guarding(Guardian guardian, World world, BufferedReader lines) {
    try {
      say(guardian.answer(0, ""));
      Thread.ofPlatform().daemon().name("requests").start(() -> listen(lines, world));
      work(guardian, world);
    } catch (IOException fault) {
      throw new IllegalStateException("the guardian of " + folder, fault);
    }
  }

  /// Waits until a guardian has ended, and sees to it that the source is on if it ended without
  /// that; prints what came of it.
  public void settle() throws IOException {
    var lock = lock();
    while (lock.isEmpty()) {
      if (isWatchingOnly()) {
        say(new Answer(0, State.RETURNED, 0, true, ""));
        return;
      }
      pause();
      lock = lock();
    }
    var taken = lock.get();
    try (taken) {
      var written = GuardianLog.read(file());
      if (written.isEmpty() || !written.get().order().id().equals(id)) {
        // it never began, so nothing was stopped
        say(new Answer(0, State.RETURNED, 0, false, NEVER));
        return;
      }
      var world = new HostWorld(written.get().order());
      try (var log = GuardianLog.open(file(), false)) {
        var guardian = Guardian.resume(written.get(), world, log, told);
        guardian.hear(new Request(0, Request.Wish.BACK, 0), world.seconds());
        long end = world.seconds() + SETTLE_SECONDS;
        while (!guardian.state().isEnd() && world.seconds() < end) {
          guardian.look();
          pause();
        }
        say(guardian.answer(0, ""));
      }
    }
  }

  /// Returns whether the guardian at work has nothing to do but to see whether its source, which is
  /// on, stops late.
  private boolean isWatchingOnly() throws IOException {
    var written = GuardianLog.read(file());
    return written.isPresent()
        && written.get().order().id().equals(id)
        && written.get().last().state() == State.RETURNING
        && new HostWorld(written.get().order()).power() == World.Power.ON;
  }

  private void work(Guardian guardian, World world) throws IOException {
    long end = Long.MAX_VALUE;
    boolean isHeard = true;
    long looked = world.seconds();
    while (world.seconds() < end && (isHeard || !guardian.state().isEnd())) {
      var next = poll();
      if (next.isPresent()) {
        var request = next.get().request();
        isHeard = request != null;
        if (request != null) {
          say(guardian.hear(request, next.get().seconds()));
        }
      }
      if (arrivals.isEmpty() && world.seconds() != looked) { // what came meanwhile was heard
        looked = world.seconds();
        guardian.look();
      }
      if (Files.exists(folder.resolve(WANTED))) {
        guardian.giveWay();
        isHeard &= !guardian.state().isEnd();
      }
      if (guardian.state().isEnd() && end == Long.MAX_VALUE) {
        end = world.seconds() + LINGER_SECONDS; // the answer may have to be said again
      }
    }
  }

  private void say(Answer answer) {
    out.println(Json.line(answer));
    out.flush(); // nobody may be there any more
  }

  private void listen(BufferedReader lines, World world) {
    try {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var request = Json.parsed(line, Request.class);
        if (request.isPresent() && request.get().wish() != null) {
          arrivals.add(new Arrival(request.get(), world.seconds()));
        }
      }
    } catch (IOException cut) {
      // as if it had ended: the lease runs out
    }
    arrivals.add(new Arrival(null, 0));
  }

  private Order order(BufferedReader lines) throws IOException {
    var line = lines.readLine();
    var order = line == null ? Optional.<Order>empty() : Json.parsed(line, Order.class);
    if (order.isEmpty() || order.get().v() != Order.VERSION || !order.get().id().equals(id)) {
      throw new SourceException(
          "standard input: no order of this version came; install the same blkdelta on both");
    }
    return order.get();
  }

  /// A source that was handed over is another machine's now.
  private Order checked(Order order, Optional<GuardianLog.Written> written)
      throws RefusedException {
    if (written.isPresent()
        && written.get().last().state() == State.HANDED_OVER
        && !order.returns()) {
      throw new RefusedException(
          "job %s: its source was handed over already; take it back first: blkdelta migrate rollback"
              .formatted(order.job()));
    }
    return order;
  }

  private Optional<RunLock> lock() throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return RunLock.take(folder, "guardian");
  }

  private RunLock wayGiven() throws IOException {
    var wanted = folder.resolve(WANTED);
    Files.write(wanted, new byte[0]);
    try {
      for (int second = 0; second < WAY_SECONDS; second++) {
        pause();
        var lock = lock();
        if (lock.isPresent()) {
          return lock.get();
        }
      }
      throw busy();
    } finally {
      Files.deleteIfExists(wanted);
    }
  }

  private RefusedException busy() {
    return new RefusedException(
        folder + ": a guardian is at work; it ends when its source is on; try again in a minute");
  }

  private Path file() {
    return folder.resolve(FILE);
  }

  private Optional<Arrival> poll() throws IOException {
    try {
      return Optional.ofNullable(arrivals.poll(1, TimeUnit.SECONDS));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(1000);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }
}
