package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.LvmName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobFileTest {

  private static final String WEB =
      """
      name = "web"
      [destination]
      host = "root@new"
      [[disk]]
      from = "vg0/web"
      to = "/dev/vg0/web"
      snapshot = { size = "30%" }
      [[disk]]
      from = "vg1/data"
      to = "/dev/vg1/data"
      [rounds]
      bwlimit = "80M"
      """;

  @Test
  void a_whole_job_file_is_read() throws UsageException {
    var job = JobFile.parse("web.toml", WEB);
    assertEquals("web", job.name());
    assertEquals("blkdelta.job=web", job.tag());
    assertEquals(Optional.empty(), job.source());
    assertEquals("root@new", job.destination().orElseThrow().toString());
    assertEquals(80 << 20, job.limit().bytesPerSecond());
    assertEquals(2, job.parallel());
    assertEquals(2, job.disks().size());
    var disk = job.disks().getFirst();
    assertEquals("vg0/web", disk.from());
    assertEquals(300, disk.size().of(1000));
    assertEquals(200, job.disks().getLast().size().of(1000));
    assertEquals("vg0/web to root@new:/dev/vg0/web", job.key(disk));
    assertEquals("vg0/web", job.sourceOf(disk.volume()));
  }

  @Test
  void what_is_done_about_a_snapshot_that_fills_is_read() throws UsageException {
    var usual = JobFile.parse("f", WEB).disks().getFirst().growth();
    assertEquals(0, usual.extend());
    assertEquals(70, usual.atPercent());
    var said = "size = '30%', extend = '+5G', at = 60, keep_free = '20G'";
    var job = JobFile.parse("f", WEB.replace("size = \"30%\"", said));
    var growth = job.disks().getFirst().growth();
    assertEquals(5L << 30, growth.extend());
    assertEquals(60, growth.atPercent());
    assertEquals(20L << 30, growth.kept(1));
  }

  @Test
  void how_long_a_guardian_waits_for_a_word_is_read() throws UsageException {
    assertEquals(60, JobFile.parse("f", WEB).move().leaseSeconds());
    assertEquals(20, JobFile.parse("f", WEB + "[cutover]\nlease = '20s'").move().leaseSeconds());
    var refused =
        assertThrows(
            UsageException.class, () -> JobFile.parse("f", WEB + "[cutover]\nlease = '14s'"));
    Messages.assertSays(refused, "f:14:1: cutover.lease: write 15s or more");
  }

  @Test
  void a_host_may_be_an_uri_with_a_port() throws UsageException {
    var job =
        JobFile.parse(
            "f",
            WEB.replace("[destination]", "[source]").replace("root@new", "ssh://root@old:2222"));
    assertEquals("ssh://root@old:2222/dev/vg0/web", job.sourceOf(new LvmName("vg0", "web")));
  }

  /// Each row changes one thing of the file above.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name = "web" | nam = "web" | f:1:1: nam: is unknown; known here: name, source, destination, disk, rounds
          name = "web" | name = "Web" | f:1:1: name: use at most 32 of a-z, 0-9 and -, and begin with a letter or digit
          name = "web" | name = 3 | f:1:1: name: write a text in quotes
          name = "web" | | f: name is missing
          host = "root@new" | hosts = "new" | f:3:1: destination.hosts: is unknown; known here: host
          host = "root@new" | host = "/new" | f:3:1: destination.host: write [USER@]HOST or ssh://[USER@]HOST:PORT
          [destination] | destination = 3 | f:2:1: destination: is a table: write [destination]
          from = "vg0/web" | from = "web" | f:5:1: disk.from: write VG/LV, the volume whose snapshots are sent
          from = "vg1/data" | from = "vg0/web" | f:9:1: disk.from: vg0/web is another disk's already
          to = "/dev/vg1/data" | to = "/dev/vg0/web" | f:10:1: disk.to: /dev/vg0/web is another disk's already
          to = "/dev/vg1/data" | to = "vg1/data" | f:10:1: disk.to: write the whole path, from /
          to = "/dev/vg1/data" | to = "/srv/data";create = true | f:10:1: disk.to: write /dev/VG/LV, so that it can be made
          to = "/dev/vg1/data" | to = "/dev/vg1/data";create = 1 | f:11:1: disk.create: write true or false
          to = "/dev/vg1/data" | to = "/dev/vg1/data";pool = "p" | f:11:1: disk.pool: is for a volume that is made
          to = "/dev/vg1/data" | to = "/dev/vg1/data";create = true;pool = "a b" | f:12:1: disk.pool: write the name of a thin pool
          size = "30%" | size = "0%" | f:7:14: disk.snapshot.size: write 20% of the volume, or 10G
          size = "30%" | siz = "30%" | f:7:14: disk.snapshot.siz: is unknown; known here: size, extend
          size = "30%" | extend = "5G" | f:7:14: disk.snapshot.extend: write +5G
          size = "30%" | at = 96 | f:7:14: disk.snapshot.at: write a number from 1 to 95
          size = "30%" | keep_free = "5%" | f:7:14: disk.snapshot.keep_free: is for snapshots that are extended
          size = "30%" | size = "16777216T" | f:7:14: disk.snapshot.size: is too large; write 20% of the volume, or 10G
          bwlimit = "80M" | bwlimit = "fast" | f:12:1: rounds.bwlimit: write bytes a second, such as 80M
          """)
  void a_fault_is_told_with_its_place(String before, String after, String message) {
    var text = WEB.replace(before, after == null ? "" : after.replace(';', '\n'));
    if (before.startsWith("[destination]")) {
      text = text.replace("host = \"root@new\"\n", "");
    }
    var changed = text;
    var refused = assertThrows(UsageException.class, () -> JobFile.parse("f", changed));
    Messages.assertSays(refused, message);
  }

  @Test
  void what_is_no_toml_is_told_with_its_place() {
    var refused = assertThrows(UsageException.class, () -> JobFile.parse("f", "name = \n"));
    Messages.assertSays(refused, "f:1:8: ");
  }

  @Test
  void a_third_machine_may_run_a_job() throws Exception {
    var both = WEB.replace("[destination]", "[source]\nhost = \"old\"\n[destination]");
    var job = JobFile.parse("f", both);
    assertEquals("old", job.source().orElseThrow().toString());
    assertEquals("root@new", job.destination().orElseThrow().toString());
  }

  @Test
  void a_move_is_read_and_its_hooks_go_before_those_of_the_machine() throws UsageException {
    var text =
        WEB.replace("bwlimit = \"80M\"", "max_downtime = \"90s\"\nmost = 5")
            .replace("host = \"root@new\"", "host = \"root@new\"\nvm = \"proxmox:101\"")
            .replace("[destination]", "[source]\nvm = \"libvirt:web\"\n[destination]");
    var move =
        JobFile.parse(
                "f",
                text
                    + """
                    [cutover]
                    when = "02:00-04:00"
                    at_least = 3
                    stop_within = "2m"
                    deadline = "1h"
                    verify = "all"
                    [hooks]
                    stop = ["halt", "web 1"]
                    """)
            .move();
    assertEquals(90, move.maxDowntimeSeconds());
    assertEquals(5, move.most());
    assertEquals(3, move.atLeast());
    assertEquals("02:00-04:00", move.when());
    assertEquals(120, move.stopSeconds());
    assertEquals(3600, move.deadlineSeconds());
    assertEquals(Move.Verify.ALL, move.verify());
    assertEquals(List.of("halt", "web 1"), move.source().stop());
    assertEquals(List.of("virsh", "start", "web"), move.source().startSource());
    assertEquals(List.of(), move.source().kill());
    assertEquals(List.of("qm", "start", "101"), move.there().start());
    assertEquals(List.of(), move.missing());
  }

  @Test
  void a_job_without_hooks_cannot_be_moved() throws UsageException {
    var move = JobFile.parse("f", WEB).move();
    assertEquals(
        List.of("stop", "is_off", "start_source", "hold", "release", "start", "is_up"),
        move.missing());
    assertEquals("ask", move.when());
  }

  /// Each row is more of the file above.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          parallel = 4 | f:13:1: rounds.parallel: write a number from 1 to 3
          most = 0 | f:13:1: rounds.most: write a number from 1 to 1000
          max_downtime = "1 min" | f:13:1: rounds.max_downtime: write a time, such as "90s", "15m" or "1h"
          [cutover];when = "noon" | f:14:1: cutover.when: write now, ask, or a window such as 02:00-04:00
          [cutover];when = "24:00-01:00" | f:14:1: cutover.when: write now
          [cutover];deadline = "5m" | f:14:1: cutover.deadline: is not later than stop_within
          [cutover];verify = "some" | f:14:1: cutover.verify: write none, written or all
          [cutover];undo = true | f:14:1: cutover.undo: is unknown
          [hooks];warm = ["x"] | f:14:1: hooks.warm: is unknown; known here: stop, is_off, kill
          freeze = true | f:13:1: rounds.freeze: without the hooks freeze and thaw, it cannot be done
          [hooks];stop = "virsh shutdown web" | f:14:1: hooks.stop: write a list of texts
          [hooks];stop = [] | f:14:1: hooks.stop: write a list of texts
          [hooks];stop = ["-x"] | f:14:1: hooks.stop: the first word is the program
          [source];vm = "libvirt:-x" | f:14:1: source.vm: write libvirt:NAME or proxmox:ID
          """)
  void a_fault_of_a_move_is_told_with_its_place(String more, String message) {
    var text = WEB + more.replace(';', '\n') + "\n";
    var refused = assertThrows(UsageException.class, () -> JobFile.parse("f", text));
    Messages.assertSays(refused, message);
  }

  /// Each row is what the two ends are, and where the copies go.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          vm = "libvirt:w" | host = "new";vm = "libvirt:v" | /dev | f:7:1: destination.define: is for a machine of libvirt: write vm = "libvirt:NAME", the same, at both ends
          vm = "proxmox:101" | host = "new";vm = "proxmox:101" | /dev | f:7:1: destination.define: is for a machine of libvirt
          host = "old" | vm = "libvirt:w" | /dev | f:6:1: destination.define: is for a machine of libvirt
          vm = "libvirt:w" | vm = "libvirt:w" | /dev | f:6:1: destination.define: is for another host
          host = "old";vm = "libvirt:w" | vm = "libvirt:w" | /srv | f:10:1: disk.to: write a device, in /dev
          host = "old";vm = "libvirt:w";define = true | vm = "libvirt:w" | /dev | f:5:1: source.define: is unknown; known here: host, vm
          """)
  void a_machine_that_cannot_be_defined_is_told_with_its_place(
      String source, String destination, String to, String message) {
    var text =
        """
        name = "web"
        [source]
        %s
        [destination]
        %s
        define = true
        [[disk]]
        from = "vg0/web"
        to = "%s/vg0/web"
        """
            .formatted(source.replace(';', '\n'), destination.replace(';', '\n'), to);
    var refused = assertThrows(UsageException.class, () -> JobFile.parse("f", text));
    Messages.assertSays(refused, message);
  }
}
