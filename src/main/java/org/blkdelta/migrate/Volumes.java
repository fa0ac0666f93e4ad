package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools;
import org.blkdelta.host.LvmTools.TaggedVolume;
import org.blkdelta.host.NoSuchGroupException;
import org.blkdelta.migrate.Job.JobDisk;

/// The volumes of the source's machine, and the snapshots that a job takes and removes there.
final class Volumes {

  private final Job job;

  /// What a snapshot has as tags: the job's, and that of its journal. Another machine may have a
  /// job of the same name.
  private final List<String> tags;

  private final Commands commands;
  private final LvmTools tools;

  /// How a snapshot's name ends: the job's name, and the round.
  private final Pattern ending;

  /// @param id names the job's journal
  /// @param commands run at the source
  Volumes(Job job, String id, Commands commands) {
    this.job = job;
    this.tags = List.of(job.tag(), "blkdelta.id=" + id);
    this.commands = commands;
    this.tools = new LvmTools(commands);
    this.ending = Pattern.compile(".+-" + Pattern.quote(job.name()) + "-r([1-9][0-9]{0,17})");
  }

  /// What is there at one moment.
  ///
  /// @param byName each volume of the groups that the job names
  record Found(Map<LvmName, TaggedVolume> byName) {

    Optional<TaggedVolume> volume(LvmName name) {
      return Optional.ofNullable(byName.get(name));
    }

    /// Returns the volume that a disk is sent from.
    ///
    /// @throws SourceException if it cannot be
    TaggedVolume origin(JobDisk disk) throws SourceException {
      var name = disk.volume();
      var found = volume(name);
      if (found.isEmpty()) {
        throw new SourceException(name + ": there is no such volume; see lvs");
      }
      var volume = found.get();
      if (!volume.isActive()) {
        throw new SourceException(name + ": is not active; lvchange -ay " + name);
      }
      if (volume.isClassicSnapshot()) {
        throw new SourceException(
            "%s: is a snapshot; name the volume that it was taken from, %s/%s"
                .formatted(name, name.group(), volume.origin()));
      }
      if (!volume.isThin() && !isPlain(volume)) {
        throw new SourceException(
            "%s: is a volume of LVM's kind %s, of which no snapshot is taken"
                .formatted(name, volume.segmentType()));
      }
      return volume;
    }

    /// What LVM takes classic snapshots of; see lvmsnapshot in lvcreate(8).
    private static boolean isPlain(TaggedVolume volume) {
      return volume.segmentType().matches("linear|striped|raid\\d+.*|mirror|cache|writecache")
          && volume.attributes().matches("[-oOCrRmM].*");
    }

    /// Returns the snapshots of a volume.
    List<TaggedVolume> snapshotsOf(LvmName origin) {
      return byName.values().stream()
          .filter(
              volume ->
                  volume.group().equals(origin.group()) && volume.origin().equals(origin.volume()))
          .toList();
    }
  }

  /// Looks. A group that is not there has no volumes.
  Found found() throws IOException {
    var groups = groups();
    while (true) {
      try {
        return found(groups);
      } catch (NoSuchGroupException missing) {
        if (!groups.remove(missing.group())) {
          throw missing;
        }
      }
    }
  }

  private Found found(Set<String> groups) throws IOException {
    var byName = new HashMap<LvmName, TaggedVolume>();
    for (var volume : tools.taggedVolumes(groups, job.tag())) {
      byName.put(volume.fullName(), volume);
    }
    return new Found(byName);
  }

  private Set<String> groups() {
    var groups = new LinkedHashSet<String>();
    job.disks().forEach(disk -> groups.add(disk.volume().group()));
    return groups;
  }

  /// Returns the name of a disk's snapshot of a round.
  LvmName snapshot(JobDisk disk, long round) {
    return new LvmName(disk.volume().group(), prefix(disk) + round);
  }

