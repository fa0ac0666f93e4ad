package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Children;
import org.jspecify.annotations.Nullable;

/// A running disk as it was in one moment, for one round. QEMU keeps it, and what this has there is
/// removed on every way out, a signal's too; what a killed run left, by the next one.
///
/// The bitmap of what the last good round left goes on noting until a destination holds this round:
/// so whatever becomes of it, the next round has all that this one had, and maybe more. The
/// monitor serves one client at a time, so it is left alone while data moves.
final class FrozenRound implements Closeable {

  /// A signal's wish is answered by the run itself, if it can.
  private static final long PATIENCE_WITH_RUN_SECONDS = 2;

  /// How long a signal waits for QEMU.
  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(10);

  private final QmpUri uri;
  private final QemuNode node;
  private final Optional<RoundBitmap> base;
  private final RoundBitmap next;
  private final RoundObjects objects;
  private final Scratch scratch;
  private final Consumer<String> warnings;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;
  private boolean isListening;
  private boolean isSettled;

  private FrozenRound(
      QmpUri uri,
      QemuNode node,
      Optional<RoundBitmap> base,
      RoundBitmap next,
      RoundObjects objects,
      Scratch scratch,
      Consumer<String> warnings) {
    this.uri = uri;
    this.node = node;
    this.base = base;
    this.next = next;
    this.objects = objects;
    this.scratch = scratch;
    this.warnings = warnings;
    this.hook = Thread.ofPlatform().name("thaw").unstarted(this::stop);
  }

  /// Freezes a disk; the caller closes this.
  ///
  /// @param isWhole whether all is read, and not what changed since the last good round
  /// @param warnings told what was left by a run that was killed
  /// @throws SourceException if there is no such disk, or its changes are not known
  /// @throws RefusedException if another run has it
  static FrozenRound begin(
      QmpUri uri, boolean isWhole, InstantSource clock, Consumer<String> warnings)
      throws IOException {
    @Nullable FrozenRound made = null;
    try (var monitor = Monitor.connect(uri.socket(), uri.text())) {
      made = prepared(monitor, uri, isWhole, clock, warnings);
      made.hook();
      made.makeScratch();
      made.freeze(monitor);
      return made;
    } catch (IOException | RuntimeException fault) {
      if (made != null) {
        made.close(); // by a connection of its own: the monitor serves one at a time
      }
      throw fault;
    }
  }

  /// Returns one that has nothing in QEMU yet, and no folder.
  private static FrozenRound prepared(
      Monitor monitor, QmpUri uri, boolean isWhole, InstantSource clock, Consumer<String> warnings)
      throws IOException {
    Leftovers.remove(monitor, uri, warnings);
    var node = node(uri, QemuNode.all(monitor));
    var rounds = rounds(node);
    var oldest = rounds.stream().findFirst();
    var base = isWhole ? Optional.<RoundBitmap>empty() : Optional.of(base(uri, node, oldest));
    for (var later : rounds.stream().skip(1).toList()) {
      // the oldest has all that they have
      RoundObjects.removeBitmap(monitor, node.name(), later.name());
    }
    long number = rounds.stream().mapToLong(RoundBitmap::number).max().orElse(0);
    var next = RoundBitmap.after(number, clock.instant(), node.size());
    var objects = RoundObjects.next();
    var scratch = new Scratch(uri, objects.id());
    return new FrozenRound(uri, node, base, next, objects, scratch, warnings);
  }

  /// Returns the disk's node, as it was.
  QemuNode node() {
    return node;
  }

  /// Returns what changed since which state.
  Selection selection() {
    return base.isPresent() ? new Selection.Bitmap(objects.bitmap()) : Selection.WHOLE;
  }

  /// Returns how large the disk was in the state that the changes start from; empty if all is sent.
  OptionalLong baseSize() {
    return base.isPresent() ? OptionalLong.of(base.get().size()) : OptionalLong.empty();
  }

  /// Returns what the changes start from, and the state that is frozen.
  Lineage lineage() {
    var name = node.name() + " of " + uri.socket();
    var result = Optional.of(next.generation(name));
    return base.isPresent()
        ? new Lineage(Optional.of(base.get().generation(name)), result)
        : Lineage.whole(result);
  }

  /// Returns where the frozen disk is exported.
  ExportUri export() {
    var socket = uri.server().orElse(scratch.socket()).toString();
    return new ExportUri(uri.text(), Optional.of(socket), "", 1, objects.job(), Optional.empty());
  }

  /// Returns how much room is left for what the guest overwrites, in bytes.
  long free() throws IOException {
    return scratch.free();
  }

  /// Checks that all that was read was the frozen state, and that the next round will know what
  /// changed since.
  ///
  /// @throws SourceException if it was not
  void checkStillTrue() throws IOException {
    try (var monitor = Monitor.connect(uri.socket(), uri.text())) {
      if (!objects.isFrozen(monitor) || !isNoting(monitor)) {
        throw new SourceException(
            uri.text()
                + ": QEMU lost the frozen state, or somebody ended its backup job; what was read may be newer; run again");
      }
    }
  }

