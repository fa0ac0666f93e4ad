package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.linux.ExclusiveHold;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Holds of devices of a real kernel that are names of the same bytes.
class LoopHoldsIT {

  private static final int SIZE = 8 << 20;

  @TempDir Path folder;

  private Path file;

  @BeforeEach
  void aFile() throws IOException {
    LoopDevice.require("sfdisk", "partx");
    file = Files.write(folder.resolve("disk.img"), new byte[SIZE]);
  }

  @Test
  void two_loop_devices_over_one_file_are_one() throws IOException {
    try (var first = LoopDevice.on(file);
        var second = LoopDevice.on(file)) {
      apart(List.of(first.node(), second.node(), file));
    }
  }

  @Test
  void a_loop_device_that_comes_later_is_the_file_that_is_held() throws IOException {
    var hold = ExclusiveHold.of(file).orElseThrow();
    try (hold;
        var later = LoopDevice.on(file)) {
      assertTrue(ExclusiveHold.of(later.node()).isEmpty());
      assertTrue(ExclusiveHold.of(later.node()).isEmpty(), "asking must not end it");
    }
  }

  @Test
  void a_loop_device_over_a_loop_device_is_its_file() throws IOException {
    try (var below = LoopDevice.on(file);
        var above = LoopDevice.on(below.node())) {
      apart(List.of(above.node(), file));
    }
  }

  @Test
  void loop_devices_over_parts_of_a_file_are_one_only_if_the_parts_overlap() throws IOException {
    try (var front = LoopDevice.on(file, "--sizelimit=4194304");
        var back = LoopDevice.on(file, "--offset=4194304");
        var middle = LoopDevice.on(file, "--offset=2097152", "--sizelimit=4194304")) {
      apart(List.of(front.node(), middle.node()));
      apart(List.of(middle.node(), back.node()));
      apart(List.of(back.node(), file));
      var held = ExclusiveHold.of(front.node()).orElseThrow();
      try (held) {
        ExclusiveHold.of(back.node()).orElseThrow().close();
      }
    }
  }

  @Test
  void a_partition_of_a_loop_device_is_a_part_of_its_file() throws IOException {
    var table = new ProcessBuilder("sfdisk", "--quiet", file.toString());
    var text = Files.writeString(folder.resolve("table"), "label: gpt\nsize=2M\nsize=2M\n");
    Programs.run(table.redirectInput(text.toFile()));
    try (var disk = LoopDevice.on(file, "--partscan");
        var beside = LoopDevice.on(file, "--offset=1048576", "--sizelimit=2097152")) {
      Programs.run("partx", "--update", disk.node().toString()); // not every kernel scans by itself
      apart(List.of(disk.partition(1), beside.node()));
      apart(List.of(disk.partition(1), file));
      var held = ExclusiveHold.of(disk.partition(2)).orElseThrow();
      try (held) {
        ExclusiveHold.of(beside.node()).orElseThrow().close();
        ExclusiveHold.of(disk.partition(1)).orElseThrow().close();
      }
    }
  }

  /// Each can be held, and while it is, none of the others.
  private static void apart(List<Path> names) throws IOException {
    for (var first : names) {
      var hold = ExclusiveHold.of(first).orElseThrow();
      try (hold) {
        for (var other : names) {
          assertTrue(ExclusiveHold.of(other).isEmpty(), other + " while " + first + " is held");
        }
      }
    }
  }
}
