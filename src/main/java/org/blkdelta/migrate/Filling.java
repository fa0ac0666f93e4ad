package org.blkdelta.migrate;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools.TaggedVolume;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Reporter;

/// The classic snapshots of a job, which are lost when they are full. One that is nearly so is
/// extended, as long as its group keeps what it is to keep.
final class Filling {

  private static final long PERIOD_SECONDS = 10;

  private final Job job;
  private final Volumes volumes;
  private final Journal journal;
  private final Reporter reporter;

  /// What was said of already.
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  Filling(Job job, Volumes volumes, Journal journal, Reporter reporter) {
    this.job = job;
    this.volumes = volumes;
    this.journal = journal;
    this.reporter = reporter;
  }

  /// What is done while snapshots are looked after.
  @FunctionalInterface
  interface Work {
    /// Does it.
    void run() throws IOException;
  }

  /// Does something, and looks after the snapshots meanwhile.
  void during(Work work) throws IOException {
    if (job.disks().stream().allMatch(disk -> disk.growth().extend() == 0)) {
      work.run();
      return;
    }
    var ended = new CountDownLatch(1);
    var watch = Thread.ofPlatform().name("snapshots").start(() -> watch(ended));
    try {
      work.run();
    } finally {
      ended.countDown();
      AtOnce.await(watch);
    }
  }

  private void watch(CountDownLatch ended) {
    try {
      while (!ended.await(PERIOD_SECONDS, TimeUnit.SECONDS)) {
        look();
      }
    } catch (InterruptedException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  /// Extends what fills, and returns the names of those that fill and cannot be extended. What
  /// cannot be looked at is no reason to end anything: it is told.
  Set<LvmName> look() {
    var full = new LinkedHashSet<LvmName>();
    try {
      var found = volumes.found();
      var free = new HashMap<String, Long>();
      found.byName().values().forEach(each -> free.put(each.group(), each.groupFree()));
      for (var disk : job.disks()) {
        for (var snapshot : volumes.snapshots(found, disk).entrySet()) {
          var volume = snapshot.getValue();
          if (isFilling(disk, volume) && !isExtended(disk, volume, snapshot.getKey(), free)) {
            full.add(volume.fullName());
          }
        }
      }
    } catch (IOException fault) {
      tell("", "how full the snapshots are cannot be seen: " + SyncException.describe(fault));
    }
    return full;
  }

  private static boolean isFilling(JobDisk disk, TaggedVolume snapshot) {
    return snapshot.isClassicSnapshot()
        && !snapshot.isInvalid()
        && snapshot.usedPercent() >= disk.growth().atPercent();
  }

  private boolean isExtended(
      JobDisk disk, TaggedVolume snapshot, long round, Map<String, Long> free) throws IOException {
    var growth = disk.growth();
    var name = snapshot.fullName();
    if (growth.extend() == 0) {
      return false;
    }
    long bytes = Volumes.bytesOfGrowth(disk, snapshot);
    if (bytes + growth.kept(snapshot.groupSize()) > free.getOrDefault(name.group(), 0L)) {
      tell(
          name.toString(),
          "%s is %.0f%% full, and is not extended: volume group %s is to keep %s free"
              .formatted(
                  name,
                  snapshot.usedPercent(),
                  name.group(),
                  Sizes.binary(growth.kept(snapshot.groupSize()))));
      return false;
    }
    journal.write(round, Step.EXTEND, Phase.INTENT, name.toString(), null);
    try {
      volumes.extend(disk, snapshot);
    } catch (IOException fault) {
      journal.write(
          round, Step.EXTEND, Phase.FAILED, name.toString(), SyncException.describe(fault));
      tell(name.toString(), SyncException.describe(fault));
      return false;
    }
    free.merge(name.group(), -bytes, Long::sum);
    journal.write(round, Step.EXTEND, Phase.DONE, name.toString(), null);
    reporter.news(
        "job %s: %s was %.0f%% full, and is extended by %s"
            .formatted(job.name(), name, snapshot.usedPercent(), Sizes.binary(bytes)));
    return true;
  }

  /// @param about what it is about, of which nothing more is told
  private void tell(String about, String what) {
    if (told.add(about)) {
      reporter.warn("job %s: %s".formatted(job.name(), what));
    }
  }
}
