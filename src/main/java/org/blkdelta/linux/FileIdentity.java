package org.blkdelta.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/// What identifies a file of this host for as long as it exists: its inode, with what tells it from
/// an earlier file of that number (the inode's generation, the time of its birth), and its file
/// system. Neither its path nor what is written to it changes that.
///
/// The numbers are those of Linux's generic ABI; see statfs(2), ioctl_iflags(2).
final class FileIdentity {

  private static final int STATFS_BYTES = 120;
  private static final int STATFS_ID_AT = 56;

  private static final long FS_IOC_GETVERSION = 0x80087601L;
  private static final long FS_IOC_GETFSUUID = 0x80111500L;
  private static final long XFS_IOC_FSGEOMETRY_V1 = 0x80705864L;
  private static final int XFS_UUID_AT = 64;

  /// File systems on a device whose statfs id comes from their UUID: ext2 to ext4, btrfs, F2FS.
  private static final Set<Long> UUID_IN_ID = Set.of(0xEF53L, 0x9123683EL, 0xF2F52010L);

  private FileIdentity() {}

  /// Says what identifies a block device.
  interface Devices {
    /// Returns it, or empty if nothing does.
    Optional<String> identity(DeviceNumber device) throws IOException;

    /// Returns where it is in the machine, or empty if unknown.
    Optional<String> place(DeviceNumber device) throws IOException;
  }

  /// Returns what identifies a file, or empty if its file system has nothing that lasts.
  static Optional<String> of(Path file, Devices devices) throws IOException {
    try (var open = NativeFile.forReading(file);
        var status = new FileStatus()) {
      var words = new ArrayList<String>();
      generation(open).ifPresent(words::add);
      if (!status.ask(open.path().toString())) {
        return Optional.empty();
      }
      status.birth().ifPresent(time -> words.add("born " + time));
      var system = fileSystem(open, status.fileSystem(), devices);
      if (words.isEmpty() || system.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          "inode %s, %s, on %s"
              .formatted(
                  Long.toUnsignedString(status.inode()), String.join(", ", words), system.get()));
    }
  }

  /// An inode's generation is drawn anew whenever its number is given to another file.
  private static Optional<String> generation(NativeFile file) {
    var answer = new byte[Long.BYTES];
    return file.ask(FS_IOC_GETVERSION, answer)
        ? Optional.of("generation " + Integer.toUnsignedString(numbers(answer).getInt(0)))
        : Optional.empty();
  }

  /// A clone of a file system has the same UUID, so the device that it is on goes before that. The
  /// place of a device that is not known goes with it.
  private static Optional<String> fileSystem(NativeFile file, DeviceNumber on, Devices devices)
      throws IOException {
    var device = devices.identity(on);
    if (device.isPresent()) {
      return device;
    }
    boolean isElsewhere = on.major() == 0;
    var uuid = uuid(file, isElsewhere);
    var place = isElsewhere ? Optional.<String>empty() : devices.place(on);
    return place.isEmpty() ? uuid : uuid.map(id -> id + " at " + place.get());
  }

  /// @param isElsewhere whether it is on no device of its own: btrfs, overlay, tmpfs, NFS
  private static Optional<String> uuid(NativeFile file, boolean isElsewhere) {
    var stat = new byte[STATFS_BYTES];
    if (file.statfs(stat)
        && (isElsewhere || UUID_IN_ID.contains(numbers(stat).getLong(0)))
        && numbers(stat).getLong(STATFS_ID_AT) != 0) {
      return Optional.of("file system " + hex(stat, STATFS_ID_AT, Long.BYTES));
    }
    var xfs = new byte[112]; // struct xfs_fsop_geom_v1
    if (file.ask(XFS_IOC_FSGEOMETRY_V1, xfs)) {
      return Optional.of("file system " + hex(xfs, XFS_UUID_AT, 16));
    }
    var any = new byte[17]; // struct fsuuid2: its length and the UUID
    return file.ask(FS_IOC_GETFSUUID, any) && any[0] == 16
        ? Optional.of("file system " + hex(any, 1, 16))
        : Optional.empty();
  }

  private static String hex(byte[] bytes, int at, int length) {
    return HexFormat.of().formatHex(bytes, at, at + length);
  }

  private static ByteBuffer numbers(byte[] answer) {
    return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
  }
}
