package org.blkdelta.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.blkdelta.extent.Admission;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.SourceUsers;
import org.jspecify.annotations.Nullable;

/// What is done about the users of a source, before it is read and when it has been. One run, one
/// of these.
public final class SourceUse implements Admission {

  /// Says who uses a device or file.
  @FunctionalInterface
  public interface Look {
    List<String> at(Path path) throws IOException;
  }

  /// So many users fit into a message.
  private static final int MAX_SHOWN = 2;

  private enum Policy {
    /// Somebody may look at it: nothing is said.
    IGNORE,
    /// Somebody may write to it: that is said.
    WARN,
    REFUSE,
    WAIT,
    LIVE
  }

  /// udev and monitoring open a device for a moment, and often just after its user has left.
  private static final Duration GRACE = Duration.ofSeconds(3);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private static final Look HOST =
      new SourceUsers(new HostCommands(), Path.of("/dev"), Path.of("/proc"), Path.of("/sys"))::of;

  private final Policy policy;
  private final @Nullable Duration limit;
  private final Consumer<String> told;
  private final Look look;
  private final Set<Path> admitted = new LinkedHashSet<>();

  private SourceUse(Policy policy, @Nullable Duration limit, Consumer<String> told, Look look) {
    this.policy = policy;
    this.limit = limit;
    this.told = told;
    this.look = look;
  }

  /// Returns one that says nothing, for who only looks.
  public static SourceUse ignored() {
    return new SourceUse(Policy.IGNORE, null, nobody -> {}, HOST);
  }

  /// Returns one that warns of users.
  public static SourceUse warned(Consumer<String> told) {
    return new SourceUse(Policy.WARN, null, told, HOST);
  }

  /// Returns one that refuses a source that is in use.
  static SourceUse closed(Consumer<String> told) {
    return new SourceUse(Policy.REFUSE, GRACE, told, HOST);
  }

  /// Returns one that waits until nobody uses the source; for ever if there is no limit.
  static SourceUse waiting(Optional<Duration> limit, Consumer<String> told) {
    return new SourceUse(Policy.WAIT, limit.orElse(null), told, HOST);
  }

  /// Returns one that takes a source as it is, and says at the end that it is not final.
  static SourceUse live(Consumer<String> told) {
    return new SourceUse(Policy.LIVE, null, told, HOST);
  }

  /// Returns the same for a run that writes nothing: it does not wait.
  public SourceUse rehearsed() {
    return policy == Policy.WAIT ? warned(told) : this;
  }

  /// Returns the same with another way to look.
  public SourceUse looking(Look other) {
    return new SourceUse(policy, limit, told, other);
  }

  @Override
  public void admit(Path path) throws IOException {
    if (Files.notExists(path)) {
      return; // who opens it says so
    }
    admitted.add(path);
    if (policy == Policy.IGNORE || policy == Policy.LIVE) {
      return;
    }
    var users = users(path);
    if (users.isEmpty()) {
      return;
    }
    if (policy == Policy.WARN) {
      told.accept(
          "warning: %s: %s: what is written to it from now on may be missing in this run; stop its user, or read from a newer snapshot"
              .formatted(path, words(users)));
      return;
    }
    if (policy == Policy.WAIT) {
      told.accept("%s: %s; waiting until it is closed".formatted(path, words(users)));
    }
    var left = usersAfter(limit, path, users);
    if (!left.isEmpty()) {
      throw refused(path, left);
    }
  }

  /// Returns in words why what was read is not final, if it is not; with what to do next.
  public Optional<String> movedOn(ChangeSource source) throws IOException {
    if (policy == Policy.IGNORE) {
      return Optional.empty();
    }
    var moved = source.movedOn();
    if (moved.isEmpty() && policy != Policy.WARN) {
      moved = stillUsed();
    }
    return moved.map(why -> why + ": what was sent is not final; " + next(source));
  }

  /// Whoever has it open now will write when nobody looks any more.
  private Optional<String> stillUsed() throws IOException {
    var patience = policy == Policy.LIVE ? Duration.ZERO : GRACE;
    for (var path : admitted) {
      var left = usersAfter(patience, path, users(path));
      if (!left.isEmpty()) {
        return Optional.of("%s: %s".formatted(path, words(left)));
      }
    }
    return Optional.empty();
  }

  private static String next(ChangeSource source) {
    if (source.lineage().isWhole()) {
      return "bring it up to date when nothing writes any more: blkdelta verify --repair, or blkdelta"
          + " sync from a snapshot that was taken before this run";
    }
    return Formats.isGrowing(source.lineage())
        ? "run it again when nothing writes any more (--wait-closed waits for that)"
        : "run it again with --base=full when nothing writes any more (--wait-closed waits for that)";
  }

  private RefusedException refused(Path path, List<String> users) {
    var waited =
        policy == Policy.WAIT && limit != null ? " after %d s".formatted(limit.toSeconds()) : "";
    return new RefusedException(
        "%s: %s%s, so what it writes meanwhile would be missing; stop it (--wait-closed waits), send what there is (--live), or read from a newer snapshot"
            .formatted(path, words(users), waited));
  }

  /// Looks again for a while; for ever if there is no limit.
  private List<String> usersAfter(@Nullable Duration patience, Path path, List<String> users)
      throws IOException {
    long end = patience == null ? 0 : System.nanoTime() + patience.toNanos();
    var left = users;
    while (!left.isEmpty() && (patience == null || System.nanoTime() - end < 0)) {
      pause();
      left = users(path);
    }
    return left;
  }

  private List<String> users(Path path) throws IOException {
    try {
      return look.at(path);
    } catch (SyncException told) {
      throw told;
    } catch (IOException | NumberFormatException fault) {
      throw new SourceException(
          "%s: who uses it cannot be found out: %s; run as root with dmsetup installed"
              .formatted(path, SyncException.describe(fault)),
          fault);
    }
  }

  private static String words(List<String> users) {
    var shown = String.join(", ", users.subList(0, Math.min(MAX_SHOWN, users.size())));
    return users.size() <= MAX_SHOWN
        ? shown
        : shown + " and %d more".formatted(users.size() - MAX_SHOWN);
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(BETWEEN_LOOKS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }
}
