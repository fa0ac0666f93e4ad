package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.blkdelta.migrate.Job.JobDisk;

/// Does the same for several disks at the same time. If it fails for one, no other is begun any
/// more; those that were begun are ended.
///
/// @param most disks at once
record AtOnce(int most) {

  /// What is done for a disk. Several threads call it.
  @FunctionalInterface
  interface Deed {
    /// Does it.
    void of(JobDisk disk) throws IOException;
  }

  /// Does it for all, and returns when nothing of it is at work any more.
  ///
  /// @throws IOException the first fault; the others are suppressed ones of it
  void each(List<JobDisk> disks, Deed deed) throws IOException {
    var left = new ConcurrentLinkedQueue<>(disks);
    var faults = new ConcurrentLinkedQueue<Throwable>();
    Runnable work =
        () -> {
          try {
            for (var disk = left.poll(); disk != null && faults.isEmpty(); disk = left.poll()) {
              deed.of(disk);
            }
          } catch (IOException | RuntimeException | Error fault) {
            faults.add(fault);
          }
        };
    var others = new ArrayList<Thread>();
    for (int i = 1; i < Math.min(most, disks.size()); i++) {
      others.add(Thread.ofPlatform().name("disk-" + i).start(work));
    }
    work.run();
    others.forEach(AtOnce::await);
    rethrow(new ArrayList<>(faults));
  }

  /// Waits for the end of a thread. Nobody interrupts: that would close files that others read.
  static void await(Thread other) {
    try {
      other.join();
    } catch (InterruptedException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  private static void rethrow(List<Throwable> faults) throws IOException {
    if (faults.isEmpty()) {
      return;
    }
    var first = faults.removeFirst();
    faults.stream().filter(other -> other != first).forEach(first::addSuppressed);
    switch (first) {
      case IOException fault -> throw fault;
      case RuntimeException fault -> throw fault;
      case Error fault -> throw fault;
      default -> throw new IllegalStateException(first);
    }
  }
}
