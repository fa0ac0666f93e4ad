package org.blkdelta.migrate;

import java.util.LinkedHashMap;
import java.util.Optional;
import org.blkdelta.failure.UsageException;
import org.blkdelta.vsphere.MachineUri;

/// Reads what a job file says of a machine of vSphere: its host, its name, and how that is known
/// and logged in to.
final class MachineTable {

  private static final String SCHEME = "vsphere:";
  private static final String VM = "vm";
  private static final String HOST = "host";

  private MachineTable() {}

  /// Returns whether the job's source is one.
  static boolean isOne(JobTable top) throws UsageException {
    var source = top.table("source");
    return source.has(VM) && source.text(VM).startsWith(SCHEME);
  }

  /// Returns it; empty if the job's source is something else.
  static Optional<MachineUri> of(JobTable top) throws UsageException {
    if (!isOne(top)) {
      return Optional.empty();
    }
    var source = top.table("source");
    source.only(HOST, VM, "thumbprint", "password_file");
    var parameters = new LinkedHashMap<String, String>();
    if (source.has("thumbprint")) {
      parameters.put("thumbprint", source.text("thumbprint"));
    }
    if (source.has("password_file")) {
      parameters.put("password-file", source.text("password_file"));
    }
    if (top.table("rounds").isTrue("freeze")) {
      throw top.table("rounds")
          .fault("freeze", "is not for vSphere: what counts is read when the machine is off");
    }
    if (top.table("hooks").has("rehearse")) {
      throw top.table("hooks")
          .fault("rehearse", "is not for vSphere: what counts is read when the machine is off");
    }
    var machine = source.text(VM).substring(SCHEME.length());
    if (machine.isEmpty()) {
      throw source.fault(VM, "write vsphere:NAME or vsphere:UUID");
    }
    try {
      return Optional.of(MachineUri.of(source.text(HOST), machine, parameters));
    } catch (UsageException malformed) {
      throw source.fault(HOST, String.valueOf(malformed.getMessage()));
    }
  }

  /// Returns what a disk of the machine is called.
  static String disk(JobTable disk) throws UsageException {
    if (disk.has("snapshot")) {
      throw disk.fault("snapshot", "is for LVM; the host keeps snapshots of vSphere itself");
    }
    return disk.text("from");
  }
}
