package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.blkdelta.cli.Cli;
import org.blkdelta.nbd.WritableExport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rounds on the running disk of a real QEMU, which a guest writes to meanwhile: one numbered
/// record after the other. So a copy is a frozen state if it has all of them up to one, and none
/// after it.
class QmpIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 5);
  private static final int KILLS = Integer.getInteger("blkdelta.kills", 2);
  private static final long SEED = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));

  private static final int SIZE = 32 << 20;
  private static final int RECORD = 4096;

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final List<Integer> places = new ArrayList<>();
  private Path disk;
  private Path copy;
  private RunningQemu qemu;

  @BeforeEach
  void start() throws Exception {
    System.out.println("QmpIT: seed " + SEED + " (again with -Dblkdelta.seed=" + SEED + ")");
    disk = folder.resolve("disk.raw");
    copy = folder.resolve("copy");
    var content = new byte[SIZE];
    for (int at = 0; at < SIZE / 2; at += RECORD) {
      content[at + 9] = 7; // records are longer, so this stays
    }
    Files.write(disk, content);
    qemu = RunningQemu.start(folder, disk);
  }

  @AfterEach
  void end() throws IOException {
    qemu.close();
  }

  @Test
  void rounds_while_a_guest_writes() throws Exception {
    qemu.serve();
    var uri = qemu.uri("&server=" + qemu.server());
    long bytes = 0;
    int behind = 0;
    try (var guest = new Guest()) {
      for (int round = 0; round <= ROUNDS; round++) {
        guest.checkAlive();
        int before = guest.written();
        var run =
            round == 0
                ? Cli.run("copy", "--create", uri, copy).ok()
                : Cli.run("sync", "--json", uri, copy).ok();
        int after = guest.written();
        int frozen = checkFrozen(before, after);
        behind += after - frozen;
        bytes += round == 0 ? 0 : bytes(run.stdout());
        assertEquals(List.of(), qemu.leftovers());
        assertEquals(1, qemu.bitmaps().size(), qemu.bitmaps().toString());
      }
      System.out.printf(
          "QmpIT: %d rounds, %d records written, %d of them while a round went on, %d bytes sent%n",
          ROUNDS, guest.written(), behind, bytes);
    }
  }

  private static long bytes(String json) {
    return JsonParser.parseString(json).getAsJsonObject().get("bytes").getAsLong();
  }

  @Test
  void rounds_by_a_server_of_our_own() throws Exception {
    Cli.run("copy", "--create", qemu.uri(""), copy).ok();
    for (int round = 0; round < 3; round++) {
      write(20);
      Cli.run("sync", "--verify", qemu.uri(""), copy).ok();
      assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(copy));
      assertEquals(List.of(), qemu.leftovers());
      assertEquals(1, qemu.bitmaps().size());
    }
    Cli.run("verify", qemu.uri(""), copy).ok();
    assertEquals(1, qemu.bitmaps().size());
  }

  /// Kills a run at a random moment, and lets another one finish.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void kills(boolean isServed) throws Exception {
    var uri = qemu.uri(isServed ? "&server=" + qemu.server() : "");
    if (isServed) {
      qemu.serve();
    }
    Cli.run("copy", "--create", uri, copy).ok();
    long usual = time(uri);
    int left = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      if (isServed) {
        try (var guest = new Guest()) {
          left += killed(uri, usual);
          round(uri, guest);
        }
      } else {
        write(10);
        left += killed(uri, usual);
        Cli.run("sync", uri, copy).ok();
        assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(copy));
      }
      assertEquals(List.of(), qemu.leftovers());
      assertEquals(1, qemu.bitmaps().size(), qemu.bitmaps().toString());
    }
    System.out.printf("QmpIT: %d kills, %d of them left something in QEMU%n", KILLS, left);
  }

  @Test
  void a_signal_leaves_nothing() throws Exception {
    Cli.run("copy", "--create", qemu.uri(""), copy).ok();
    long usual = time(qemu.uri(""));
    for (int kill = 0; kill < KILLS; kill++) {
      write(10);
      var process = process(qemu.uri(""));
      process.waitFor(random.nextLong(usual), TimeUnit.MILLISECONDS);
      process.destroy();
      process.waitFor();
      assertEquals(List.of(), qemu.leftovers());
      assertEquals(1, qemu.bitmaps().size(), qemu.bitmaps().toString());
    }
    Cli.run("sync", qemu.uri(""), copy).ok();
    assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(copy));
  }

  @Test
  void a_qemu_that_was_started_again_knows_nothing() throws Exception {
    Cli.run("copy", "--create", qemu.uri(""), copy).ok();
    var process = process(qemu.uri(""));
    process.waitFor(random.nextLong(1000), TimeUnit.MILLISECONDS);
    qemu.close();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    Files.deleteIfExists(folder.resolve("qmp"));
    Files.deleteIfExists(folder.resolve("test.qmp"));
    qemu = RunningQemu.start(folder, disk);
    refused(4, "QEMU does not know what changed", "sync", qemu.uri(""), copy);
    Cli.run("verify", "--repair", qemu.uri(""), copy).ok();
    write(10);
    assertTrue(
        Cli.run("inspect", qemu.uri("")).ok().stdout().contains("running disk of QEMU of 32 MiB"));
    Cli.run("sync", qemu.uri(""), copy).ok();
    assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(copy));
    assertEquals(List.of(), qemu.leftovers());
  }

  private void round(String uri, Guest guest) throws Exception {
    guest.checkAlive();
    int before = guest.written();
    Cli.run("sync", uri, copy).ok();
    checkFrozen(before, guest.written());
  }

  /// Returns how many milliseconds a run takes as a process of its own.
  private long time(String uri) throws Exception {
    long start = System.nanoTime();
    assertEquals(0, process(uri).waitFor());
    return (System.nanoTime() - start) / 1_000_000;
  }

  /// Returns 1 if there was something left then.
  private int killed(String uri, long usual) throws Exception {
    var process = process(uri);
    process.waitFor(random.nextLong(usual), TimeUnit.MILLISECONDS);
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
    return qemu.leftovers().isEmpty() ? 0 : 1;
  }

  private Process process(String uri) throws IOException {
    var builder =
        new ProcessBuilder(
            System.getProperty("blkdelta.image") + "/bin/blkdelta", "sync", uri, copy.toString());
    builder
        .environment()
        .put("BLKDELTA_STATE", Path.of("target/state-of-tests").toAbsolutePath().toString());
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("killed.log").toFile());
    return builder.start();
  }

  @Test
  void refusals() throws Exception {
    refused(4, "but disk; name one of these", "copy", "--create", uri("nodisk"), copy);
    refused(
        4,
        "QEMU does not know what changed",
        "sync",
        qemu.uri(""),
        Files.write(copy, new byte[SIZE]));
    Files.delete(copy);
    Cli.run("copy", "--create", qemu.uri(""), copy).ok();
    qemu.serve();
    refused(4, "only NBD server is in use already", "sync", qemu.uri(""), copy);
    qemu.endServing();
    refused(6, "cannot be reached", "sync", qemu.uri("").replace("/qmp&", "/none&"), copy);
    refused(
        5,
        "no scratch folder",
        "sync",
        qemu.uri("").replace("scratch=" + folder, "scratch=/dev/none"),
        copy);
    refused(2, "is only read", "copy", copy, qemu.uri(""));
    // one that missed a round
    var second = folder.resolve("second");
    Files.copy(copy, second);
    write(5);
    Cli.run("copy", "--create", qemu.uri(""), folder.resolve("third")).ok();
    write(5);
    refused(5, "send what starts from there", "sync", qemu.uri(""), copy);
    Cli.run("sync", qemu.uri(""), folder.resolve("third")).ok();
    Cli.run("sync", "--dry-run", qemu.uri(""), folder.resolve("third")).ok();
    assertEquals(List.of(), qemu.leftovers());
    assertEquals(1, qemu.bitmaps().size());
  }

  @Test
  void a_comparison_repairs_and_the_rounds_go_on() throws Exception {
    Files.write(copy, new byte[SIZE]);
    write(10);
    Cli.run("verify", "--repair", qemu.uri(""), copy).ok();
    assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(copy));
    write(10);
    Cli.run("sync", qemu.uri(""), copy).ok();
    assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(copy));
  }

  private String uri(String node) {
    return qemu.uri("").replace("///disk?", "///" + node + "?");
  }

  private static void refused(int status, String what, Object... words) {
    var run = Cli.run(words);
    assertEquals(status, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
  }

  /// Writes records while no round goes on.
  private void write(int count) throws Exception {
    qemu.serve();
    try (var export = qemu.guest()) {
      for (int i = 0; i < count; i++) {
        record(export);
      }
    }
    qemu.endServing();
  }

  /// Writes the next record, and waits until it is there.
  private void record(WritableExport export) throws IOException {
    int place;
    int number;
    synchronized (places) {
      place = random.nextInt(SIZE / RECORD);
      places.add(place);
      number = places.size();
    }
    export.write(ByteBuffer.allocate(RECORD).putLong(0, number), (long) place * RECORD);
    export.sync();
  }

  /// Checks that the copy is the disk after one of the records, and returns which.
  private int checkFrozen(int least, int most) throws IOException {
    var bytes = Files.readAllBytes(copy);
    int last = 0;
    for (int at = 0; at < SIZE; at += RECORD) {
      last = Math.max(last, (int) ByteBuffer.wrap(bytes).getLong(at));
    }
    assertTrue(last >= least && last <= most + 1, least + " " + last + " " + most);
    var expected = new byte[SIZE];
    for (int at = 0; at < SIZE / 2; at += RECORD) {
      expected[at + 9] = 7;
    }
    synchronized (places) {
      for (int number = 1; number <= last; number++) {
        int at = places.get(number - 1) * RECORD;
        Arrays.fill(expected, at, at + RECORD, (byte) 0);
        ByteBuffer.wrap(expected).putLong(at, number);
      }
    }
    assertArrayEquals(expected, bytes);
    return last;
  }

  /// Writes records until it is closed.
  private final class Guest implements Closeable {

    private final WritableExport export = qemu.guest();
    private final Thread thread = Thread.ofPlatform().start(this::run);
    private volatile boolean isClosed;
    private volatile Optional<IOException> fault = Optional.empty();

    Guest() throws IOException {}

    private void run() {
      try {
        while (!isClosed) {
          record(export);
        }
      } catch (IOException failed) {
        fault = Optional.of(failed);
      }
    }

    /// Returns how many are there for certain.
    int written() {
      synchronized (places) {
        return places.size() - 1;
      }
    }

    void checkAlive() throws IOException {
      if (fault.isPresent()) {
        throw fault.get();
      }
    }

    @Override
    public void close() throws IOException {
      isClosed = true;
      try {
        thread.join();
      } catch (InterruptedException stopped) {
        throw new AssertionError(stopped);
      }
      export.close();
      checkAlive();
    }
  }
}
