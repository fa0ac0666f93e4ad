package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;

/// Disks of a machine, running or not, as its snapshot has them: exported by the host as VMDKs for
/// streams. The snapshot stays if the export is completed, since a later delta starts there; else
/// what this has made is removed again.
public final class Export implements Closeable {

  private final Login login;
  private final Machine machine;

  private Export(Login login) {
    this.login = login;
    this.machine = login.machine();
  }

  /// Logs in. Nothing is changed yet. The caller closes this.
  ///
  /// @param told told what the user should know
  public static Export prepare(MachineUri uri, Access access, Consumer<String> told)
      throws IOException {
    return new Export(Login.at(uri, access, told));
  }

  /// Returns the disk that a URI means, which can be exported.
  ///
  /// @throws RefusedException if it cannot
  public MachineDisk disk(MachineUri uri) throws UsageException, RefusedException {
    var disk = machine.disk(uri);
    machine.checkMovable(disk, uri);
    return disk;
  }

  /// Takes the snapshot if there is none of ours, and asks for the export. Closing this gives up
  /// what is not complete then.
  ///
  /// @param disks all that are to be read
  public Streams begin(List<MachineDisk> disks) throws IOException {
    Cleanup.Step undo = () -> {};
    var found = snapshot();
    if (found.isEmpty()) {
      var taken = Snapshot.take(login, Snapshot.NAME);
      undo = () -> taken.giveUp(login);
      login.cleanup().add(undo);
      found = Optional.of(taken);
    }
    var frozen = frozen(found.get());
    var lease = Lease.of(login.service(), found.get(), login.cleanup());
    return new Streams(found.get(), frozen, lease, undo, disks);
  }

  /// Returns the snapshot that is named, or is ours.
  private Optional<Snapshot> snapshot() throws UsageException {
    var named = login.uri().snapshot();
    var found =
        machine.snapshots().stream()
            .filter(each -> named.isPresent() ? each.name().equals(named.get()) : each.isOurs())
            .toList();
    if (found.size() > 1 || (found.isEmpty() && named.isPresent())) {
      throw new UsageException(
          "%s: has %s snapshot of that name; name another one"
              .formatted(login.name(), found.isEmpty() ? "no" : "more than one"));
    }
    if (found.size() == 1) {
      login
          .told()
          .accept(
              "%s: reading snapshot \"%s\", which is there already"
                  .formatted(login.name(), found.getFirst().name()));
    }
    return found.stream().findFirst();
  }

  /// Returns the disks as a snapshot has them.
  private List<MachineDisk> frozen(Snapshot snapshot) throws IOException {
    var devices = "config.hardware.device";
    var found = login.service().properties(snapshot.ref(), List.of(devices)).get(devices);
    return found == null ? List.of() : MachineDisk.of(found);
  }

  @Override
  public void close() {
    login.close();
  }

  /// What is being exported. Several threads may read a disk each.
  public final class Streams {

    private final Snapshot snapshot;
    private final List<MachineDisk> frozen;
    private final Lease lease;
    private final Cleanup.Step undo;
    private final DatastoreFiles files = new DatastoreFiles(login.service(), machine);

    // guarded by this
    private int left;

    private Streams(
        Snapshot snapshot,
        List<MachineDisk> frozen,
        Lease lease,
        Cleanup.Step undo,
        List<MachineDisk> disks) {
      this.snapshot = snapshot;
      this.frozen = frozen;
      this.lease = lease;
      this.undo = undo;
      this.left = disks.size();
      lease.expect(disks.stream().mapToLong(MachineDisk::size).sum());
    }

    /// Opens a disk; the caller closes it.
    public ExportedDisk open(MachineDisk disk) throws IOException {
      var there = as(disk);
      if (there.files().size() != 1) {
        throw new SourceException(
            "%s: snapshot \"%s\" stands on others; remove them, and run the same command again"
                .formatted(login.name(), snapshot.name()));
      }
      var file = there.files().getFirst();
      var base = files.small(file);
      var in = lease.open(disk, machine.disks().size() == 1);
      return new ExportedDisk(lease, in, files.nameOf(file), base, this::completed);
    }

    private MachineDisk as(MachineDisk disk) throws RefusedException {
      for (var each : frozen) {
        if (each.key() == disk.key() && each.size() == disk.size()) {
          return each;
        }
      }
      throw new RefusedException(
          "%s: snapshot \"%s\" does not have this disk, or another size of it; remove that snapshot"
              .formatted(login.name(), snapshot.name()));
    }

    /// One disk was read, and is whole. After the last one, the snapshot stays.
    private synchronized void completed() throws IOException {
      left--;
      if (left == 0) {
        lease.complete(login.cleanup());
        login.cleanup().keep(undo);
      } else {
        lease.check();
      }
    }
  }
}
