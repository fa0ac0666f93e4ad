package org.blkdelta.thin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.WriteWatch;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.Admission;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentRuns;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;

/// What differs between two volumes of a thin pool: the blocks that are not mapped alike, and
/// whatever the newer one has beyond the older one's end. A block that only the older one has reads
/// as zeros now. The new bytes are the newer volume's.
public final class ThinSource implements ChangeSource {

  /// What there is to say about the two volumes.
  ///
  /// @param pool the pool's device-mapper name, or the image of its metadata
  /// @param transaction the pool's
  /// @param blockSize bytes of a block of the pool
  /// @param sharedBlocks blocks that both volumes have, and that are the same
  /// @param data how full the pool's data device is
  /// @param metadata how full its metadata device is
  /// @param nodesRead nodes of the pool's trees that had to be read
  public record State(
      String pool,
      long transaction,
      long blockSize,
      Volume older,
      Volume newer,
      long sharedBlocks,
      StoreUsage data,
      StoreUsage metadata,
      long nodesRead) {}

  /// One of the two.
  ///
  /// @param id its number in the pool
  /// @param size in bytes
  /// @param mappedBlocks blocks of the pool that it has, shared ones too
  public record Volume(long id, long size, long mappedBlocks) {}

  private static final int PIECE = 1 << 20;

  private final Disk data;
  private final BlockRuns runs;
  private final State state;
  private final Lineage lineage;
  private final List<Path> standsOn;
  private final Optional<RunningPool> pool;
  private final Optional<WriteWatch> watch;
  private final Optional<String> doubt;

  private ThinSource(
      Disk data,
      BlockRuns runs,
      State state,
      Lineage lineage,
      List<Path> standsOn,
      Optional<RunningPool> pool,
      Optional<WriteWatch> watch,
      Optional<String> doubt) {
    this.data = data;
    this.runs = runs;
    this.state = state;
    this.lineage = lineage;
    this.standsOn = List.copyOf(standsOn);
    this.pool = pool;
    this.watch = watch;
    this.doubt = doubt;
  }

  /// Opens two volumes of a running pool by any of their names. The newer one must be active, the
  /// older one need not be. The pool's metadata is read here, and released before this returns.
  ///
  /// @param older empty if `name` is a snapshot, and the change from it to its origin is meant
  /// @param admission asked about the newer volume, unless nobody can write to it
  /// @param warnings told in words what the user should know
  public static ThinSource ofVolumes(
      ThinVolumes volumes,
      Optional<String> older,
      String name,
      Admission admission,
      Consumer<String> warnings)
      throws IOException {
    var pair = volumes.pair(older, name, admission);
    var pool = new RunningPool(volumes, pair, warnings);
    var data = RunningPool.open(pair.path());
    try {
      return pool.read(
          (metadata, status) -> {
            var delta =
                VolumeDelta.of(
                    metadata,
                    metadata.device(pair.older().thinId()),
                    metadata.device(pair.newer().thinId()),
                    pair.older().size(),
                    data.size(),
                    pair.external());
            var lineage = pair.lineage(delta.older(), delta.newer());
            boolean doubtful =
                pair.descends()
                    && !pair.older().isReadOnly()
                    && OwnBlocks.exist(metadata, delta.older());
            return new ThinSource(
                data,
                delta.runs(),
                state(
                    pair.pool().name(),
                    metadata,
                    delta,
                    pair.older().size(),
                    data.size(),
                    status.data(),
                    status.metadata()),
                doubtful ? lineage.baseless() : lineage,
                pair.standsOn(),
                Optional.of(pool),
                Optional.empty(),
                doubtful ? Optional.of(doubt(pair)) : Optional.empty());
          });
    } catch (IOException | RuntimeException fault) {
      data.close();
      throw fault;
    }
  }

  /// Opens two volumes of a pool that is not active, by an image of its metadata. Such metadata
  /// does not say whether the volumes show an external origin where they have no blocks; so what is
  /// gone must read as zeros in `content`.
  ///
  /// @param image the metadata, a file or the device itself
  /// @param older the older volume's number in the pool, `newer` the other's
  /// @param content the newer volume's bytes
  /// @param olderSize bytes of the older volume, if that was another size
  /// @param admission asked about `content`
  public static ThinSource ofMetadata(
      Path image, int older, int newer, Path content, OptionalLong olderSize, Admission admission)
      throws IOException {
    admission.admit(content);
    RunningPool.flush(content);
    var watch = RunningPool.watch(content);
    var data = RunningPool.open(content);
    try (var disk = RunningPool.open(image)) {
      var metadata = ThinMetadata.ofImage(disk);
      long size = olderSize.orElse(data.size());
      var delta =
          VolumeDelta.of(
              metadata, metadata.device(older), metadata.device(newer), size, data.size(), false);
      var superblock = metadata.superblock();
      var source =
          new ThinSource(
              data,
              delta.runs(),
              state(
                  image.toString(),
                  metadata,
                  delta,
                  size,
                  data.size(),
                  superblock.data(),
                  superblock.metadata()),
              Lineage.UNKNOWN,
              List.of(image, content),
              Optional.empty(),
              Optional.of(watch),
              Optional.empty());
      source.checkZeros();
      return source;
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
  public Optional<String> doubt() {
    return doubt;
  }

  /// Returns what the pool and the volumes were like when they were opened.
  public State state() {
    return state;
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    var gate = new ExtentRuns(data.size(), sink);
    runs.extents(state.blockSize(), data.size(), gate);
    gate.finish();
  }

  @Override
  public void checkStillTrue() throws IOException {
    if (pool.isPresent()) {
      pool.get().checkStillTrue();
    }
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    if (pool.isPresent()) {
      return pool.get().movedOn();
    }
    return watch.isPresent() && watch.get().isWritten()
        ? Optional.of(data.name() + ": was written to while it was read")
        : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    data.close();
  }

  private static String doubt(ThinPair pair) {
    return "%s/%s: was itself written to before %s/%s was taken from it, so changes made after the copy may be in no list"
        .formatted(
            pair.older().group(), pair.older().name(), pair.newer().group(), pair.newer().name());
  }

  private static State state(
      String pool,
      ThinMetadata metadata,
      VolumeDelta delta,
      long olderSize,
      long newerSize,
      StoreUsage data,
      StoreUsage metadataFullness) {
    var older = delta.older();
    var newer = delta.newer();
    return new State(
        pool,
        metadata.superblock().transaction(),
        metadata.superblock().blockSize(),
        new Volume(older.id(), olderSize, older.mappedBlocks()),
        new Volume(newer.id(), newerSize, newer.mappedBlocks()),
        delta.sharedBlocks(),
        data,
        metadataFullness,
        metadata.blocks().nodesRead());
  }

  private void checkZeros() throws IOException {
    var piece = ByteBuffer.allocate(PIECE);
    changes(
        extent -> {
          if (extent.kind() == Extent.Kind.ZERO) {
            checkZeros(extent, piece);
          }
        });
  }

  private void checkZeros(Extent extent, ByteBuffer piece) throws IOException {
    for (long at = extent.offset(); at < extent.end(); at += piece.limit()) {
      piece.clear().limit((int) Math.min(PIECE, extent.end() - at));
      try {
        data.read(piece, at);
      } catch (IOException fault) {
        throw SourceException.unreadable(fault);
      }
      if (!Zeros.fill(piece.flip())) {
        throw new SourceException(
            "%s: from byte %d on: the volume %d has no blocks here, but this is not all zeros; is it that volume's content, and has it no external origin?"
                .formatted(data.name(), at, state.newer().id()));
      }
    }
  }
}
