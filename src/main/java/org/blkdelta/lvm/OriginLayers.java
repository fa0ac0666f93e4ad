package org.blkdelta.lvm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.linux.DeviceNumber;

/// What an origin's sectors stand on, by the device-mapper tables. An origin that has no bytes of
/// its own, or not all of them, would be sent as zeros or garbage.
///
/// @param devices all mapped devices
/// @param tables all of their tables
record OriginLayers(List<Device> devices, List<Target> tables) {

  /// A run of sectors of a device.
  private record Run(Device device, long start, long length) {

    long end() {
      return start + length;
    }
  }

  /// Checks that an origin is a whole device with bytes of its own.
  ///
  /// @param name the snapshot's, in messages
  /// @param origin the visible origin
  /// @param real the layer below it
  void check(String name, Device origin, Device real) throws IOException {
    var top = lines(origin);
    if (top.size() != 1 || top.getFirst().startSector() != 0) {
      throw new SourceException(
          "%s: only a part of %s is an origin (dmsetup table %s), and what is written to the rest is not listed; copy the whole volume"
              .formatted(name, origin.name(), origin.name()));
    }
    if (lines(real).stream().allMatch(line -> line.type().equals("zero"))) {
      throw new SourceException(
          "%s: is not a snapshot of a volume: lvcreate made it with --virtualsize, over zeros; copy it: blkdelta copy %s DESTINATION"
              .formatted(name, name));
    }
    check(name, new Run(real, 0, top.getFirst().lengthSectors()));
  }

  private void check(String name, Run run) throws IOException {
    long covered = run.start();
    for (var line : lines(run.device())) {
      long start = Math.max(line.startSector(), run.start());
      long end = Math.min(Math.addExact(line.startSector(), line.lengthSectors()), run.end());
      if (start >= end) {
        continue;
      }
      if (line.type().equals("zero") || line.type().equals("error")) {
        throw missing(name, line);
      }
      covered = start == covered ? end : covered;
      for (var below : below(line, start, end)) {
        check(name, below);
      }
    }
    if (covered != run.end()) {
      throw new SourceException(
          "%s: its origin goes on after the end of the device %s, at sector %d; repair the volume with LVM"
              .formatted(name, run.device().name(), covered));
    }
  }

  /// Returns the mapped devices that serve some sectors of a linear or striped target. What other
  /// targets make of the devices below them is their own business: a RAID may well lack one.
  private List<Run> below(Target line, long start, long end) throws IOException {
    var words = line.arguments();
    var found = new ArrayList<Run>();
    if (line.type().equals("linear")) {
      long offset = Long.parseLong(words.get(1)) + start - line.startSector();
      mapped(words.get(0)).ifPresent(device -> found.add(new Run(device, offset, end - start)));
    } else if (line.type().equals("striped")) {
      int stripes = Integer.parseInt(words.get(0));
      for (int stripe = 0; stripe < stripes; stripe++) {
        long offset = Long.parseLong(words.get(3 + 2 * stripe));
        mapped(words.get(2 + 2 * stripe))
            .ifPresent(
                device -> found.add(new Run(device, offset, line.lengthSectors() / stripes)));
      }
    }
    return found;
  }

  private Optional<Device> mapped(String number) throws IOException {
    var wanted = DeviceNumber.parse(number);
    return devices.stream().filter(device -> device.number().equals(wanted)).findFirst();
  }

  private List<Target> lines(Device device) {
    return tables.stream().filter(line -> line.device().equals(device.name())).toList();
  }

  private static SourceException missing(String name, Target line) {
    var what = line.type().equals("zero") ? "reads as zeros" : "cannot be read";
    return new SourceException(
        "%s: a part of its origin is missing and %s (device %s, %d sectors from sector %d on); is a physical volume absent? see: pvs, lvs -o +devices"
            .formatted(name, what, line.device(), line.lengthSectors(), line.startSector()));
  }
}
