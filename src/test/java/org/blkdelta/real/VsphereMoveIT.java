package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Moves a machine off vSphere by a job, against govmomi's simulator. What the machine writes while
/// it runs is a chain that qemu-img and qemu-io make; qemu-img says what it holds.
final class VsphereMoveIT {

  private static final int SIZE = 8 << 20;
  private static final int KILLS = Integer.getInteger("blkdelta.vsphere.kills", 1);
  private static final int CHAINS = Integer.getInteger("blkdelta.vsphere.chains", 1);
  private static final long SEED = Long.getLong("blkdelta.seed", 1);

  @TempDir Path folder;
  private Path copy = Path.of("");
  private Path up = Path.of("");

  /// How a command ended.
  private record Ended(int status, String said) {

    Ended with(int wanted) {
      assertEquals(wanted, status, said);
      return this;
    }

    Ended saying(String words) {
      assertTrue(said.contains(words), said);
      return this;
    }
  }

  @BeforeEach
  void require() {
    Vsphere.require();
    copy = folder.resolve("copy");
    up = folder.resolve("up");
  }

  private Path job(Vsphere host, String... more) throws IOException {
    try (var file = new RandomAccessFile(copy.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    var text =
        """
        name = "web"
        [source]
        host = "%s"
        vm = "vsphere:%s"
        thumbprint = "%s"
        password_file = "%s"
        [[disk]]
        from = "disk1.vmdk"
        to = "%s"
        [hooks]
        start = ["touch", "%s"]
        is_up = ["test", "-e", "%s"]
        is_off_there = ["test", "!", "-e", "%s"]
        %s
        """
            .formatted(
                host.account(),
                host.machine(),
                host.thumbprint(),
                host.passwordFile(),
                copy,
                up,
                up,
                up,
                String.join("\n", more));
    return Files.writeString(folder.resolve("web.toml"), text);
  }

  private Process start(Object... words) throws IOException {
    var command = new ArrayList<String>();
    command.add(System.getProperty("blkdelta.image") + "/bin/blkdelta");
    for (var word : words) {
      command.add(word.toString());
    }
    var builder = new ProcessBuilder(command);
    builder.environment().put("BLKDELTA_STATE", folder.resolve("state").toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(folder.resolve("said").toFile());
    return builder.start();
  }

  private Ended run(Object... words) throws Exception {
    var process = start(words);
    assertTrue(process.waitFor(400, TimeUnit.SECONDS), "still running");
    return new Ended(
        process.exitValue(), Files.readString(folder.resolve("said"), StandardCharsets.UTF_8));
  }

  /// Has the machine write to a chain of deltas from now on; returns what it then has.
  private byte[] chain(Vsphere host, Random random) throws IOException {
    var names = new ArrayList<String>();
    var below = "disk1.vmdk";
    for (int link = 1; link <= 1 + random.nextInt(3); link++) {
      var name = "disk1-00000%d.vmdk".formatted(link);
      var file = host.folder().resolve(name).toString();
      Files.deleteIfExists(Path.of(file));
      Programs.run("qemu-img", "create", "-q", "-f", "vmdk", "-b", below, "-F", "vmdk", file);
      var writes = new ArrayList<>(List.of("qemu-io", "-f", "vmdk"));
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        long sector = random.nextInt(SIZE / 512 - 512);
        var kind = random.nextInt(4) == 0 ? "-z" : "-P " + (1 + random.nextInt(255));
        writes.add("-c");
        writes.add(
            "write %s %d %d".formatted(kind, sector * 512, 512L * (1 + random.nextInt(512))));
      }
      writes.add(file);
      Programs.run(writes.toArray(String[]::new));
      names.addFirst(name);
      below = name;
    }
    host.writingTo(names.toArray(String[]::new));
    var raw = folder.resolve("top.raw");
    var top = host.folder().resolve(names.getFirst());
    Programs.run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", "" + top, "" + raw);
    return Files.readAllBytes(raw);
  }

  private byte[] copied() throws IOException {
    return Files.readAllBytes(copy);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_machine_is_moved(boolean isCenter) throws Exception {
    try (var host = Vsphere.start(folder, isCenter)) {
      var content = VsphereIT.base(host, folder, 1);
      var job = job(host);
      var plan = run("migrate", "plan", job).with(0).saying("all checks passed");
      plan.saying("takes the snapshot \"blkdelta-web-").saying("machine stop 'vsphere://");
      run("migrate", "cutover", job).with(5).saying("do a round first");
      assertFalse(host.hasSnapshots());
      assertFalse(host.calls().contains("ShutdownGuest"));
      run("migrate", "round", job).with(0).saying("durable");
      assertArrayEquals(content, copied());
      assertTrue(host.hasSnapshots());
      assertEquals(0, host.leases());
      assertEquals("poweredOn", host.power());
      run("migrate", "round", job).with(0).saying("the rest is sent when the machine is off");
      var top = chain(host, new Random(1));
      run("migrate", "cutover", job).with(0).saying("moved in");
      assertArrayEquals(top, copied());
      assertEquals("poweredOff", host.power());
      assertTrue(Files.exists(up));
      run("migrate", "finish", job).with(0).saying("1 snapshot removed");
      assertFalse(host.hasSnapshots());
      assertEquals("Logout", host.calls().getLast());
      assertFalse(Files.readString(job).contains("pass\n"));
    }
  }

  @Test
  void several_disks_are_moved_together() throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      var content = VsphereIT.base(host, folder, 5);
      host.addDisk("disk2.vmdk");
      for (var name : List.of("disk1.vmdk", "disk1-flat.vmdk")) {
        var other = host.folder().resolve(name.replace('1', '2'));
        Files.copy(host.folder().resolve(name), other, StandardCopyOption.REPLACE_EXISTING);
      }
      var descriptor = host.folder().resolve("disk2.vmdk");
      var text = Files.readString(descriptor, StandardCharsets.ISO_8859_1);
      Files.writeString(descriptor, text.replace("disk1-", "disk2-"));
      var job = job(host);
      run("migrate", "plan", job).with(0).saying("is not in the job");
      var second = folder.resolve("second");
      Files.write(second, new byte[SIZE]);
      var both =
          Files.readString(job)
              .replace(
                  "[hooks]",
                  "[[disk]]\nfrom = \"disk2.vmdk\"\nto = \"%s\"\n[hooks]".formatted(second));
      Files.writeString(job, both);
      run("migrate", "round", job).with(0);
      assertArrayEquals(content, copied());
      assertArrayEquals(content, Files.readAllBytes(second));
      assertEquals(1, host.calls().stream().filter("ExportSnapshot"::equals).count());
      assertEquals(0, host.leases());
    }
  }

  @Test
  void what_fails_before_the_hand_over_leaves_the_machine_on() throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      VsphereIT.base(host, folder, 2);
      var job = job(host, "[cutover]", "stop_within = \"10s\"", "deadline = \"40s\"");
      run("migrate", "round", job).with(0);
      host.answering("ShutdownGuest", Vsphere.fault("ToolsUnavailable", "no tools", ""));
      run("migrate", "cutover", job).with(11).saying("without VMware Tools");
      assertEquals("poweredOn", host.power());
      host.mend();
      var top = chain(host, new Random(2));
      host.answering("/folder", (exchange, body) -> Vsphere.say(exchange, 503, ""));
      run("migrate", "cutover", job).with(11).saying("HTTP 503");
      assertEquals("poweredOn", host.power());
      assertFalse(Files.exists(up));
      host.mend();
      run("migrate", "cutover", job).with(0);
      assertArrayEquals(top, copied());
    }
  }

  @Test
  void a_machine_that_was_moved_is_taken_back_and_moved_again() throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      VsphereIT.base(host, folder, 3);
      var job = job(host, "[cutover]", "verify = \"all\"");
      run("migrate", "round", job).with(0);
      chain(host, new Random(3));
      run("migrate", "cutover", job).with(0);
      run("migrate", "rollback", job).with(5).saying("stop the machine at the destination first");
      Files.delete(up);
      run("migrate", "rollback", job).with(0).saying("the source runs again");
      assertEquals("poweredOn", host.power());
      Files.write(copy, new byte[SIZE]); // the machine there has written to it
      var top = chain(host, new Random(4));
      run("migrate", "cutover", job).with(0).saying("compares all of");
      assertArrayEquals(top, copied());
      run("migrate", "finish", job).with(0);
      assertFalse(host.hasSnapshots());
    }
  }

  @Test
  void what_is_in_the_way_is_found_before_anything_is_touched() throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      VsphereIT.base(host, folder, 4);
      var job = job(host);
      host.saying("<diskMode>independent_persistent</diskMode>");
      Files.writeString(copy, "short");
      var plan = run("migrate", "plan", job).with(5);
      plan.saying("is independent").saying("make it larger");
      run("migrate", "round", job).with(5).saying("is independent");
      assertFalse(host.calls().contains("CreateSnapshot_Task"));
    }
  }

  @Test
  void random_chains_arrive_as_they_are() throws Exception {
    var random = new Random(SEED);
    for (int i = 0; i < CHAINS; i++) {
      var own = Files.createDirectories(folder.resolve("chain" + i));
      try (var host = Vsphere.start(own, i % 2 == 1)) {
        VsphereIT.base(host, own, random.nextLong());
        Files.deleteIfExists(up);
        forget();
        var job = job(host, "[cutover]", "when = \"now\"");
        run("migrate", "round", job).with(0);
        var top = chain(host, random);
        run("migrate", "run", job).with(0);
        assertArrayEquals(top, copied(), "seed %d, chain %d".formatted(SEED, i));
      }
    }
  }

  private void forget() throws IOException {
    Programs.run("rm", "-rf", folder.resolve("state").toString());
  }

  /// Kills the job, or all of it with its guardian, at random; then it is run again until it ends.
  @Test
  void a_job_that_is_killed_is_right_or_rolled_back_when_it_is_run_again() throws Exception {
    var random = new Random(SEED);
    int killed = 0;
    for (int i = 0; killed < KILLS; i++) {
      var which = "seed %d, kill %d".formatted(SEED, i);
      var own = Files.createDirectories(folder.resolve("kill" + i));
      try (var host = Vsphere.start(own, i % 2 == 1)) {
        VsphereIT.base(host, own, random.nextLong());
        Files.deleteIfExists(up);
        forget();
        var job = job(host, "[cutover]", "when = \"now\"", "lease = \"15s\"");
        byte[] top = {};
        if (random.nextInt(4) > 0) {
          run("migrate", "round", job).with(0);
          top = chain(host, random);
        }
        var process = start("migrate", "run", job);
        if (!process.waitFor(random.nextInt(9000), TimeUnit.MILLISECONDS)) {
          killed++;
          kill(process, random.nextBoolean());
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), which);
        int left = host.leases(); // of a leader that was killed: the host ends it by itself
        var again = run("migrate", "run", job);
        if (again.status() == 11 || again.status() == 6) {
          assertEquals("poweredOn", host.power(), which + again.said());
          again = run("migrate", "run", job);
        }
        again.with(0);
        if (top.length > 0) {
          assertArrayEquals(top, copied(), which);
        }
        assertEquals("poweredOff", host.power(), which);
        assertTrue(Files.exists(up), which);
        run("migrate", "finish", job).with(0);
        assertFalse(host.hasSnapshots(), which);
        assertEquals(left, host.leases(), which);
      }
    }
    System.out.printf("VsphereMoveIT: killed %d jobs, seed %d%n", killed, SEED);
  }

  private static void kill(Process job, boolean withGuardian) {
    var all = new ArrayList<>(job.descendants().toList());
    all.add(job.toHandle());
    all.stream()
        .filter(each -> withGuardian || !isGuardian(each))
        .forEach(ProcessHandle::destroyForcibly);
  }

  /// Returns whether a process is the guardian, its loop, or a hook of theirs.
  private static boolean isGuardian(ProcessHandle process) {
    return Stream.iterate(
            Optional.of(process), Optional::isPresent, each -> each.flatMap(ProcessHandle::parent))
        .flatMap(Optional::stream)
        .anyMatch(each -> each.info().commandLine().orElse("").contains(" guardian "));
  }
}
