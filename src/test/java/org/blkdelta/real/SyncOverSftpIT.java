package org.blkdelta.real;

import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.blkdelta.cli.Launched;
import org.blkdelta.remote.OpenSshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `blkdelta sync` of a VMware chain whose files a real OpenSSH sftp-server has.
class SyncOverSftpIT {

  private static final int SECTOR = 512;
  private static final int SECTORS = 20_001;

  @TempDir private Path temp;
  private OpenSshServer server;
  private Path there;

  @BeforeEach
  void start() throws IOException {
    OpenSshServer.assumeInstalled();
    server = OpenSshServer.start("Subsystem sftp internal-sftp");
    Files.writeString(
        temp.resolve("config"),
        "Host *\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n"
            .formatted(server.knownHosts()));
    there = Files.createDirectory(temp.resolve("vm it's"));
    link("vm.vmdk", 1, "ffffffff", "", "RW %d VMFS \"vm-flat.vmdk\"");
    link("vm-1.vmdk", 2, "00000001", "vm.vmdk", "RW %d VMFSSPARSE \"vm-1-delta.vmdk\"");
    link("vm-2.vmdk", 3, "00000002", "vm-1.vmdk", "RW %d VMFSSPARSE \"vm-2-delta.vmdk\"");
    Files.write(there.resolve("vm-flat.vmdk"), full(0x11));
    var first = cowd(SECTORS).grain(3, 0xa1).grain(9_000, 0xa2).grain(20_000, 0xa3);
    Files.write(there.resolve("vm-1-delta.vmdk"), first.build().bytes());
    var second = cowd(SECTORS).grain(3, 0xb1).grain(4, 0xb2).zero(9_000);
    Files.write(there.resolve("vm-2-delta.vmdk"), second.build().bytes());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void the_chain_is_followed_there_and_written_here() throws Exception {
    var copy = Files.write(temp.resolve("copy.img"), full(0x11));
    var run = run("sync", "vm-2.vmdk", List.of("--base=assume", copy.toString()));
    assertEquals(0, run.status(), run.err());
    assertEquals(-1, Files.mismatch(copy, newest()));
  }

  @Test
  void rounds_end_where_one_run_does() throws Exception {
    var copy = Files.write(temp.resolve("copy.img"), full(0x11));
    var first =
        run("sync", "vm-1.vmdk", List.of("--base=assume", "--since", "vm.vmdk", copy.toString()));
    assertEquals(0, first.status(), first.err());
    var second = run("sync", "vm-2.vmdk", List.of("--since", "vm-1.vmdk", copy.toString()));
    assertEquals(0, second.status(), second.err());
    assertEquals(-1, Files.mismatch(copy, newest()));
  }

  @Test
  void a_base_is_sent_whole_and_a_chain_can_be_inspected() throws Exception {
    var copy = Files.write(temp.resolve("copy.img"), full(0x77));
    var run = run("sync", "vm.vmdk", List.of(copy.toString()));
    assertEquals(0, run.status(), run.err());
    assertTrue(run.err().contains("(no parent): the whole disk is sent"), run.err());
    assertEquals(-1, Files.mismatch(copy, there.resolve("vm-flat.vmdk")));
    var inspected = run("inspect", "vm-2.vmdk", List.of("--extents"));
    assertEquals("1536 1024 data\n4608000 512 zero\n10240000 512 data\n", inspected.out());
  }

  @Test
  void a_parent_that_is_missing_there_is_refused_by_its_name() throws Exception {
    Files.delete(there.resolve("vm-1.vmdk"));
    var copy = Files.write(temp.resolve("copy.img"), full(0x11));
    var run = run("sync", "vm-2.vmdk", List.of(copy.toString()));
    assertEquals(4, run.status(), run.err());
    assertTrue(
        run.err()
            .contains("127.0.0.1:" + there.resolve("vm-2.vmdk") + ": its parent \"vm-1.vmdk\""),
        run.err());
    assertEquals(0x11, Files.readAllBytes(copy)[3 * SECTOR]);
  }

  @Test
  void the_chain_is_written_on_a_third_machine() throws Exception {
    var copy = Files.write(temp.resolve("copy.img"), full(0x11));
    var program = server.bin().resolve("blkdelta");
    Files.writeString(
        program,
        "#!/bin/sh\nBLKDELTA_STATE='%s' exec '%s/bin/blkdelta' \"$@\"\n"
            .formatted(temp.resolve("state"), System.getProperty("blkdelta.image")));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    var third = "ssh://root@127.0.0.1:%d%s".formatted(server.port(), copy);
    var run = run("sync", "vm-2.vmdk", List.of("--base=assume", third));
    assertEquals(0, run.status(), run.err());
    assertEquals(-1, Files.mismatch(copy, newest()));
  }

  private record Run(int status, String out, String err) {}

  private Run run(String command, String file, List<String> rest) throws Exception {
    var image = System.getProperty("blkdelta.image");
    var words = new ArrayList<>(Launched.HEARING_INT);
    words.addAll(List.of(image + "/bin/blkdelta", command));
    words.addAll(List.of("-F", temp.resolve("config").toString()));
    words.addAll(List.of("-i", server.identity().toString()));
    words.addAll(List.of("-p", Integer.toString(server.port())));
    words.add("root@127.0.0.1:" + there.resolve(file));
    words.addAll(rest);
    var builder = new ProcessBuilder(words);
    builder.environment().put("BLKDELTA_STATE", temp.resolve("state").toString());
    builder.environment().remove("SSH_AUTH_SOCK");
    builder.redirectOutput(temp.resolve("out").toFile());
    builder.redirectError(temp.resolve("err").toFile());
    var process = builder.start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still running");
    return new Run(
        process.exitValue(),
        Files.readString(temp.resolve("out")),
        Files.readString(temp.resolve("err")));
  }

  private void link(String name, int cid, String parent, String hint, String extent)
      throws IOException {
    var kind = hint.isEmpty() ? "vmfs" : "vmfsSparse";
    Files.writeString(
        there.resolve(name),
        "version=1\nCID=%08x\nparentCID=%s\ncreateType=\"%s\"\nparentFileNameHint=\"%s\"\n%s\n"
            .formatted(cid, parent, kind, hint, extent.formatted(SECTORS)));
  }

  private Path newest() throws IOException {
    var disk = full(0x11);
    fill(disk, 3, 0xb1);
    fill(disk, 4, 0xb2);
    fill(disk, 9_000, 0);
    fill(disk, 20_000, 0xa3);
    return Files.write(temp.resolve("newest.img"), disk);
  }

  private static void fill(byte[] disk, int sector, int value) {
    Arrays.fill(disk, sector * SECTOR, (sector + 1) * SECTOR, (byte) value);
  }

  private static byte[] full(int value) {
    var disk = new byte[SECTORS * SECTOR];
    Arrays.fill(disk, (byte) value);
    return disk;
  }
}
