package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.destination.StateStore;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.remote.ExternalClients;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Limit;
import org.blkdelta.run.Standby;
import org.blkdelta.run.Stop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real runs, from a file to another one.
class DiskRunsTest {

  private static final int COLUMN = 8192;

  @TempDir Path folder;

  private DiskRuns runs(JobDisk disk) {
    return runs(disk, Optional.empty(), SshOptions.DEFAULT);
  }

  private DiskRuns runs(JobDisk disk, Optional<Host> destination, SshOptions ssh) {
    var job =
        new Job(
            "web",
            Optional.empty(),
            destination,
            List.of(disk),
            1,
            Limit.NONE,
            Optional.empty(),
            Moves.NONE,
            Optional.empty());
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            new ByteArrayOutputStream(),
            new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
            new StateStore(folder.resolve("state")));
    var reporter = new Reporter(streams, Reporting.USUAL);
    return new DiskRuns(job, ssh, reporter, new Stop(), new Standby(), false);
  }

  @Test
  void a_run_tells_where_it_wrote() throws IOException {
    var bytes = new byte[256 * COLUMN];
    Arrays.fill(bytes, 2 * COLUMN, 3 * COLUMN, (byte) 1);
    var from = Files.write(folder.resolve("disk.img"), bytes);
    var to = Files.write(folder.resolve("copy.img"), new byte[bytes.length]);
    var disk = new JobDisk(new LvmName("vg", "web"), to.toString(), SnapshotSize.USUAL);
    assertEquals("9".repeat(256), runs(disk).copied(disk, from.toString()).places());
    assertArrayEquals(bytes, Files.readAllBytes(to));

    var differs = bytes.clone();
    Arrays.fill(differs, 255 * COLUMN, 256 * COLUMN, (byte) 2);
    Files.write(to, differs);
    var repaired = runs(disk).readingBack().repair(disk, from.toString());
    assertEquals("0".repeat(255) + "9", repaired.places());
    assertEquals(COLUMN, repaired.bytes());
    assertArrayEquals(bytes, Files.readAllBytes(to));
  }

  @Test
  void what_is_ready_is_used_once_and_a_run_that_finds_nothing_logs_in() throws IOException {
    var bytes = new byte[256 * COLUMN];
    Arrays.fill(bytes, 0, COLUMN, (byte) 7);
    var from = Files.write(folder.resolve("disk.img"), bytes);
    var to = Files.write(folder.resolve("copy.img"), new byte[bytes.length]);
    var disk = new JobDisk(new LvmName("vg", "web"), to.toString(), SnapshotSize.USUAL);
    var logins = folder.resolve("logins");
    var client =
        Files.writeString(
            folder.resolve("client"),
            """
            echo login >>'%s'
            for last in "$@"; do :; done
            eval "set -- $last"
            shift
            BLKDELTA_STATE='%s' exec '%s/bin/java' -cp '%s' org.blkdelta.cli.Main "$@"
            """
                .formatted(
                    logins,
                    folder.resolve("state-there"),
                    System.getProperty("java.home"),
                    System.getProperty("java.class.path")));
    var ssh = ExternalClients.options("sh " + client);
    var host = new Host(Optional.empty(), "new", OptionalInt.empty());
    var runs = runs(disk, Optional.of(host), ssh);
    try (var ready = runs.ready(List.of(disk))) {
      assertEquals(List.of("login"), Files.readAllLines(logins));
      runs.copied(disk, from.toString());
      assertArrayEquals(bytes, Files.readAllBytes(to));
      assertEquals(List.of("login"), Files.readAllLines(logins));
      runs.copied(disk, from.toString());
      assertEquals(List.of("login", "login"), Files.readAllLines(logins), ready::toString);
    }
  }
}
