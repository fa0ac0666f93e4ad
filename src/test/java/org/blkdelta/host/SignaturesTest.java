package org.blkdelta.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.Programs;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The outputs are those of util-linux 2.38.
class SignaturesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LVM2_member       | raid       | PV        | is a physical volume of LVM",
        "linux_raid_member | raid       | RAID      | is a member of a RAID (linux_raid_member)",
        "ddf_raid_member   | raid       | RAID      | is a member of a RAID (ddf_raid_member)",
        "crypto_LUKS       | crypto     | LUKS      | holds a LUKS volume",
        "swap              | other      | SWAP      | holds swap space",
        "mpath_member      | other      | MULTIPATH | is a path of a multipath device",
        "ext4              | filesystem | SIGNATURE | holds a file system (ext4)",
        "bcache            | other      | SIGNATURE | holds a signature (bcache)"
      })
  void what_blkid_tells_is_a_reason(String type, String usage, Reason reason, String words)
      throws IOException {
    var printed = "DEVNAME=/x\nUUID=1-2\nVERSION=1\nTYPE=%s\nUSAGE=%s\n".formatted(type, usage);
    assertEquals(List.of(new Use(reason, words)), found(new Outcome(0, printed, "")));
  }

  @Test
  void a_label_is_told_as_it_is() throws IOException {
    var printed = "DEVNAME=/x\nLABEL=my\\ web\nTYPE=xfs\nUSAGE=filesystem\n";
    assertEquals(
        List.of(new Use(Reason.SIGNATURE, "holds a file system (xfs) labelled my web")),
        found(new Outcome(0, printed, "")));
  }

  @Test
  void a_partition_table_is_told_beside_what_else_is_there() throws IOException {
    var printed = "DEVNAME=/x\nTYPE=iso9660\nUSAGE=filesystem\nPTUUID=1\nPTTYPE=dos\n";
    assertEquals(
        List.of(
            new Use(Reason.PARTITIONS, "has a partition table (dos)"),
            new Use(Reason.SIGNATURE, "holds a file system (iso9660)")),
        found(new Outcome(0, printed, "")));
  }

  @Test
  void what_blkid_finds_ambiguous_is_listed_by_wipefs() throws IOException {
    var listed =
        """
        # offset,uuid,label,type
        0x438,7b1c,a,b,ext4
        0x218,x,,LVM2_member
        0x1fe,,,dos
        """;
    assertEquals(
        List.of(
            new Use(Reason.SIGNATURE, "holds a signature (ext4)"),
            new Use(Reason.PV, "is a physical volume of LVM"),
            new Use(Reason.PARTITIONS, "has a partition table (dos)")),
        found(new Outcome(8, "", "ambivalent result"), new Outcome(0, listed, "")));
  }

  @Test
  void nothing_is_nothing() throws IOException {
    assertEquals(List.of(), found(new Outcome(2, "", "")));
  }

  /// A host without libblkid, or with a blkid of another kind.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1080  | S\u00ef             | SIGNATURE  | holds a file system (ext2, ext3 or ext4)",
        "512   | LABELONE       | PV         | is a physical volume of LVM",
        "0     | LUKS\u00ba\u00be         | LUKS       | holds a LUKS volume",
        "4086  | SWAPSPACE2     | SWAP       | holds swap space",
        "4096  | \u00fcN+\u00a9           | RAID       | is a member of a RAID (linux_raid_member)",
        "2031616 | \u00fcN+\u00a9         | RAID       | is a member of a RAID (linux_raid_member)",
        "2088960 | \u00fcN+\u00a9         | RAID       | is a member of a RAID (linux_raid_member)",
        "510   | U\u00aa             | PARTITIONS | has a partition table or a boot sector",
        "65600 | _BHRfS_M       | SIGNATURE  | holds a file system (btrfs)"
      })
  void without_blkid_the_best_known_are_looked_for(
      int offset, String magic, Reason reason, String words) throws IOException {
    var content = new byte[2 << 20];
    var bytes = magic.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, content, offset, bytes.length);
    var file = Files.write(folder.resolve("disk"), content);
    var expected = List.of(new Use(reason, words));
    try (var disk = FileDisk.forReading(file)) {
      assertEquals(expected, new Signatures(absent()).of(file, disk));
      Commands busybox = command -> new Outcome(1, "", "blkid: invalid option -- 'p'");
      assertEquals(expected, new Signatures(busybox).of(file, disk));
    }
  }

  @Test
  void a_disk_smaller_than_any_place_of_a_signature_has_none() throws IOException {
    var file = Files.write(folder.resolve("disk"), "LABELON".getBytes(US_ASCII));
    try (var disk = FileDisk.forReading(file)) {
      assertEquals(List.of(), new Signatures(absent()).of(file, disk));
    }
  }

  @Test
  void the_real_blkid_is_understood() throws IOException {
    Programs.require("blkid", "wipefs", "mkfs.ext4", "mkswap");
    var file = Files.write(folder.resolve("disk"), new byte[4 << 20]);
    try (var disk = FileDisk.forReading(file)) {
      var signatures = new Signatures(new HostCommands());
      assertEquals(List.of(), signatures.of(file, disk));
      Programs.run("mkfs.ext4", "-q", "-L", "my web", file.toString());
      assertEquals(
          List.of(new Use(Reason.SIGNATURE, "holds a file system (ext4) labelled my web")),
          signatures.of(file, disk));
      Programs.run("wipefs", "-q", "-a", file.toString());
      Programs.run("mkswap", file.toString());
      assertEquals(List.of(new Use(Reason.SWAP, "holds swap space")), signatures.of(file, disk));
    }
  }

  private List<Use> found(Outcome... outcomes) throws IOException {
    var left = new ArrayList<>(List.of(outcomes));
    var file = Files.write(folder.resolve("disk"), new byte[4096]);
    try (var disk = FileDisk.forReading(file)) {
      return new Signatures(command -> left.removeFirst()).of(file, disk);
    }
  }

  private static Commands absent() {
    return command -> {
      throw new IOException(command.getFirst() + ": cannot be started");
    };
  }
}
