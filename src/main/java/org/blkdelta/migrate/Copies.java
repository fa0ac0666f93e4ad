package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools;
import org.blkdelta.host.LvmTools.TaggedVolume;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;

/// The volumes that the copies are on, as far as the job makes them. One that is there is left as
/// it is; none is ever made larger, or removed: a machine may run on it.
///
/// @param commands run at the destination
record Copies(Job job, Commands commands) {

  /// What a copy has as its tag. It is another one than that of the snapshots, which are removed by
  /// theirs.
  private static final String TAG = "blkdelta.copy=";

  /// A volume that is to be made.
  ///
  /// @param bytes as many as its origin has
  record Missing(JobDisk disk, LvmName name, long bytes, List<String> words) {}

  /// Returns those that are to be made and are not there.
  ///
  /// @param sizes of the disks, in bytes
  List<Missing> missing(Map<JobDisk, Long> sizes) throws IOException {
    var missing = new ArrayList<Missing>();
    if (groups().isEmpty()) {
      return missing;
    }
    var tools = new LvmTools(commands);
    var known = groups();
    known.retainAll(tools.groups().keySet());
    var there = names(tools.taggedVolumes(known, TAG + job.name()));
    for (var disk : job.disks()) {
      var size = sizes.get(disk);
      if (disk.made().isPresent() && size != null && !there.contains(disk.destination())) {
        missing.add(new Missing(disk, disk.destination(), size, making(disk, size)));
      }
    }
    return missing;
  }

  private Set<String> groups() {
    var groups = new LinkedHashSet<String>();
    job.disks().stream()
        .filter(disk -> disk.made().isPresent())
        .forEach(disk -> groups.add(disk.destination().group()));
    return groups;
  }

  private static Set<LvmName> names(Set<TaggedVolume> volumes) {
    var names = new LinkedHashSet<LvmName>();
    volumes.forEach(volume -> names.add(volume.fullName()));
    return names;
  }

  private List<String> making(JobDisk disk, long bytes) {
    var name = disk.destination();
    var words = new ArrayList<>(List.of("lvcreate", "-qq", "-y", "-n", name.volume()));
    words.addAll(List.of("--addtag", TAG + job.name()));
    var pool = disk.made().orElseThrow().pool();
    if (pool.isPresent()) {
      words.addAll(List.of("-V", bytes + "b", "--thinpool", pool.get()));
    } else {
      words.addAll(List.of("-Zy", "-Wy", "-L", bytes + "b"));
    }
    words.add(name.group());
    return words;
  }

  /// Makes those that are missing. Of a disk that was sent, it is left to the checks of the
  /// destination to say that its copy is gone.
  void make(Map<JobDisk, Long> sizes, Journal journal) throws IOException {
    for (var missing : missing(sizes)) {
      var state = new JobState(journal.lines());
      if (state.held(job.key(missing.disk())).isPresent()) {
        continue;
      }
      var name = missing.name().toString();
      journal.write(state.lastRound(), Step.MAKE, Phase.INTENT, name, null);
      var outcome = commands.run(missing.words());
      if (outcome.status() != 0) {
        var why = outcome.complaint();
        journal.write(state.lastRound(), Step.MAKE, Phase.FAILED, name, why);
        throw new RefusedException(
            "%s: the volume %s is not made: %s".formatted(where(), name, why));
      }
      journal.write(state.lastRound(), Step.MAKE, Phase.DONE, name, null);
    }
  }

  /// Returns why those that are missing cannot be made.
  List<SyncException> faults(List<Missing> missing) throws IOException {
    var faults = new ArrayList<SyncException>();
    if (missing.isEmpty()) {
      return faults;
    }
    var tools = new LvmTools(commands);
    var groups = tools.groups();
    var known = groups();
    known.retainAll(groups.keySet());
    for (var group : groups()) {
      if (!known.contains(group)) {
        faults.add(
            new RefusedException(
                "%s: %s: there is no such volume group; make it, or change `to`"
                    .formatted(where(), group)));
      }
    }
    var volumes = tools.taggedVolumes(known, TAG + job.name());
    var needed = new LinkedHashMap<String, Long>();
    for (var each : missing) {
      var pool = each.disk().made().orElseThrow().pool();
      if (!known.contains(each.name().group())) {
        continue; // told already
      }
      if (pool.isEmpty()) {
        needed.merge(each.name().group(), each.bytes(), Long::sum);
      } else if (volumes.stream().noneMatch(volume -> isPool(volume, each.name(), pool.get()))) {
        faults.add(
            new RefusedException(
                "%s: %s/%s: there is no such thin pool; see lvs"
                    .formatted(where(), each.name().group(), pool.get())));
      }
    }
    needed.forEach(
        (group, bytes) -> {
          long free = Objects.requireNonNull(groups.get(group)).free();
          if (free < bytes) {
            faults.add(
                new RefusedException(
                    "%s: volume group %s: has %s free, and the volumes to be made need %s; free some"
                        .formatted(where(), group, Sizes.binary(free), Sizes.binary(bytes))));
          }
        });
    return faults;
  }

  private static boolean isPool(TaggedVolume volume, LvmName of, String pool) {
    return volume.group().equals(of.group())
        && volume.name().equals(pool)
        && volume.segmentType().equals("thin-pool");
  }

  /// Returns the names of those that the job made, or would have: they stay.
  List<LvmName> kept() {
    return job.disks().stream()
        .filter(disk -> disk.made().isPresent())
        .map(JobDisk::destination)
        .toList();
  }

  /// Returns the destination's machine.
  String where() {
    return job.destination().map(Object::toString).orElse("here");
  }
}
