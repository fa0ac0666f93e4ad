package org.blkdelta.thin;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.LvmTools.ThinVolume;

/// Two volumes of a running pool, found by [ThinVolumes].
///
/// @param descends whether the newer volume descends from the older one, or may do so
/// @param external whether both show an external origin where they have no blocks
/// @param transaction the pool's, as LVM knows it
/// @param blockSize the pool's, in bytes, as the kernel works with it
/// @param device the newer volume's visible device, and `path` its node
/// @param olderPath the older volume's node, if it is active
/// @param pool the device that takes the pool's messages
/// @param metadataPath the node of the pool's metadata
record ThinPair(
    ThinVolume older,
    ThinVolume newer,
    boolean descends,
    boolean external,
    long transaction,
    long blockSize,
    Device device,
    Path path,
    Optional<Path> olderPath,
    Device pool,
    Path metadataPath) {

  /// Returns the volumes' devices. The pool's are not among them: a destination may be another
  /// volume of the same pool.
  List<Path> standsOn() {
    var paths = new ArrayList<>(List.of(path));
    olderPath.ifPresent(paths::add);
    return paths;
  }

  /// Returns what names the pool for as long as it exists: its LVM id, of the device-mapper UUID
  /// (`LVM-`, 32 letters of the group, 32 of the pool).
  String poolId() {
    var uuid = pool.uuid();
    return uuid.startsWith("LVM-") && uuid.length() >= 68 ? uuid.substring(36, 68) : pool.name();
  }

  /// Returns what the delta connects. A number in the pool is given again after its volume is
  /// removed, but never in the same transaction. The newer volume's state has a name only where it
  /// will stay as it is: of a snapshot that nobody has open, or that nobody can write.
  Lineage lineage(ThinMetadata.Device olderDevice, ThinMetadata.Device newerDevice) {
    boolean unused = !newer.origin().isEmpty() && device.opens() == 0;
    boolean stays = newer.isReadOnly() || unused;
    return new Lineage(
        Optional.of(generation(older, olderDevice)),
        stays ? Optional.of(generation(newer, newerDevice)) : Optional.empty());
  }

  private Generation generation(ThinVolume volume, ThinMetadata.Device device) {
    return Generation.of(
        "thin:%s/%d@%d".formatted(poolId(), device.id(), device.transaction()), volume.label());
  }
}
