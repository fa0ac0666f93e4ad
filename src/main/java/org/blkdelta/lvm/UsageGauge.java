package org.blkdelta.lvm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.lvm.SnapshotVolume.Status;

/// How full a snapshot's store is, and how fast it fills: from what the kernel said in the last
/// minute, since volumes are written to in bursts. One thread tells it, any may ask.
final class UsageGauge {

  private static final double MEMORY_SECONDS = 60;

  /// What was seen in less says nothing about a rate.
  private static final double MIN_SECONDS = 10;

  private record Reading(double seconds, long usedBytes) {}

  private final LongSupplier clock;
  private final Deque<Reading> readings = new ArrayDeque<>();
  private volatile Optional<StoreUsage> usage = Optional.empty();

  /// @param clock nanoseconds that only grow
  UsageGauge(LongSupplier clock) {
    this.clock = clock;
  }

  /// Takes what the kernel says now, about once a second.
  void accept(Status status) {
    if (status.overflowed() || status.totalSectors() <= 0) {
      usage = Optional.empty();
      return;
    }
    double now = clock.getAsLong() / 1e9;
    long used = status.allocatedSectors() * SnapshotVolume.SECTOR;
    while (!readings.isEmpty() && now - readings.getFirst().seconds() > MEMORY_SECONDS) {
      readings.removeFirst();
    }
    readings.addLast(new Reading(now, used));
    var first = readings.getFirst();
    double seconds = now - first.seconds();
    long grown = seconds < MIN_SECONDS ? 0 : used - first.usedBytes();
    usage =
        Optional.of(
            StoreUsage.of(used, status.totalSectors() * SnapshotVolume.SECTOR, grown, seconds));
  }

  /// Returns what it shows; empty if the kernel does not say how full the store is.
  Optional<StoreUsage> storeUsage() {
    return usage;
  }
}
