package org.blkdelta.thin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Admission;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ExtentRuns;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Lineage;

/// A whole thin volume as a source: its blocks are to be read, all else is known to be zeros. For a
/// first copy.
public final class ThinContent implements ChangeSource {

  private final Disk data;
  private final BlockRuns runs;
  private final long blockSize;
  private final Lineage lineage;
  private final List<Path> standsOn;
  private final RunningPool pool;

  private ThinContent(
      Disk data,
      BlockRuns runs,
      long blockSize,
      Lineage lineage,
      List<Path> standsOn,
      RunningPool pool) {
    this.data = data;
    this.runs = runs;
    this.blockSize = blockSize;
    this.lineage = lineage;
    this.standsOn = List.copyOf(standsOn);
    this.pool = pool;
  }

  /// Opens an active volume of a running pool by any of its names. A volume with an external origin
  /// is read whole. The pool's metadata is read here, and released before this returns.
  ///
  /// @param admission asked about the volume, unless nobody can write to it
  /// @param warnings told in words what the user should know
  public static ThinContent ofVolume(
      ThinVolumes volumes, String name, Admission admission, Consumer<String> warnings)
      throws IOException {
    var pair = volumes.alone(name, admission);
    var pool = new RunningPool(volumes, pair, warnings);
    var data = RunningPool.open(pair.path());
    try {
      return pool.read(
          (metadata, status) -> {
            var device = metadata.device(pair.newer().thinId());
            long blockCount = Math.ceilDiv(data.size(), pair.blockSize());
            return new ThinContent(
                data,
                VolumeContent.of(metadata, device, blockCount, pair.external()),
                pair.blockSize(),
                Lineage.whole(pair.lineage(device, device).result()),
                pair.standsOn(),
                pool);
          });
    } catch (IOException | RuntimeException fault) {
      data.close();
      throw fault;
    }
  }

  @Override
  public Disk disk() {
    return data;
  }

  @Override
  public Lineage lineage() {
    return lineage;
  }

  @Override
  public List<Path> standsOn() {
    return standsOn;
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    var gate = new ExtentRuns(data.size(), sink);
    runs.extents(blockSize, data.size(), gate);
    gate.finish();
  }

  @Override
  public void checkStillTrue() throws IOException {
    pool.checkStillTrue();
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return pool.movedOn();
  }

  @Override
  public void close() throws IOException {
    data.close();
  }
}
