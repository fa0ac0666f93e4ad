package org.blkdelta.host;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.linux.DeviceNumber;

/// A thin device and what its pool does for it, by their tables: the kernel's
/// Documentation/admin-guide/device-mapper/thin-provisioning.rst.
///
/// @param pool the pool
/// @param blockSize of the pool, in bytes
/// @param isZeroing whether the pool zeroes a block that it gives to a part of a write
/// @param hasOrigin whether what is not mapped reads from a device outside of the pool
public record ThinDevice(Device pool, long blockSize, boolean isZeroing, boolean hasOrigin) {

  private static final int SECTOR = 512;

  /// Words of a pool's table.
  private static final int BLOCK_SECTORS = 2;

  /// Returns the thin device of a number, if it is one from its first byte to its last.
  static Optional<ThinDevice> of(DeviceNumber number, List<Device> devices, List<Target> targets)
      throws IOException {
    var own = targetsOf(number, targets, devices);
    if (own.size() != 1 || !own.getFirst().type().equals("thin")) {
      return Optional.empty();
    }
    var words = own.getFirst().arguments();
    var pool =
        devices.stream()
            .filter(device -> !words.isEmpty() && device.number().toString().equals(words.get(0)))
            .findFirst()
            .orElseThrow(() -> new IOException("its pool is unknown"));
    var table = targetsOf(pool.number(), targets, devices);
    if (table.size() != 1 || !table.getFirst().type().equals("thin-pool")) {
      throw new IOException("its pool has a table of another kind");
    }
    return Optional.of(of(pool, table.getFirst().arguments(), words.size() > 2));
  }

  private static ThinDevice of(Device pool, List<String> words, boolean hasOrigin)
      throws IOException {
    if (words.size() <= BLOCK_SECTORS || !words.get(BLOCK_SECTORS).matches("[1-9][0-9]{0,8}")) {
      throw new IOException("its pool does not say how large its blocks are");
    }
    return new ThinDevice(
        pool,
        Long.parseLong(words.get(BLOCK_SECTORS)) * SECTOR,
        !words.contains("skip_block_zeroing"),
        hasOrigin);
  }

  private static List<Target> targetsOf(
      DeviceNumber number, List<Target> targets, List<Device> devices) {
    return devices.stream()
        .filter(device -> device.number().equals(number))
        .flatMap(device -> targets.stream().filter(each -> each.device().equals(device.name())))
        .toList();
  }
}
