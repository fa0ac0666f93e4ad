package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.LvmName;
import org.blkdelta.run.Limit;
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
    assertEquals(new Limit(80 << 20), job.limit());
    assertEquals(2, job.disks().size());
    var disk = job.disks().getFirst();
    assertEquals(new LvmName("vg0", "web"), disk.from());
    assertEquals(300, disk.size().of(1000));
    assertEquals(200, job.disks().getLast().size().of(1000));
    assertEquals("vg0/web to root@new:/dev/vg0/web", job.key(disk));
    assertEquals("vg0/web", job.sourceOf(disk.from()));
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
          size = "30%" | size = "0%" | f:7:14: disk.snapshot.size: write 20% of the volume, or 10G
          size = "30%" | siz = "30%" | f:7:14: disk.snapshot.siz: is unknown; known here: size
          size = "30%" | size = "16777216T" | f:7:14: disk.snapshot.size: is too large; write 20% of the volume, or 10G
          bwlimit = "80M" | bwlimit = "fast" | f:12:1: rounds.bwlimit: write bytes a second, such as 80M
          """)
  void a_fault_is_told_with_its_place(String before, String after, String message) {
    var text = WEB.replace(before, after == null ? "" : after);
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
  void a_third_machine_does_not_run_a_job() {
    var both = WEB.replace("[destination]", "[source]\nhost = \"old\"\n[destination]");
    var refused = assertThrows(UsageException.class, () -> JobFile.parse("f", both));
    Messages.assertSays(refused, "name a host at one side only");
  }
}
