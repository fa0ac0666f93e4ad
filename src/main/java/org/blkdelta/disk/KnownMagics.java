package org.blkdelta.disk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;

/// The best known signatures of what a disk may hold, at the places where their formats put them.
public final class KnownMagics {

  /// So much is read from the disk's first byte on.
  private static final int HEAD = 128 << 10;

  /// A signature.
  private record Magic(long offset, String bytes, Use use) {}

  private static final Use PARTITIONS =
      new Use(Reason.PARTITIONS, "has a partition table or a boot sector");
  private static final Use PHYSICAL_VOLUME = new Use(Reason.PV, "is a physical volume of LVM");
  private static final Use RAID = new Use(Reason.RAID, "is a member of a RAID (linux_raid_member)");
  private static final Use SWAP = new Use(Reason.SWAP, "holds swap space");
  private static final String RAID_BYTES = "\u00fcN+\u00a9";

  private static final List<Magic> MAGICS =
      List.of(
          new Magic(510, "U\u00aa", PARTITIONS),
          new Magic(512, "EFI PART", PARTITIONS),
          new Magic(4096, "EFI PART", PARTITIONS),
          new Magic(0, "LABELONE", PHYSICAL_VOLUME),
          new Magic(512, "LABELONE", PHYSICAL_VOLUME),
          new Magic(1024, "LABELONE", PHYSICAL_VOLUME),
          new Magic(1536, "LABELONE", PHYSICAL_VOLUME),
          new Magic(0, RAID_BYTES, RAID),
          new Magic(4096, RAID_BYTES, RAID),
          new Magic(0, "LUKS\u00ba\u00be", new Use(Reason.LUKS, "holds a LUKS volume")),
          new Magic(4086, "SWAPSPACE2", SWAP),
          new Magic(16374, "SWAPSPACE2", SWAP),
          new Magic(65526, "SWAPSPACE2", SWAP),
          new Magic(1080, "S\u00ef", fileSystem("ext2, ext3 or ext4")),
          new Magic(0, "XFSB", fileSystem("xfs")),
          new Magic(65600, "_BHRfS_M", fileSystem("btrfs")),
          new Magic(3, "NTFS    ", fileSystem("ntfs")),
          new Magic(3, "EXFAT   ", fileSystem("exfat")),
          new Magic(54, "FAT1", fileSystem("vfat")),
          new Magic(82, "FAT32", fileSystem("vfat")),
          new Magic(0, "hsqs", fileSystem("squashfs")),
          new Magic(32769, "CD001", fileSystem("iso9660")));

  private KnownMagics() {}

  /// Returns what is found.
  public static List<Use> of(Disk disk) throws IOException {
    Set<Use> found = new LinkedHashSet<>();
    var head = read(disk, 0, (int) Math.min(HEAD, disk.size()));
    for (var magic : MAGICS) {
      if (isAt(head, magic.offset(), magic.bytes())) {
        found.add(magic.use());
      }
    }
    for (long offset : raidAtTheEnd(disk.size())) {
      if (offset > 0 && isAt(read(disk, offset, 4), 0, RAID_BYTES)) {
        found.add(RAID);
      }
    }
    return List.copyOf(found);
  }

  /// Returns where the superblocks of md's versions 0.90 and 1.0 are.
  private static List<Long> raidAtTheEnd(long size) {
    return List.of((size & -65536L) - 65536, (size / 512 - 16 & -8L) * 512);
  }

  private static boolean isAt(byte[] bytes, long offset, String magic) {
    int from = (int) offset;
    return from + magic.length() <= bytes.length
        && Arrays.equals(
            Arrays.copyOfRange(bytes, from, from + magic.length()), magic.getBytes(ISO_8859_1));
  }

  private static byte[] read(Disk disk, long offset, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    disk.read(bytes, offset);
    return bytes.array();
  }

  private static Use fileSystem(String type) {
    return new Use(Reason.SIGNATURE, "holds a file system (%s)".formatted(type));
  }
}
