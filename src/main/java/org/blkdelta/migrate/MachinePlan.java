package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.migrate.Copies.Missing;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.vsphere.MachineDisk;
import org.blkdelta.vsphere.MachineUri;

/// Looks at a machine of vSphere and at the destination without changing anything, and tells all
/// that speaks against a move, and what would be done.
///
/// @param machine names it, without a disk
/// @param snapshot what the job's snapshot is called
record MachinePlan(Job job, MachineUri machine, String snapshot, Copies copies, DiskRuns runs) {

  /// Looks.
  Plan.Result look() throws IOException {
    var steps = new ArrayList<String>();
    var findings = new ArrayList<SyncException>();
    var disks = new LinkedHashMap<JobDisk, MachineDisk>();
    boolean isThere = false;
    try (var control = MachineSource.control(machine, text -> {})) {
      for (var disk : job.disks()) {
        try {
          disks.put(disk, control.disk(machine.of(disk.from(), Optional.empty())));
        } catch (SyncException fault) {
          findings.add(fault);
        }
      }
      control
          .inTheWay(List.copyOf(disks.values()), snapshot)
          .forEach(why -> findings.add(new RefusedException(why)));
      isThere = control.hasSnapshot(snapshot);
      for (var other : control.disks()) {
        if (!disks.containsValue(other)) {
          steps.add("%s: disk \"%s\" is not in the job".formatted(machine.name(), other.label()));
        }
      }
    } catch (SyncException fault) {
      findings.add(fault);
    }
    var missing = missing(disks, findings);
    missing.forEach(each -> steps.add(copies.where() + ": " + String.join(" ", each.words())));
    if (!isThere) {
      steps.add("%s: takes the snapshot \"%s\"".formatted(machine.name(), snapshot));
    }
    for (var each : disks.entrySet()) {
      steps.add("%s: sends %s".formatted(job.name(), job.key(each.getKey())));
      if (missing.stream().noneMatch(made -> made.disk().equals(each.getKey()))) {
        rehearse(each.getKey(), each.getValue(), findings);
      }
    }
    new MoveSteps(job).add(steps, findings);
    return Plan.Result.of(steps, findings);
  }

  private List<Missing> missing(
      LinkedHashMap<JobDisk, MachineDisk> disks, List<SyncException> findings) throws IOException {
    try {
      var missing = copies.missing(MachineSource.sizes(disks));
      findings.addAll(copies.faults(missing));
      return missing;
    } catch (SyncException fault) {
      findings.add(fault);
      return List.of();
    }
  }

  private void rehearse(JobDisk disk, MachineDisk exported, List<SyncException> findings)
      throws IOException {
    try {
      runs.rehearse(disk, machine, exported);
    } catch (SyncException fault) {
      findings.add(fault);
    }
  }
}
