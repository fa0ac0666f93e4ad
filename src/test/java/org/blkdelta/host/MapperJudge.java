package org.blkdelta.host;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Tables;
import org.blkdelta.host.DeviceMapper.Target;

/// Run on a real kernel: compares what its ioctls say with what `dmsetup` prints. Ends with 1 and
/// both answers if they differ.
final class MapperJudge {

  private MapperJudge() {}

  public static void main(String[] devices) throws Exception {
    var kernel = new MapperControl(Path.of("/dev/mapper/control"));
    var printed = new Dmsetup(new HostCommands());
    same(devices(kernel), devices(printed));
    same(tables(kernel), tables(printed));
    for (var device : devices) {
      same(kernel.status(device), printed.status(device));
    }
    System.out.println(kernel.devices().size() + " devices");
  }

  private static List<Device> devices(Tables tables) throws Exception {
    return tables.devices().stream().sorted(Comparator.comparing(Device::name)).toList();
  }

  private static List<Target> tables(Tables tables) throws Exception {
    return tables.tables().stream()
        .sorted(Comparator.comparing(Target::device).thenComparing(Target::startSector))
        .toList();
  }

  private static void same(Object kernel, Object printed) {
    if (!kernel.equals(printed)) {
      System.err.println("the kernel: " + kernel + "\ndmsetup:    " + printed);
      System.exit(1);
    }
  }
}
