package org.blkdelta.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.linux.DeviceNumber;

/// Device-mapper as `dmsetup` tells of it. Formats: dmsetup(8).
final class Dmsetup implements DeviceMapper.Tables {

  private final Commands commands;

  Dmsetup(Commands commands) {
    this.commands = commands;
  }

  @Override
  public List<Device> devices() throws IOException {
    var printed =
        run(
            "info",
            "-c",
            "--noheadings",
            "--separator",
            "|",
            "-o",
            "major,minor,open,suspended,uuid,name");
    var found = new ArrayList<Device>();
    for (var line : printed.lines().toList()) {
      var words = line.strip().split("\\|", 6);
      if (words.length == 6) {
        found.add(
            new Device(
                words[5],
                DeviceNumber.parse(words[0] + ":" + words[1]),
                Integer.parseInt(words[2]),
                words[3].equals("Suspended"),
                words[4]));
      }
    }
    return found;
  }

  @Override
  public List<Target> tables() throws IOException {
    return run("table")
        .lines()
        .filter(line -> line.contains(": ") && !line.endsWith(": "))
        .map(Dmsetup::named)
        .toList();
  }

  @Override
  public List<Target> status(String name) throws IOException {
    return run("status", "--noflush", name)
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> target(name, line))
        .toList();
  }

  private String run(String... words) throws IOException {
    var command = new ArrayList<>(List.of("dmsetup"));
    command.addAll(List.of(words));
    var outcome = commands.run(command);
    if (outcome.status() != 0) {
      throw new IOException(
          "%s: exit status %d: %s"
              .formatted(String.join(" ", command), outcome.status(), outcome.complaint()));
    }
    return outcome.out();
  }

  private static Target named(String line) {
    int colon = line.indexOf(": ");
    return target(line.substring(0, colon), line.substring(colon + 2));
  }

  private static Target target(String device, String line) {
    var words = List.of(line.strip().split("\\s+"));
    return new Target(
        device,
        Long.parseLong(words.get(0)),
        Long.parseLong(words.get(1)),
        words.get(2),
        words.subList(3, words.size()));
  }
}
