package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.linux.DeviceNumber;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The outputs are those of LVM 2.03.16.
class VolumeAdviceTest {

  private static final String NO_GROUP =
      "  Volume group \"vgx\" not found\n  Cannot process volume group vgx";

  @TempDir Path root;

  private Path dev;
  private Outcome lvs = new Outcome(0, "{\"report\":[{\"lv\":[]}]}", "");

  @BeforeEach
  void aHost() throws IOException {
    dev = Files.createDirectories(root.resolve("dev"));
    Files.createDirectories(dev.resolve("vg0"));
    Files.createDirectories(root.resolve("sys/dev/block/7:3/loop"));
  }

  @Test
  void a_volume_that_is_not_active_is_to_be_activated() {
    volume("-wi-------");
    var words = Optional.of("is not active; activate it: lvchange -ay vg0/web");
    assertEquals(words, absent("vg0/web"));
    assertEquals(words, absent(dev + "/mapper/vg0-web"));
    volume("Vwi---tz-k");
    assertEquals(
        Optional.of("is not active; activate it: lvchange -ay -K vg0/web"), absent("vg0/web"));
  }

  @Test
  void a_volume_that_is_not_there_can_be_made_as_large_as_its_source() {
    var advice = advice();
    assertEquals(
        Optional.of("there is no volume web in the group vg0; check the spelling: lvs vg0"),
        advice.absent("vg0/web", OptionalLong.empty()));
    assertEquals(
        Optional.of(
            "there is no volume web in the group vg0; make it: lvcreate -L 4194304b -n web vg0"),
        advice.absent("/dev/vg0/web", OptionalLong.of(4 << 20)));
  }

  @Test
  void a_misspelt_group_is_named_unless_a_file_may_be_meant() {
    lvs = new Outcome(5, "", NO_GROUP);
    assertEquals(
        Optional.of("there is no volume group vgx; check the spelling: vgs"),
        absent(dev + "/mapper/vgx-web"));
    assertEquals(
        Optional.of("no such file, and there is no volume group vgx; check the spelling: vgs"),
        absent("vgx/web"));
    assertEquals(Optional.empty(), absent("src/web"), "the folder is there");
  }

  @Test
  void what_is_no_name_of_a_volume_is_left_to_others() {
    assertEquals(Optional.empty(), absent("web.img"));
    assertEquals(Optional.empty(), absent("/srv/images/web.img"));
    assertEquals(Optional.empty(), absent(dev + "/mapper/control"));
  }

  @Test
  void nothing_is_advised_where_lvm_cannot_be_asked() {
    lvs = new Outcome(5, "", "locking failed");
    assertEquals(Optional.empty(), absent("vg0/web"));
  }

  @Test
  void a_read_only_volume_is_made_writable_as_it_was_made_read_only() {
    volume("-ri-a-----");
    assertEquals("make it writable: lvchange -prw vg0/web", writable(253, 0));
    volume("-Ri-a-----");
    assertEquals(
        "lvm.conf has it in read_only_volume_list; take it out: then lvchange --refresh vg0/web",
        writable(253, 0));
    volume("-wi-a-----");
    assertEquals("make it writable: blockdev --setrw /dev/x", writable(253, 0));
    lvs = new Outcome(5, "", "locking failed");
    assertEquals("make it writable: lvchange -prw vg0/web", writable(253, 0));
  }

  @Test
  void other_devices_may_be_read_only_in_a_way_that_only_their_driver_can_change() {
    assertEquals(
        "make it writable: blockdev --setrw /dev/x; if it was attached by losetup -r, attach it again"
            + " without -r",
        writable(7, 3));
    assertEquals(
        "make it writable: blockdev --setrw /dev/x; if that does not help, the disk itself is"
            + " write-protected",
        writable(8, 16));
  }

  private void volume(String attributes) {
    lvs =
        new Outcome(
            0,
            """
            {"report":[{"lv":[{"vg_name":"vg0", "lv_name":"web", "lv_attr":"%s",
             "segtype":"linear", "lv_merging":"0", "lv_time":"0"}]}]}"""
                .formatted(attributes),
            "");
  }

  private Optional<String> absent(String name) {
    return advice().absent(name, OptionalLong.empty());
  }

  private String writable(int major, int minor) {
    return advice().writable(Path.of("/dev/x"), new DeviceNumber(major, minor));
  }

  private VolumeAdvice advice() {
    Commands commands =
        command ->
            command.getFirst().equals("lvs")
                ? lvs
                : new Outcome(0, "253|0|0|Active|LVM-gggo|vg0-web\n", "");
    return new VolumeAdvice(
        new DeviceMapper(commands, dev, path -> Optional.empty()),
        new LvmTools(commands),
        dev,
        root.resolve("sys"));
  }
}
