package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.linux.DeviceNumber;
import org.junit.jupiter.api.Test;

/// The outputs are those of dmsetup 1.02.185.
class DeviceMapperTest {

  private final List<List<String>> commands = new ArrayList<>();

  @Test
  void devices_are_told_with_number_state_and_uuid() throws IOException {
    var mapper =
        printing(
            """
            254|0|1|Active|LVM-abc-real|vg-src-real
            254|12|0|Suspended||by|hand
            """);
    assertEquals(
        List.of(
            new Device("vg-src-real", new DeviceNumber(254, 0), 1, false, "LVM-abc-real"),
            new Device("by|hand", new DeviceNumber(254, 12), 0, true, "")),
        mapper.devices());
    assertEquals(
        List.of(
            "dmsetup",
            "info",
            "-c",
            "--noheadings",
            "--separator",
            "|",
            "-o",
            "major,minor,open,suspended,uuid,name"),
        commands.get(0));
  }

  @Test
  void a_host_without_devices_has_none() throws IOException {
    assertEquals(List.of(), printing("No devices found\n").devices());
    assertEquals(List.of(), printing("No devices found\n").tables());
    assertEquals(List.of(), printing("").devices());
  }

  @Test
  void tables_are_told_line_by_line() throws IOException {
    var mapper =
        printing(
            """
            vg-snap: 0 65536 snapshot 254:1 254:2 P 8
            vg-src-real: 0 32768 linear 98:0 2048
            vg-src-real: 32768 32768 linear 98:16 2048
            vg-gone: 0 65536 error\s
            vg-new:\s
            """);
    assertEquals(
        List.of(
            new Target("vg-snap", 0, 65_536, "snapshot", List.of("254:1", "254:2", "P", "8")),
            new Target("vg-src-real", 0, 32_768, "linear", List.of("98:0", "2048")),
            new Target("vg-src-real", 32_768, 32_768, "linear", List.of("98:16", "2048")),
            new Target("vg-gone", 0, 65_536, "error", List.of())),
        mapper.tables());
  }

  @Test
  void a_status_is_asked_for_without_flushing() throws IOException {
    var mapper = printing("0 65536 snapshot 2072/12288 24\n");
    assertEquals(
        List.of(new Target("vg-snap", 0, 65_536, "snapshot", List.of("2072/12288", "24"))),
        mapper.status("vg-snap"));
    assertEquals(List.of("dmsetup", "status", "--noflush", "vg-snap"), commands.get(0));
    assertEquals(List.of(), printing("\n").status("vg-new"));
  }

  @Test
  void a_message_comes_back_with_how_it_ended() throws IOException {
    var mapper =
        new DeviceMapper(
            command -> {
              commands.add(command);
              return new Outcome(1, "", "Device or resource busy");
            },
            Path.of("/nowhere"),
            DeviceNumber::of);
    assertEquals(1, mapper.message("vg-pool-tpool", "reserve_metadata_snap").status());
    assertEquals(
        List.of("dmsetup", "message", "vg-pool-tpool", "0", "reserve_metadata_snap"),
        commands.get(0));
  }

  @Test
  void a_command_that_fails_says_how_and_why() {
    var mapper =
        new DeviceMapper(
            command -> new Outcome(1, "", "Permission denied\nCommand failed."),
            Path.of("/nowhere"),
            DeviceNumber::of);
    assertEquals(
        "dmsetup table: exit status 1: Permission denied; Command failed.",
        assertThrows(IOException.class, mapper::tables).getMessage());
  }

  @Test
  void a_node_is_found_by_name_then_by_number() throws IOException {
    try (var files = Jimfs.newFileSystem(Configuration.unix())) {
      var dev = Files.createDirectories(files.getPath("/dev/mapper")).resolveSibling("");
      var number = new DeviceNumber(254, 3);
      var named = Files.createFile(dev.resolve("mapper/vg-snap"));
      var numbered = Files.createFile(dev.resolve("dm-3"));
      var device = new Device("vg-snap", number, 0, false, "");
      var both = mapper(dev, Map.of(named, number, numbered, number));
      assertEquals(named, both.node(device));
      var stale = mapper(dev, Map.of(named, new DeviceNumber(254, 4), numbered, number));
      assertEquals(numbered, stale.node(device));
      var none = mapper(dev, Map.of());
      assertEquals(
          "vg-snap: has no node below %s; run: dmsetup mknodes".formatted(dev),
          assertThrows(IOException.class, () -> none.node(device)).getMessage());
    }
  }

  private DeviceMapper printing(String text) {
    commands.clear();
    return new DeviceMapper(
        command -> {
          commands.add(command);
          return new Outcome(0, text, "");
        },
        Path.of("/nowhere"),
        DeviceNumber::of);
  }

  private static DeviceMapper mapper(Path dev, Map<Path, DeviceNumber> nodes) {
    return new DeviceMapper(
        command -> {
          throw new AssertionError(command);
        },
        dev,
        path -> Optional.ofNullable(nodes.get(path)));
  }
}