  /// Returns the job's snapshots of a disk, by their rounds: what has its tag and one of its names.
  SortedMap<Long, TaggedVolume> snapshots(Found found, JobDisk disk) {
    var snapshots = new TreeMap<Long, TaggedVolume>();
    var prefix = prefix(disk);
    for (var volume : found.byName().values()) {
      var round = round(volume);
      if (round.isPresent()
          && volume.group().equals(disk.volume().group())
          && volume.name().equals(prefix + round.getAsLong())) {
        snapshots.put(round.getAsLong(), volume);
      }
    }
    return snapshots;
  }

  /// Returns the round that a volume is a snapshot of: it has the job's tag and such a name.
  OptionalLong round(TaggedVolume volume) {
    var name = ending.matcher(volume.name());
    return isOurs(volume) && name.matches()
        ? OptionalLong.of(Long.parseLong(name.group(1)))
        : OptionalLong.empty();
  }

  private String prefix(JobDisk disk) {
    return "%s-%s-r".formatted(disk.volume().volume(), job.name());
  }

  /// Returns the words that take it.
  List<String> taking(JobDisk disk, TaggedVolume origin, long round) {
    var name = snapshot(disk, round).volume();
    var words = new ArrayList<>(List.of("lvcreate", "-qq", "-y", "-s", "-n", name));
    tags.forEach(tag -> words.addAll(List.of("--addtag", tag)));
    if (origin.isThin()) {
      words.addAll(List.of("-kn", "-ay"));
    } else {
      words.addAll(List.of("-L", bytesOfSnapshot(disk, origin) + "b"));
    }
    words.add(origin.fullName().toString());
    return words;
  }

  /// Returns how large a disk's snapshot is made: whole extents.
  static long bytesOfSnapshot(JobDisk disk, TaggedVolume origin) {
    long extent = Math.max(512, origin.extentSize());
    return Math.multiplyExact(Math.ceilDiv(disk.size().of(origin.size()), extent), extent);
  }

  /// Returns by how much a snapshot is extended: whole extents.
  static long bytesOfGrowth(JobDisk disk, TaggedVolume snapshot) {
    long extent = Math.max(512, snapshot.extentSize());
    return Math.multiplyExact(Math.ceilDiv(disk.growth().extend(), extent), extent);
  }

  /// Returns the words that extend a snapshot.
  static List<String> extending(LvmName snapshot, long bytes) {
    return List.of("lvextend", "-qq", "-y", "-L", "+" + bytes + "b", snapshot.toString());
  }

  /// Extends a snapshot.
  void extend(JobDisk disk, TaggedVolume snapshot) throws IOException {
    var name = snapshot.fullName();
    run(
        extending(name, bytesOfGrowth(disk, snapshot)),
        "the snapshot %s is not extended".formatted(name));
  }

  /// Takes a disk's snapshot of a round.
  void take(JobDisk disk, TaggedVolume origin, long round) throws IOException {
    run(
        taking(disk, origin, round),
        "the snapshot %s is not taken".formatted(snapshot(disk, round)));
  }

  /// Returns the words that remove a snapshot.
  static List<String> removing(LvmName snapshot) {
    return List.of("lvremove", "-qq", "-y", snapshot.toString());
  }

  /// Removes a snapshot.
  void remove(LvmName snapshot) throws IOException {
    run(removing(snapshot), "the snapshot %s stays".formatted(snapshot));
  }

  /// Returns what runs programs at the source.
  Commands commands() {
    return commands;
  }

  /// Returns whether a volume has the job's tags.
  boolean isOurs(TaggedVolume volume) {
    return volume.tags().containsAll(tags);
  }

  private void run(List<String> command, String consequence) throws IOException {
    var outcome = commands.run(command);
    if (outcome.status() != 0) {
      throw new RefusedException(
          "%s: %s: %s"
              .formatted(
                  job.source().map(Object::toString).orElse("here"),
                  consequence,
                  outcome.complaint()));
    }
  }
}
