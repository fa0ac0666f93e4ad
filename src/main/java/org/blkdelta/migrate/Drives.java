package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.LvmName;

/// The drives of a virtual machine, as the program says that runs it.
///
/// @param vm `libvirt:NAME` or `proxmox:ID`
/// @param commands run at its host
record Drives(String vm, Commands commands) {

  /// More than any machine has.
  private static final int MAX_DRIVES = 1000;

  /// A row of `virsh domblklist --details`: type, device, target, source.
  private static final Pattern ROW =
      Pattern.compile("\\s*(\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\S.*?)\\s*");

  /// A line of `qm config`: `scsi0: local-lvm:vm-101-disk-0,size=32G`; see qm.conf(5).
  private static final Pattern LINE =
      Pattern.compile("((?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\\d{1,2}): (\\S.*)");

  /// A drive.
  ///
  /// @param name of the machine's drive, such as `vda`
  /// @param source what it is on
  /// @param volume the logical volume that it may be
  /// @param isRemovable whether it is a CD or a floppy
  /// @param why it cannot be moved; empty if that is not known yet
  record Drive(
      String name, String source, Optional<LvmName> volume, boolean isRemovable, String why) {}

  /// Returns them.
  List<Drive> list() throws IOException {
    var machine = vm.substring(vm.indexOf(':') + 1);
    var drives = vm.startsWith("libvirt:") ? libvirt(machine) : proxmox(machine);
    if (drives.size() > MAX_DRIVES) {
      throw new SourceException(vm + ": has more than " + MAX_DRIVES + " drives");
    }
    return drives;
  }

  private List<Drive> libvirt(String name) throws IOException {
    var drives = new ArrayList<Drive>();
    var rows = said(List.of("virsh", "domblklist", "--details", name)).lines().toList();
    for (var line : rows.subList(Math.min(2, rows.size()), rows.size())) {
      var row = ROW.matcher(line);
      if (row.matches()) {
        boolean isRemovable = !row.group(2).equals("disk") && !row.group(2).equals("lun");
        drives.add(
            isRemovable
                ? new Drive(
                    row.group(3), row.group(4), Optional.empty(), true, "is a " + row.group(2))
                : drive(row.group(3), row.group(4)));
      }
    }
    if (said(List.of("virsh", "dumpxml", name)).contains("<nvram")) {
      drives.add(
          new Drive(
              "nvram",
              name,
              Optional.empty(),
              true,
              "is a file that is to be copied by hand, before the machine is defined there"));
    }
    return drives;
  }

  private List<Drive> proxmox(String id) throws IOException {
    var drives = new ArrayList<Drive>();
    for (var line : said(List.of("qm", "config", id)).lines().toList()) {
      var drive = LINE.matcher(line);
      if (drive.matches()) {
        drives.add(proxmox(drive.group(1), drive.group(2)));
      }
    }
    return drives;
  }

  private Drive proxmox(String name, String said) throws IOException {
    var volume = said.split(",", 2)[0];
    if (said.contains("media=cdrom") || volume.equals("none")) {
      return new Drive(name, volume, Optional.empty(), true, "is a CD");
    }
    if (name.startsWith("unused")) {
      return new Drive(name, volume, Optional.empty(), true, "is unused");
    }
    var path = volume.startsWith("/") ? volume : said(List.of("pvesm", "path", volume)).strip();
    return drive(name, path);
  }

  private static Drive drive(String name, String path) {
    if (!path.startsWith("/dev/")) {
      return new Drive(name, path, Optional.empty(), false, "is a file, not a logical volume");
    }
    return new Drive(name, path, volume(path), false, "");
  }

  /// Returns the logical volume that a device may be, by its path.
  static Optional<LvmName> volume(String path) {
    var mapped = "/dev/mapper/";
    return path.startsWith(mapped)
        ? Optional.of(LvmName.ofMapped(path.substring(mapped.length())))
        : LvmName.parse(path);
  }

  private String said(List<String> command) throws IOException {
    var outcome = commands.run(command);
    if (outcome.status() != 0) {
      throw new SourceException(
          "%s: %s: %s".formatted(vm, String.join(" ", command.subList(0, 2)), outcome.complaint()));
    }
    return outcome.out();
  }
}
