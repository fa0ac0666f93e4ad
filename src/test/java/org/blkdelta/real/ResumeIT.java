package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.blkdelta.cli.Launched;
import org.blkdelta.remote.OpenSshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs that are killed at random moments, at either end, and begun again.
class ResumeIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 6);
  private static final int SIZE = 256 << 20;
  private static final int PACE = 64 << 20;

  @TempDir private Path temp;
  private OpenSshServer server;
  private Path copy;

  @BeforeEach
  void start() throws IOException {
    OpenSshServer.assumeInstalled();
    server = OpenSshServer.start();
    Files.writeString(
        temp.resolve("config"),
        "Host *\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n"
            .formatted(server.knownHosts()));
    var receiver = server.bin().resolve("blkdelta");
    Files.writeString(
        receiver,
        "#!/bin/sh\nexport BLKDELTA_STATE='%s'\necho $$ >'%s'\nexec '%s' \"$@\"\n"
            .formatted(state(), pid(), launcher()));
    Files.setPosixFilePermissions(receiver, PosixFilePermissions.fromString("rwxr-xr-x"));
    copy = temp.resolve("copy.img");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void killed_runs_end_where_one_run_does_and_send_little_twice() throws Exception {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println("ResumeIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    var random = new Random(seed);
    var disk = disk(random);
    int resumed = 0;
    int killed = 0;
    int killedReceivers = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(copy, new byte[SIZE]);
      boolean isRemote = random.nextInt(4) > 0;
      var destination = isRemote ? "root@127.0.0.1:" + copy : copy.toString();
      for (int kills = 1 + random.nextInt(2); kills > 0; kills--) {
        Files.deleteIfExists(pid());
        var run = sync(disk, destination);
        if (random.nextInt(3) > 0) {
          awaitProgress(run);
        }
        if (!run.waitFor(random.nextInt(1500), TimeUnit.MILLISECONDS)) {
          boolean isReceiver = isRemote && Files.exists(pid()) && (round + kills) % 2 == 0;
          kill(isReceiver ? receiver() : run.pid());
          killedReceivers += isReceiver ? 1 : 0;
          killed++;
        }
        assertTrue(run.waitFor(60, TimeUnit.SECONDS), "still running");
        for (var session : server.sessions()) {
          session.onExit().get(60, TimeUnit.SECONDS);
        }
      }
      long durable = durable();
      var last = sync(disk, destination);
      assertTrue(last.waitFor(120, TimeUnit.SECONDS), "still running");
      assertEquals(0, last.exitValue(), Files.readString(temp.resolve("err")));
      assertEquals(-1, Files.mismatch(temp.resolve("vm-flat.vmdk"), copy), "round " + round);
      var json = JsonParser.parseString(Files.readString(temp.resolve("out"))).getAsJsonObject();
      long sent = json.get("bytes").getAsLong();
      assertTrue(sent <= SIZE - durable, "sent %d with %d durable".formatted(sent, durable));
      resumed += durable > 0 ? 1 : 0;
    }
    System.out.printf(
        "ResumeIT: %d of %d went on in the middle; killed %d senders or whole runs, %d receivers%n",
        resumed, ROUNDS, killed - killedReceivers, killedReceivers);
    assertTrue(resumed > 0, "no run was killed between its first flush and its end");
  }

  /// Waits until something is durable, or the run has ended.
  private void awaitProgress(Process run) throws Exception {
    while (!run.waitFor(20, TimeUnit.MILLISECONDS)) {
      if (known() > 0) {
        return;
      }
    }
  }

  /// Returns how far the medium is known to be right, and checks that all of that is there.
  private long durable() throws IOException {
    long durable = known();
    long differs = Files.mismatch(temp.resolve("vm-flat.vmdk"), copy);
    assertTrue(differs < 0 || differs >= durable, differs + " is not durable");
    assertTrue(differs < 0 || differs < durable + 2L * PACE, differs + " is far behind " + durable);
    return durable;
  }

  /// Returns what is remembered of the destination: the offset up to which it is durable.
  private long known() throws IOException {
    if (Files.notExists(state())) {
      return 0;
    }
    try (var files = Files.list(state())) {
      var file = files.filter(name -> name.toString().endsWith(".json")).findFirst();
      return file.isEmpty()
          ? 0
          : JsonParser.parseString(Files.readString(file.get()))
              .getAsJsonObject()
              .getAsJsonArray("states")
              .get(0)
              .getAsJsonObject()
              .get("durableUpTo")
              .getAsLong();
    }
  }

  private Path disk(Random random) throws IOException {
    var bytes = new byte[SIZE];
    random.nextBytes(bytes);
    Files.write(temp.resolve("vm-flat.vmdk"), bytes);
    return Files.writeString(
        temp.resolve("vm.vmdk"),
        "version=1\nCID=00000005\nparentCID=ffffffff\ncreateType=\"vmfs\"\nRW %d VMFS \"vm-flat.vmdk\"\n"
            .formatted(SIZE / 512));
  }

  private Process sync(Path disk, String destination) throws IOException {
    var words = new ArrayList<>(Launched.HEARING_INT);
    words.addAll(List.of(launcher(), "sync", "--json", "--progress=none"));
    words.addAll(List.of("-F", temp.resolve("config").toString()));
    words.addAll(List.of("-i", server.identity().toString()));
    words.addAll(List.of("-p", Integer.toString(server.port())));
    words.addAll(List.of(disk.toString(), destination));
    var builder = new ProcessBuilder(words);
    builder.environment().put("BLKDELTA_STATE", state().toString());
    builder.environment().remove("SSH_AUTH_SOCK");
    builder.redirectOutput(temp.resolve("out").toFile());
    builder.redirectError(temp.resolve("err").toFile());
    return builder.start();
  }

  private static void kill(long pid) throws Exception {
    new ProcessBuilder("kill", "-KILL", Long.toString(pid)).start().waitFor();
  }

  private long receiver() throws IOException {
    return Long.parseLong(Files.readString(pid()).strip());
  }

  private Path pid() {
    return temp.resolve("pid");
  }

  private Path state() {
    return temp.resolve("state");
  }

  private static String launcher() {
    return System.getProperty("blkdelta.image") + "/bin/blkdelta";
  }
}
