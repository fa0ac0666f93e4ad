package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.KnownMagics;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;

/// What a device or file holds, by its signatures: a partition table, a file system, a physical
/// volume. libblkid knows most of them, so `blkid -p` is asked, and if it finds several that cannot
/// all be true, `wipefs --no-act`, which lists all; on a host without them the best known are
/// looked for ([KnownMagics]). See blkid(8) and wipefs(8).
public final class Signatures {

  private static final int NOTHING = 2;
  private static final int AMBIVALENT = 8;

  private final Commands commands;

  /// Creates one that asks by `commands`.
  public Signatures(Commands commands) {
    this.commands = commands;
  }

  /// Returns what is there.
  ///
  /// @param path of the device or file, as programs of this host can open it
  /// @param disk the same, open
  public List<Use> of(Path path, Disk disk) throws IOException {
    Outcome found;
    try {
      found = commands.run(List.of("blkid", "-p", "-o", "export", path.toString()));
    } catch (IOException absent) {
      return KnownMagics.of(disk);
    }
    return switch (found.status()) {
      case 0 -> probed(values(found.out()));
      case NOTHING -> found.err().isEmpty() ? List.of() : KnownMagics.of(disk); // of busybox
      case AMBIVALENT -> all(path, disk);
      default -> KnownMagics.of(disk);
    };
  }

  private List<Use> all(Path path, Disk disk) throws IOException {
    Outcome found;
    try {
      found = commands.run(List.of("wipefs", "--no-act", "--parsable", path.toString()));
    } catch (IOException absent) {
      return KnownMagics.of(disk);
    }
    if (found.status() != 0) {
      return KnownMagics.of(disk);
    }
    return listed(found.out());
  }

  /// Parses lines `NAME=value`.
  private static Map<String, String> values(String export) {
    var values = new HashMap<String, String>();
    for (var line : export.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1).replace("\\", ""));
      }
    }
    return values;
  }

  private static List<Use> probed(Map<String, String> values) {
    var found = new ArrayList<Use>();
    var table = values.get("PTTYPE");
    if (table != null) {
      found.add(partitions(table));
    }
    var type = values.get("TYPE");
    if (type != null) {
      var label = values.getOrDefault("LABEL", "");
      found.add(content(type, values.getOrDefault("USAGE", ""), label));
    }
    return found;
  }

  /// Parses lines `offset,uuid,label,type`, of which each may have commas in the label only.
  private static List<Use> listed(String parsable) {
    Set<Use> found = new LinkedHashSet<>();
    for (var line : parsable.lines().filter(each -> !each.startsWith("#")).toList()) {
      var type = line.substring(line.lastIndexOf(',') + 1).strip();
      if (List.of("dos", "gpt", "PMBR", "mac", "bsd", "sun", "sgi", "atari").contains(type)) {
        found.add(partitions(type));
      } else if (!type.isEmpty()) {
        found.add(content(type, "", ""));
      }
    }
    return new ArrayList<>(found);
  }

  private static Use partitions(String type) {
    return new Use(Reason.PARTITIONS, "has a partition table (%s)".formatted(type));
  }

  private static Use content(String type, String usage, String label) {
    var labelled = label.isEmpty() ? "" : " labelled " + label;
    return switch (type) {
      case "LVM2_member", "LVM1_member" -> new Use(Reason.PV, "is a physical volume of LVM");
      case "swap", "swsuspend" -> new Use(Reason.SWAP, "holds swap space" + labelled);
      case "crypto_LUKS" -> new Use(Reason.LUKS, "holds a LUKS volume" + labelled);
      case "mpath_member" -> new Use(Reason.MULTIPATH, "is a path of a multipath device");
      default ->
          usage.equals("raid") || type.endsWith("_raid_member")
              ? new Use(Reason.RAID, "is a member of a RAID (%s)".formatted(type) + labelled)
              : new Use(
                  Reason.SIGNATURE,
                  usage.equals("filesystem")
                      ? "holds a file system (%s)".formatted(type) + labelled
                      : "holds a signature (%s)".formatted(type) + labelled);
    };
  }
}