  /// Has QEMU forget what changed before this round: a destination holds it. If that fails, the
  /// next round sends more than it has to, and that is all.
  void settle() {
    synchronized (this) {
      isSettled = true;
    }
    try (var monitor = Monitor.connect(uri.socket(), uri.text())) {
      if (!isNoting(monitor)) {
        throw new SourceException(uri.text() + ": the bitmap of this round is gone");
      }
      for (var earlier : rounds(node(uri, QemuNode.all(monitor)))) {
        if (earlier.number() < next.number()) {
          RoundObjects.removeBitmap(monitor, node.name(), earlier.name());
          if (base.isEmpty()) {
            warnings.accept(
                uri.text()
                    + ": the rounds go on from this copy; one that was made before needs blkdelta verify --repair");
          }
        }
      }
    } catch (IOException fault) {
      warnings.accept(
          SyncException.describe(fault)
              + "; the copy is right, and the next round may send more than it has to");
    }
  }

  /// Removes everything that the round has in QEMU. If no destination holds it, what was noted for
  /// it too.
  @Override
  public void close() throws IOException {
    if (end(Monitor.PATIENCE)) {
      try {
        Children.removeHook(hook);
      } catch (IllegalStateException ending) {
        // the hook runs, and finds that nothing is left to do
      }
    }
  }

  private synchronized void makeScratch() throws IOException {
    if (ended.getCount() == 0) {
      throw stopped();
    }
    scratch.make(node.size());
  }

  private void freeze(Monitor monitor) throws IOException {
    objects.open(monitor, scratch.overlay(), node.name());
    if (uri.server().isEmpty()) {
      objects.listen(monitor, scratch.socket(), uri.text());
      isListening = true;
    }
    objects.freeze(monitor, node.name(), base, next);
    objects.export(monitor);
  }

  private boolean isNoting(Monitor monitor) throws IOException {
    return node(uri, QemuNode.all(monitor)).bitmaps().stream()
        .anyMatch(
            bitmap ->
                bitmap.name().equals(next.name())
                    && bitmap.isRecording()
                    && !bitmap.isInconsistent());
  }

  /// Returns whether this call has ended it.
  private synchronized boolean end(Duration patience) throws IOException {
    if (ended.getCount() == 0) {
      return false;
    }
    ended.countDown();
    try (var monitor = Monitor.connect(uri.socket(), uri.text(), patience)) {
      thaw(monitor, patience);
      scratch.remove();
    } catch (IOException fault) {
      warnings.accept(
          SyncException.describe(fault)
              + "; QEMU may still keep what the guest overwrites (job %s): run again soon, which removes it"
                  .formatted(objects.job()));
    } finally {
      scratch.close();
    }
    return true;
  }

  private void thaw(Monitor monitor, Duration patience) throws IOException {
    objects.remove(monitor, isListening, patience);
    boolean isThere =
        QemuNode.all(monitor).stream()
            .filter(there -> there.name().equals(node.name()))
            .flatMap(there -> there.bitmaps().stream())
            .anyMatch(bitmap -> bitmap.name().equals(next.name()));
    if (!isSettled && isThere) {
      RoundObjects.removeBitmap(monitor, node.name(), next.name());
    }
  }

  private void hook() throws SourceException {
    try {
      Children.addHook(hook);
    } catch (IllegalStateException ending) {
      throw stopped();
    }
  }

  /// Runs when a signal ends the process, beside the thread that still reads.
  private void stop() {
    try {
      ended.await(PATIENCE_WITH_RUN_SECONDS, TimeUnit.SECONDS);
      end(PATIENCE_AT_END); // or waits until the run has done it
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    } catch (IOException fault) {
      warnings.accept(SyncException.describe(fault));
    }
  }

  private static SourceException stopped() {
    return new SourceException("stopped by a signal before anything was written");
  }

  private static QemuNode node(QmpUri uri, List<QemuNode> nodes) throws SourceException {
    var found = nodes.stream().filter(node -> node.name().equals(uri.node())).findFirst();
    if (found.isEmpty()) {
      throw new SourceException(
          "%s: QEMU has no node \"%s\", but %s; name one of these"
              .formatted(uri.text(), uri.node(), Leftovers.names(nodes)));
    }
    if (found.get().isReadOnly()) {
      throw new SourceException(
          "%s: is read-only in QEMU, so what its guest writes goes to another node, such as an overlay; name that one of %s"
              .formatted(uri.text(), Leftovers.names(nodes)));
    }
    return found.get();
  }

  /// Returns the bitmaps of earlier rounds, oldest first.
  private static List<RoundBitmap> rounds(QemuNode node) {
    return node.bitmaps().stream()
        .flatMap(bitmap -> RoundBitmap.parse(bitmap.name()).stream())
        .sorted(Comparator.comparingLong(RoundBitmap::number))
        .toList();
  }

  private static RoundBitmap base(QmpUri uri, QemuNode node, Optional<RoundBitmap> oldest)
      throws SourceException {
    if (oldest.isEmpty()) {
      throw new SourceException(
          "%s: QEMU does not know what changed: no copy of it was made since it was started; make one: blkdelta copy, or compare all of it: blkdelta verify --repair"
              .formatted(uri.text()));
    }
    var bitmap =
        node.bitmaps().stream()
            .filter(there -> there.name().equals(oldest.get().name()))
            .findFirst()
            .orElseThrow();
    if (!bitmap.isRecording() || bitmap.isInconsistent()) {
      throw new SourceException(
          "%s: its bitmap %s was stopped by somebody, or is damaged, so changes may be missing; compare all of it: blkdelta verify --repair"
              .formatted(uri.text(), bitmap.name()));
    }
    if (oldest.get().size() > node.size()) {
      throw new SourceException(
          "%s: was made smaller since the last round (from %d to %d bytes); compare all of it: blkdelta verify --repair"
              .formatted(uri.text(), oldest.get().size(), node.size()));
    }
    return oldest.get();
  }
}
