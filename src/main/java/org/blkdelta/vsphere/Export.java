package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;

/// The disk of a machine, running or not, as its snapshot has it: exported by the host as a VMDK
/// for streams. The snapshot stays if the export is completed, since a later delta starts there;
/// else what this has made is removed again.
public final class Export implements Closeable {

  private static final Duration SNAPSHOT_LIMIT = Duration.ofMinutes(30);

  private final MachineUri uri;
  private final Service service;
  private final Machine machine;
  private final MachineDisk disk;
  private final Consumer<String> told;
  private final Cleanup cleanup;

  private Export(
      MachineUri uri,
      Service service,
      Machine machine,
      MachineDisk disk,
      Consumer<String> told,
      Cleanup cleanup) {
    this.uri = uri;
    this.service = service;
    this.machine = machine;
    this.disk = disk;
    this.told = told;
    this.cleanup = cleanup;
  }

  /// Logs in, and checks that the disk can be exported. Nothing is changed yet. The caller closes
  /// this.
  ///
  /// @param told told what the user should know
  public static Export prepare(MachineUri uri, Passwords passwords, Consumer<String> told)
      throws IOException {
    var cleanup = new Cleanup();
    try {
      var service = Service.connect(uri, passwords);
      cleanup.add(service::close);
      var machine = Machine.find(service, uri);
      var disk = machine.disk(uri);
      machine.checkMovable(disk, uri);
      return new Export(uri, service, machine, disk, told, cleanup);
    } catch (IOException | RuntimeException fault) {
      cleanup.close();
      throw fault;
    }
  }

  /// Returns the size of the disk in bytes.
  public long size() {
    return disk.size();
  }

  /// What is being read.
  public final class Stream implements Closeable {

    private final Lease lease;
    private final InputStream in;
    private final String file;
    private final byte[] base;
    private final Cleanup.Step snapshotUndo;
    private long read;

    private Stream(
        Lease lease, InputStream in, String file, byte[] base, Cleanup.Step snapshotUndo) {
      this.lease = lease;
      this.in = new Counted(in);
      this.file = file;
      this.base = base;
      this.snapshotUndo = snapshotUndo;
    }

    /// Returns the bytes of the VMDK.
    public InputStream in() {
      return in;
    }

    /// Returns what the base's descriptor is called.
    public String file() {
      return file;
    }

    /// Returns the descriptor of the base, the state of which is exported.
    public byte[] base() {
      return base.clone();
    }

    /// Says that all of it was read, and is whole. From now on the snapshot stays.
    ///
    /// @throws IOException if the host says that something went wrong
    public void complete() throws IOException {
      lease.complete(cleanup);
      cleanup.keep(snapshotUndo);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }

    private final class Counted extends FilterInputStream {

      private static final long LOOK = 64L << 20;

      Counted(InputStream in) {
        super(in);
      }

      @Override
      public int read() throws IOException {
        count(1);
        return in.read();
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int got = in.read(bytes, offset, length);
        count(Math.max(0, got));
        return got;
      }

      private void count(int bytes) throws IOException {
        read += bytes;
        if (read / LOOK != (read - bytes) / LOOK) {
          lease.check();
        }
        lease.progress((int) Math.min(100, read * 100 / Math.max(1, disk.size())));
      }
    }
  }

  /// Takes the snapshot if there is none of ours, and begins to export it; the caller closes it.
  public Stream open() throws IOException {
    Cleanup.Step keeps = () -> {};
    var undo = keeps;
    var found = snapshot();
    if (found.isEmpty()) {
      var taken = take();
      undo = () -> remove(taken);
      cleanup.add(undo);
      found = Optional.of(taken);
    }
    var frozen = frozen(found.get());
    if (frozen.files().size() != 1) {
      throw new SourceException(
          "%s: snapshot \"%s\" stands on others; remove them, and run the same command again"
              .formatted(uri.name(), found.get().name()));
    }
    var lease = Lease.of(service, found.get(), cleanup);
    var files = new DatastoreFiles(service, machine);
    var file = frozen.files().getFirst();
    var base = files.small(file);
    var in = lease.open(disk, machine.disks().size() == 1);
    return new Stream(lease, in, files.nameOf(file), base, undo);
  }

  /// Returns the snapshot that is named, or is ours.
  private Optional<Snapshot> snapshot() throws UsageException {
    var named = uri.snapshot();
    var found =
        machine.snapshots().stream()
            .filter(each -> named.isPresent() ? each.name().equals(named.get()) : each.isOurs())
            .toList();
    if (found.size() > 1 || (found.isEmpty() && named.isPresent())) {
      throw new UsageException(
          "%s: has %s snapshot of that name; name another one"
              .formatted(uri.name(), found.isEmpty() ? "no" : "more than one"));
    }
    if (found.size() == 1) {
      told.accept(
          "%s: reading snapshot \"%s\", which is there already"
              .formatted(uri.name(), found.getFirst().name()));
    }
    return found.stream().findFirst();
  }

  private Snapshot take() throws IOException {
    var method = "CreateSnapshot_Task";
    var call =
        new Call(machine.ref(), method)
            .value("name", Snapshot.NAME)
            .value("description", Snapshot.DESCRIPTION)
            .value("memory", false)
            .value("quiesce", false);
    var made =
        service
            .await(service.make(call), method, SNAPSHOT_LIMIT)
            .orElseThrow(() -> service.malformed(method))
            .ref();
    return new Snapshot(made, Snapshot.NAME, true);
  }

  private void remove(Snapshot taken) {
    var method = "RemoveSnapshot_Task";
    try {
      var call =
          new Call(taken.ref(), method).value("removeChildren", false).value("consolidate", true);
      service.await(service.make(call), method, SNAPSHOT_LIMIT);
    } catch (IOException left) {
      told.accept(
          "warning: %s; snapshot \"%s\" is left: the same command uses it, or remove it by hand"
              .formatted(left.getMessage(), taken.name()));
    }
  }

  /// Returns the disk as a snapshot has it.
  private MachineDisk frozen(Snapshot snapshot) throws IOException {
    var devices = "config.hardware.device";
    var found = service.properties(snapshot.ref(), List.of(devices)).get(devices);
    if (found != null) {
      for (var each : MachineDisk.of(found)) {
        if (each.key() == disk.key() && each.size() == disk.size()) {
          return each;
        }
      }
    }
    throw new RefusedException(
        "%s: snapshot \"%s\" does not have this disk, or another size of it; remove that snapshot"
            .formatted(uri.name(), snapshot.name()));
  }

  @Override
  public void close() {
    cleanup.close();
  }
}
