package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools.TaggedVolume;
import org.blkdelta.migrate.Copies.Missing;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Volumes.Found;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.report.ExitCode;

/// Looks at both ends without writing anything, and tells all that speaks against a round, and what
/// the next one would do.
///
/// @param definition of the machine at the destination, if the job defines it
record Plan(
    Job job,
    Volumes volumes,
    Copies copies,
    Rehearsal rehearsal,
    Optional<Definition> definition,
    JobState state) {

  /// Makes the checks of a destination that come before the first write.
  interface Rehearsal {
    void of(JobDisk disk, LvmName volume) throws IOException;
  }

  private static final int MAX_NAME = 127;

  /// What was found.
  ///
  /// @param steps of the next round, in order
  /// @param findings what speaks against it
  /// @param code what a run that had it ends with
  record Result(List<String> steps, List<String> findings, ExitCode code) {

    static Result of(List<String> steps, List<SyncException> findings) {
      return new Result(
          steps,
          findings.stream().map(SyncException::describe).toList(),
          findings.isEmpty() ? ExitCode.DONE : ExitCode.of(findings.getFirst()));
    }
  }

  /// Looks.
  Result look() throws IOException {
    var findings = new ArrayList<SyncException>();
    var steps = new ArrayList<String>();
    var found = volumes.found();
    var needed = new LinkedHashMap<String, Long>();
    long round = state.lastRound() + 1;
    var missing = missing(found, findings);
    for (var each : missing) {
      steps.add(copies.where() + ": " + String.join(" ", each.words()));
    }
    job.freezing().ifPresent(how -> steps.add(at("freeze: " + ShellWords.join(how.freeze()))));
    for (var disk : job.disks()) {
      try {
        var origin = found.origin(disk);
        steps.add(at(String.join(" ", volumes.taking(disk, origin, round))));
        if (!origin.isThin()) {
          steps.add(filling(disk, origin, round));
          needed.merge(origin.group(), Volumes.bytesOfSnapshot(disk, origin), Long::sum);
        }
        checkNames(disk, found, round).ifPresent(findings::add);
      } catch (SyncException fault) {
        findings.add(fault);
      }
    }
    job.freezing().ifPresent(how -> steps.add(at("thaw: " + ShellWords.join(how.thaw()))));
    needed.forEach((group, bytes) -> room(found, group, bytes).ifPresent(findings::add));
    for (var disk : job.disks()) {
      steps.add("%s: sends %s".formatted(job.name(), job.key(disk)));
      if (missing.stream().noneMatch(each -> each.disk().equals(disk))) {
        rehearse(disk, found).ifPresent(findings::add);
      }
    }
    for (var disk : job.disks()) {
      for (var snapshot : volumes.snapshots(found, disk).values()) {
        steps.add(at(String.join(" ", Volumes.removing(snapshot.fullName()))));
      }
    }
    if (definition.isPresent()) {
      definition.get().look(steps, findings);
    }
    new MoveSteps(job).add(steps, findings);
    return Result.of(steps, findings);
  }

  /// Returns the destinations that would be made.
  private List<Missing> missing(Found found, List<SyncException> findings) throws IOException {
    var sizes = new LinkedHashMap<JobDisk, Long>();
    for (var disk : job.disks()) {
      found.volume(disk.volume()).ifPresent(origin -> sizes.put(disk, origin.size()));
    }
    try {
      var missing = copies.missing(sizes);
      findings.addAll(copies.faults(missing));
      return missing;
    } catch (SyncException fault) {
      findings.add(fault);
      return List.of();
    }
  }

  /// Returns what would be done about a snapshot that fills.
  private String filling(JobDisk disk, TaggedVolume origin, long round) {
    var growth = disk.growth();
    var name = volumes.snapshot(disk, round);
    var first = "if %s is %d%% full: ".formatted(name, growth.atPercent());
    if (growth.extend() == 0) {
      return job.name() + ": " + first + "one more round at once";
    }
    var extending = Volumes.extending(name, Volumes.bytesOfGrowth(disk, origin));
    return at(
        "%s%s, while volume group %s keeps %s free; else one more round at once"
            .formatted(
                first,
                String.join(" ", extending),
                name.group(),
                Sizes.binary(growth.kept(origin.groupSize()))));
  }

  private String at(String command) {
    return source() + ": " + command;
  }

  private String source() {
    return job.source().map(Object::toString).orElse("here");
  }

  private Optional<SyncException> checkNames(JobDisk disk, Found found, long round) {
    var name = volumes.snapshot(disk, round);
    if (name.volume().length() > MAX_NAME) {
      return Optional.of(
          new RefusedException(
              "%s: is longer than the %d letters that LVM allows; shorten the job's name"
                  .formatted(name, MAX_NAME)));
    }
    return found
        .volume(name)
        .filter(volume -> !volumes.isOurs(volume))
        .map(
            volume ->
                new RefusedException(
                    "%s: is not this job's, and has the name that its snapshot would have; rename one of them"
                        .formatted(name)));
  }

  /// A new snapshot is taken before the old one goes, so there is room for both or the old ones are
  /// there.
  private Optional<SyncException> room(Found found, String group, long bytes) {
    long free =
        found.byName().values().stream()
            .filter(volume -> volume.group().equals(group))
            .mapToLong(TaggedVolume::groupFree)
            .findAny()
            .orElse(0);
    boolean isFirst =
        job.disks().stream()
            .filter(disk -> disk.volume().group().equals(group))
            .allMatch(disk -> volumes.snapshots(found, disk).isEmpty());
    long wanted = isFirst ? 2 * bytes : bytes;
    if (free >= wanted) {
      return Optional.empty();
    }
    return Optional.of(
        new RefusedException(
            "volume group %s: has %s free, and %s of snapshots need %s; free some, or make snapshot.size smaller"
                .formatted(
                    group,
                    Sizes.binary(free),
                    isFirst ? "two rounds" : "the next round",
                    Sizes.binary(wanted))));
  }

  private Optional<SyncException> rehearse(JobDisk disk, Found found) throws IOException {
    if (found.volume(disk.volume()).isEmpty()) {
      return Optional.empty(); // told already
    }
    try {
      rehearsal.of(disk, disk.volume());
      return Optional.empty();
    } catch (SyncException fault) {
      return Optional.of(fault);
    }
  }
}
