package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.blkdelta.cli.Launched;
import org.blkdelta.remote.OpenSshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `blkdelta copy` and `verify` as a user runs them, with a real OpenSSH server on the loopback
/// address: both ways round, and from one such server to another.
class CopyOverSshIT {

  private static final int SIZE = 16 << 20;
  private static final int LARGE = 256 << 20;

  /// What is flushed before anything behind it is written.
  private static final int DURABLE = 64 << 20;

  @TempDir private Path temp;
  private OpenSshServer server;
  private Path source;
  private Path copy;

  @BeforeEach
  void start() throws IOException {
    OpenSshServer.assumeInstalled();
    server = OpenSshServer.start();
    Files.writeString(
        temp.resolve("config"),
        "Host *\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n"
            .formatted(server.knownHosts()));
    remote("exec \"$blkdelta\" \"$@\"");
    source = temp.resolve("source");
    copy = temp.resolve("copy");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void a_volume_is_copied_compared_and_repaired_every_way() throws Exception {
    var content = random(SIZE);
    Arrays.fill(content, 4 << 20, 9 << 20, (byte) 0);
    Files.write(source, content);
    for (var way : ways()) {
      Files.deleteIfExists(copy);
      assertEquals(5, run("copy", way).status());
      assertEquals(0, run("copy --create", way).status());
      assertEquals(-1, Files.mismatch(source, copy));
      assertEquals(0, run("verify", way).status());
      flip(copy, 5 << 20);
      var found = run("verify --extents", way);
      assertEquals(3, found.status(), found.err());
      assertEquals((5 << 20) + " 4096\n", found.out());
      var repaired = run("verify --repair", way);
      assertEquals(0, repaired.status(), repaired.err());
      assertEquals(-1, Files.mismatch(source, copy));
    }
  }

  @Test
  void an_image_and_an_export_are_read_and_written_at_the_far_end() throws Exception {
    NbdServer.require();
    var content = random(SIZE);
    Arrays.fill(content, 4 << 20, 9 << 20, (byte) 0);
    Files.write(source, content);
    var images = new QemuImages(temp);
    var image = temp.resolve("copy.qcow2");
    var pushed = List.of(source.toString(), there(image));
    assertEquals(5, run("copy", pushed).status());
    assertEquals(0, run("copy --create --format qcow2", pushed).status());
    var compare = "qemu-img compare -q -f raw -F qcow2 source copy.qcow2".split(" ");
    images.run(compare);
    flip(source, 5 << 20);
    assertEquals(3, run("verify", pushed).status());
    assertEquals(0, run("verify --repair", pushed).status());
    images.run(compare);
    assertEquals(0, run("copy --create", List.of(there(image), copy.toString())).status());
    assertEquals(-1, Files.mismatch(source, copy));
    assertEquals(0, run("verify", List.of(there(image), copy.toString())).status());

    flip(source, 7 << 20);
    try (var server = NbdServer.writable(temp, "qcow2", image, "--shared=2")) {
      var export = "root@127.0.0.1:" + server.uri("");
      var there = List.of(source.toString(), export);
      var port = " -p " + this.server.port();
      assertEquals(3, run("verify" + port, there).status());
      var repaired = run("verify --repair" + port, there);
      assertEquals(0, repaired.status(), repaired.err());
      var pulled = run("copy --overwrite" + port, List.of(export, copy.toString()));
      assertEquals(0, pulled.status(), pulled.err());
    }
    images.run(compare);
    assertEquals(-1, Files.mismatch(source, copy));
  }

  @Test
  void a_volume_is_copied_compressed_every_way() throws Exception {
    var content = random(SIZE);
    Arrays.fill(content, 4 << 20, 12 << 20, (byte) 7);
    Files.write(source, content);
    for (var way : ways()) {
      Files.deleteIfExists(copy);
      var run = run("copy --create --json --compress=1", way);
      assertEquals(0, run.status(), run.err());
      assertEquals(-1, Files.mismatch(source, copy));
      var travelled = Pattern.compile("\"wireBytes\":(\\d+)").matcher(run.out());
      assertTrue(travelled.find(), run.out());
      assertTrue(Long.parseLong(travelled.group(1)) < SIZE * 5 / 8, travelled.group());
    }
  }

  @Test
  void what_fails_there_fails_here() throws Exception {
    Files.write(source, random(SIZE));
    Files.write(copy, new byte[SIZE]);
    assertEquals(4, run("copy", List.of(there(temp.resolve("absent")), copy.toString())).status());
    assertEquals(5, run("copy", List.of(there(copy), copy.toString())).status());
    remote("echo Welcome; exec \"$blkdelta\" \"$@\"");
    var noise = run("copy", List.of(there(source), copy.toString()));
    assertEquals(6, noise.status(), noise.err());
    remote("\"$blkdelta\" \"$@\" | dd bs=512 count=6000 status=none");
    var cut = run("copy", List.of(there(source), copy.toString()));
    assertEquals(7, cut.status(), cut.err());
    var half = run("verify", List.of(there(source), copy.toString()));
    assertEquals(3, half.status(), half.err()); // its stream of digests is shorter than that
    remote("\"$blkdelta\" \"$@\" | head -c 30000");
    var unread = run("verify", List.of(there(source), copy.toString()));
    assertEquals(4, unread.status(), unread.err());
    remote("exec \"$blkdelta\" \"$@\"");
    assertEquals(0, run("copy", List.of(there(source), copy.toString())).status());
    assertEquals(-1, Files.mismatch(source, copy));
  }

  @Test
  void a_sender_that_is_killed_leaves_a_state_that_a_second_run_mends() throws Exception {
    Files.write(source, random(LARGE));
    mendsAfterKilling("send", List.of(there(source), copy.toString()));
  }

  @Test
  void whoever_is_killed_of_two_others_a_second_run_mends_it() throws Exception {
    Files.write(source, random(LARGE));
    mendsAfterKilling("send", List.of(there(source), there(copy)));
    mendsAfterKilling("receive", List.of(there(source), there(copy)));
  }

  /// Kills what runs at a far end in the middle of a copy, and checks what a second one makes.
  ///
  /// @param victim the command that it runs
  private void mendsAfterKilling(String victim, List<String> way) throws Exception {
    Files.write(copy, new byte[LARGE]);
    var pid = temp.resolve("pid");
    remote("[ $1 != %s ] || echo $$ >%s; exec \"$blkdelta\" \"$@\"".formatted(victim, pid));
    try (var copying = start("copy --bwlimit 32M --retries=0", way)) {
      awaitChange(copy, DURABLE);
      new ProcessBuilder("kill", "-KILL", Files.readString(pid).strip()).start().waitFor();
      assertEquals(7, copying.status(), copying.stderr());
    }
    assertEquals(3, run("verify", way).status());
    var again = run("copy --json", way);
    assertEquals(0, again.status(), again.err());
    var bytes = JsonParser.parseString(again.out()).getAsJsonObject().get("bytes").getAsLong();
    assertTrue(bytes <= LARGE - DURABLE, "sent again: " + bytes);
    assertEquals(-1, Files.mismatch(source, copy));
  }

  @Test
  void what_is_wrong_with_two_others_is_told_before_anything_is_written() throws Exception {
    Files.write(source, random(SIZE));
    Files.write(copy, new byte[SIZE / 2]);
    var way = List.of(there(source), there(copy));
    assertEquals(5, run("copy", way).status()); // is smaller
    assertEquals(4, run("copy", List.of(there(temp.resolve("absent")), there(copy))).status());
    assertEquals(5, run("copy", List.of(there(source), there(source))).status());
    assertEquals(5, run("copy", List.of(there(source), there(temp.resolve("absent")))).status());
    assertArrayEquals(new byte[SIZE / 2], Files.readAllBytes(copy));
    Files.write(copy, new byte[SIZE]);
    var rehearsed = run("copy --dry-run", way);
    assertEquals(0, rehearsed.status(), rehearsed.err());
    assertArrayEquals(new byte[SIZE], Files.readAllBytes(copy));
  }

  private record Run(int status, String out, String err) {}

  /// From here, to here, and neither.
  private List<List<String>> ways() {
    return List.of(
        List.of(source.toString(), there(copy)),
        List.of(there(source), copy.toString()),
        List.of(there(source), there(copy)));
  }

  private String there(Path path) {
    return "ssh://root@127.0.0.1:" + server.port() + path;
  }

  private Run run(String command, List<String> operands) throws IOException {
    try (var launched = start(command, operands)) {
      var out = new String(launched.stdout().readAllBytes(), UTF_8);
      return new Run(launched.status(), out, launched.stderr());
    }
  }

  private Launched start(String command, List<String> operands) throws IOException {
    var words = new ArrayList<Object>(List.of(command.split(" ", -1)));
    words.addAll(List.of("-q", "-F", temp.resolve("config"), "-i", server.identity()));
    words.addAll(operands);
    return Launched.start(temp, words.toArray());
  }

  /// Returns when something of the copy is not zero any more, there.
  private static void awaitChange(Path copy, long offset) throws IOException {
    long start = System.nanoTime();
    try (var file = FileChannel.open(copy)) {
      var page = ByteBuffer.allocate(4096);
      do {
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60), "nothing arrives");
        Thread.onSpinWait();
        file.read(page.clear(), offset);
      } while (page.flip().mismatch(ByteBuffer.allocate(4096)) < 0);
    }
  }

  /// Makes a `blkdelta` in the PATH of the server's sessions; `$blkdelta` is the real one.
  private void remote(String script) throws IOException {
    var file = server.bin().resolve("blkdelta");
    Files.writeString(
        file,
        "#!/bin/sh\nexport BLKDELTA_STATE='%s'\nblkdelta='%s/bin/blkdelta'\n%s\n"
            .formatted(temp.resolve("state"), System.getProperty("blkdelta.image"), script));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static byte[] random(int size) {
    var bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static void flip(Path file, long offset) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      channel.write(one.put(0, (byte) (one.get(0) ^ 1)).flip(), offset);
    }
  }
}
