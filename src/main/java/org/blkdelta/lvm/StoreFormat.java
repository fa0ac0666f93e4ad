package org.blkdelta.lvm;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.host.HostDevices;

/// The exception store of a snapshot that is not active, as a device or a file.
public final class StoreFormat implements SourceFormat {

  private static final SourceOption ORIGIN =
      SourceOption.file(
          "--origin",
          "PATH",
          "SOURCE is an exception store; read the new bytes here.\n"
              + "The store, a device or a file, belongs to no active snapshot. PATH is its origin.");

  private final InstantSource clock;

  /// @param clock that of the host
  public StoreFormat(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public String words() {
    return "an exception store";
  }

  @Override
  public List<SourceOption> options() {
    return List.of(ORIGIN, SourceOption.SNAPSHOT_SIZE, SnapshotFormat.DATA_SOURCE);
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return request.settings().has(ORIGIN) && request.files().size() == 1 && !request.isRemote();
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    HostDevices.checkUnused(
        request.file(), "an active snapshot; name that as VG/SNAP, without --origin");
    var size = request.snapshotSize();
    var snapshot =
        SnapshotSource.ofStore(
            request.file(),
            request.path(ORIGIN).orElseThrow(),
            size,
            request.path(SnapshotFormat.DATA_SOURCE),
            request.use(),
            request.warnings());
    return new OpenSource(snapshot, new SnapshotReport(snapshot::state, clock), true);
  }
}
