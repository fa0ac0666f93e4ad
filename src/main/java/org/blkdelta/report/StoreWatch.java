package org.blkdelta.report;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.StoreUsage;

/// Warns when the source's snapshot will be full, and so lost, before the run ends; once, until
/// that is no longer so.
final class StoreWatch implements ProgressMeter {

  private static final long INTERVAL_MILLIS = 2_000;
  private static final long MIB = 1 << 20;

  /// What is added beyond what is missing: the rate is a guess.
  private static final double MARGIN = 1.5;

  private final ProgressMeter next;
  private final Pace pace;
  private final Supplier<Optional<StoreUsage>> fuel;
  private final Consumer<String> warnings;
  private final Runnable closed;
  private boolean isWarned;

  /// Watches for `next`.
  ///
  /// @param closed runs when nothing more will come
  StoreWatch(
      ProgressMeter next,
      Pace pace,
      Supplier<Optional<StoreUsage>> fuel,
      Consumer<String> warnings,
      Runnable closed) {
    this.next = next;
    this.pace = pace;
    this.fuel = fuel;
    this.warnings = warnings;
    this.closed = closed;
  }

  /// Returns how a run of so many bytes is watched.
  static Pace pace(long totalBytes, Screen screen) {
    return new Pace(totalBytes, INTERVAL_MILLIS, screen.clock());
  }

  @Override
  public void moved(long bytes) {
    next.moved(bytes);
    check(bytes);
  }

  private synchronized void check(long bytes) {
    if (!pace.add(bytes)) {
      return;
    }
    long left = pace.secondsLeft();
    var lost = fuel.get().filter(usage -> usage.isFullWithin(left));
    if (lost.isPresent() && !isWarned) {
      warnings.accept(words(lost.get(), left));
    }
    isWarned = lost.isPresent();
  }

  private static String words(StoreUsage usage, long left) {
    long toFull = usage.secondsToFull().orElse(0);
    return "the snapshot%s will be full, and lost, in %s; the run needs %s more: %s"
        .formatted(
            usage.volume().isEmpty() ? "" : " " + usage.volume(),
            Sizes.duration(toFull),
            Sizes.duration(left),
            usage.volume().isEmpty()
                ? "make it larger with lvextend"
                : "lvextend -L +%s %s"
                    .formatted(size(usage.missing(left, MARGIN)), usage.volume()));
  }

  /// Returns at least so many bytes as LVM reads them, in steps of 64 MiB or of 1 GiB.
  private static String size(long bytes) {
    long steps = Math.max(1, Math.ceilDiv(bytes, 64 * MIB));
    return steps < 16 ? steps * 64 + "m" : Math.ceilDiv(steps, 16) + "g";
  }

  @Override
  public void phase(String name) {
    next.phase(name);
  }

  @Override
  public void durable(long bytes) {
    next.durable(bytes);
  }

  @Override
  public void tell() {
    next.tell();
  }

  @Override
  public void close() {
    closed.run();
    next.close();
  }
}
