package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.LoopDevice;
import org.blkdelta.disk.Programs;
import org.blkdelta.extent.Lineage;
import org.blkdelta.lvm.StoreBuilder;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Destinations that are devices of this host's kernel, in use and not.
class LoopDeviceIT {

  private static final int SIZE = 16 << 20;

  @TempDir Path folder;

  private final Deque<Closeable> cleanups = new ArrayDeque<>();
  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    LoopDevice.require(
        "mount",
        "umount",
        "mkfs.ext4",
        "mkswap",
        "swapon",
        "swapoff",
        "sfdisk",
        "kill",
        "sync",
        "partx");
    var old = new byte[SIZE];
    new Random(16).nextBytes(old);
    var content = old.clone();
    var changed = new long[1000];
    for (int at = 0; at < changed.length; at++) {
      changed[at] = (at * 37L) % (SIZE / Scratch.CHUNK);
      int offset = (int) changed[at] * Scratch.CHUNK;
      Arrays.fill(content, offset, offset + 2000, (byte) (at % 3));
      Arrays.fill(content, offset + 2000, offset + Scratch.CHUNK, (byte) 0);
    }
    web = Scratch.of(folder, content, old, StoreBuilder.exceptionStore().copied(changed));
  }

  @AfterEach
  void leaveNothingBehind() throws IOException {
    var failures = new ArrayList<Throwable>();
    while (!cleanups.isEmpty()) {
      try {
        cleanups.pop().close();
      } catch (IOException | RuntimeException | Error failed) {
        failures.add(failed);
      }
    }
    if (!failures.isEmpty()) {
      throw new IOException("not everything was cleaned up: " + failures, failures.get(0));
    }
  }

  @Test
  void a_device_becomes_the_volume_byte_for_byte() throws IOException {
    var device = device("copy.img");
    Cli.run(words("sync", device.node())).ok();
    assertArrayEquals(Files.readAllBytes(web.origin), content(device));
    assertArrayEquals(Files.readAllBytes(web.origin), Files.readAllBytes(device.file()));
  }

  @Test
  void streams_of_both_formats_make_it_the_volume() throws IOException {
    for (var format : List.of("blkdelta", "lvmsync")) {
      var device = device(format);
      var stream = Cli.run(words("dump", "--format=" + format)).ok().bytes();
      new Cli().reading(stream).with("apply", "-", device.node()).ok();
      assertArrayEquals(Files.readAllBytes(web.origin), content(device), format);
    }
  }

  @Test
  void a_device_behind_a_remote_shell_becomes_the_volume() throws IOException {
    var device = device("copy.img");
    var shell = folder.resolve("remote-shell");
    Files.writeString(shell, "#!/bin/sh\nshift $(($# - 1))\nexec sh -c \"$1\"\n");
    var run =
        Cli.run(
            words(
                "sync",
                "new:" + device.node(),
                "-e",
                "env BLKDELTA_STATE=%s sh %s".formatted(folder.resolve("state"), shell),
                "--remote-command",
                "sh " + Launched.launcher()));
    assertEquals(0, run.status(), run.stderr());
    assertArrayEquals(Files.readAllBytes(web.origin), content(device));
  }

  @Test
  void a_device_larger_than_the_volume_keeps_the_rest() throws IOException {
    var file = Files.write(folder.resolve("larger.img"), new byte[SIZE + 1001 * 512]);
    var device = keep(LoopDevice.on(file));
    var before = content(device);
    Arrays.fill(before, SIZE, before.length, (byte) 0);
    Cli.run(words("sync", device.node(), "--base=assume")).ok();
    var after = content(device);
    assertEquals(SIZE + 1001 * 512, after.length);
    assertArrayEquals(
        Arrays.copyOfRange(before, SIZE, before.length),
        Arrays.copyOfRange(after, SIZE, after.length));
  }

  @Test
  void a_device_that_is_too_small_is_refused() throws IOException {
    var device = keep(LoopDevice.sparse(folder.resolve("small.img"), SIZE - 512));
    var run = refused(device, device.node());
    assertEquals(
        "blkdelta: %s: has %d bytes, the volume 16 MiB; make it larger\n"
            .formatted(device.node(), SIZE - 512),
        run.stderr());
  }

  @Test
  void a_mounted_device_is_refused_unless_that_is_overridden() throws IOException {
    var device = formatted("copy.img");
    var point = mounted(device.node());
    var run = refused(device, device.node());
    assertTrue(
        run.stderr().startsWith("blkdelta: %s: is mounted at %s; ".formatted(device.node(), point)),
        run.stderr());
    assertTrue(run.stderr().endsWith(" --force=mounted\n"), run.stderr());

    var forced = Cli.run(words("sync", device.node(), "--force=mounted", "--base=assume")).ok();
    assertTrue(
        forced
            .stderr()
            .contains(
                "blkdelta: warning: %s: is mounted at %s; overridden by --force=mounted\n"
                    .formatted(device.node(), point)),
        forced.stderr());
    assertTrue(forced.stderr().contains(": holds a file system (ext4), and"), forced.stderr());
    assertTrue(
        Arrays.equals(changedPart(Files.readAllBytes(web.origin)), changedPart(content(device))));
  }

  @Test
  void a_device_with_a_mounted_partition_is_refused() throws IOException {
    var device = partitioned("disk.img");
    Programs.run("mkfs.ext4", "-q", device.partition(1).toString());
    var point = mounted(device.partition(1));
    var run = refused(device, device.node());
    assertTrue(run.stderr().contains(": is mounted at " + point + "; "), run.stderr());
    assertEquals(5, sync(device.partition(1)).status());
  }

  @Test
  void the_partition_beside_a_mounted_one_is_free() throws IOException {
    var device = partitioned("disk.img");
    Programs.run("mkfs.ext4", "-q", device.partition(1).toString());
    mounted(device.partition(1));
    var small = Scratch.with543(Files.createDirectory(folder.resolve("small")));
    Cli.run(concat(List.of("sync", "--base=assume"), small.source(device.partition(2)))).ok();
  }

  @Test
  void a_swap_device_is_refused() throws IOException {
    var device = keep(LoopDevice.sparse(folder.resolve("swap.img"), SIZE));
    Programs.run("mkswap", device.node().toString());
    Programs.run("swapon", device.node().toString());
    cleanups.push(() -> Programs.run("swapoff", device.node().toString()));
    var run = refused(device, device.node());
    assertTrue(
        run.stderr().startsWith("blkdelta: %s: is in use as swap; ".formatted(device.node())),
        run.stderr());
  }

  @Test
  void a_device_under_another_is_refused() throws IOException {
    var lower = device("copy.img");
    var upper = keep(LoopDevice.on(lower.node()));
    var run = refused(lower, lower.node());
    assertTrue(
        run.stderr().contains(": is held by the device " + upper.node().getFileName() + "; "),
        run.stderr());
    Cli.run(words("sync", upper.node())).ok();
    assertArrayEquals(Files.readAllBytes(web.origin), content(upper));
  }

  @Test
  void the_file_under_a_device_is_refused() throws IOException {
    var device = device("copy.img");
    var run = refused(device, device.file());
    assertTrue(
        run.stderr().contains(": is held by the device " + device.node().getFileName() + "; "),
        run.stderr());
  }

  @Test
  void a_device_on_the_source_is_the_source() throws IOException {
    var before = Files.readAllBytes(web.origin);
    var device = keep(LoopDevice.on(web.origin));
    var run = Cli.run(words("sync", device.node(), "--live"));
    assertEquals(5, run.status());
    assertTrue(run.stderr().contains("is the source, or on the same device"), run.stderr());
    assertArrayEquals(before, Files.readAllBytes(web.origin));
  }

  @Test
  void a_read_only_device_is_refused() throws IOException {
    web.copyAnew();
    var device = keep(LoopDevice.on(web.copy, "--read-only"));
    refused(device, device.node());
  }

  @Test
  void a_device_that_a_second_blkdelta_writes_is_refused() throws IOException {
    var device = device("copy.img");
    var first = keep(Launched.start(folder, "receive", device.node()));
    new FrameWriter(first.stdin()).accept(new Frame.Header(header(SIZE)));
    var answers = new AnswerReader(first.stdout(), "first");
    var hello = assertInstanceOf(Answer.Hello.class, answers.first());
    assertEquals(SIZE, hello.destinationSize());
    assertEquals(DestinationName.of(device.node()).place(), hello.told().destination());
    assertEquals(new Answer.Ready(), answers.next());

    var run = refused(device, device.node());
    assertTrue(
        run.stderr()
            .matches(
                "(?s).*: is open for writing by blkdelta \\(process \\d+\\); free it, or override that by --force=open\n"),
        run.stderr());
    assertTrue(first.isRunning());

    first.stdin().close();
    assertInstanceOf(Answer.Failed.class, answers.next());
    assertEquals(4, first.status(), "a stream without an end, and nothing written");
    Cli.run(words("sync", device.node())).ok();
  }

  @Test
  void a_full_file_system_leaves_the_destination_incomplete_and_says_so() throws IOException {
    var point = Files.createDirectory(folder.resolve("tiny"));
    Programs.run("mount", "-t", "tmpfs", "-o", "size=1m", "none", point.toString());
    cleanups.push(() -> Programs.run("umount", point.toString()));
    var sparse = point.resolve("copy.img");
    try (var file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    var run = Cli.run(words("sync", sparse, "--base=assume"));
    assertEquals(7, run.status(), run.stderr());
    assertTrue(
        run.stderr()
            .matches(
                """
                blkdelta: will send [0-9.]+ MiB of 16 MiB to %1$s
                blkdelta: %1$s: at byte [0-9]+: No space left on device; make room; don't use the destination until a run completes
                """
                    .formatted(sparse)),
        run.stderr());
    assertEquals(SIZE, Files.size(sparse));
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void a_signal_in_the_middle_ends_the_run_with_the_state_of_the_destination(
      String signal, int status) throws IOException {
    long size = 1L << 30;
    var device = keep(LoopDevice.sparse(folder.resolve("large.img"), size));
    var run = keep(Launched.start(folder, "apply", "--quiet", "-", device.node()));
    var writer = new FrameWriter(run.stdin());
    writer.accept(new Frame.Header(header(size)));
    feed(run.stdin(), 0, "begun");
    await("the first change is written", () -> first(device).equals("begun"));

    run.signal(signal);
    for (long offset = 4096; run.isRunning() && offset < size; offset += 4096) {
      try {
        feed(run.stdin(), offset, "more.");
      } catch (IOException gone) {
        break; // it has closed its end
      }
    }
    assertEquals(status, run.status(), run.stderr());
    assertTrue(
        run.stderr()
            .matches(
                "blkdelta: stopped at [0-9.]+ [KM]iB of 1 GiB; don't use the destination; run the"
                    + " same command again to continue\n"),
        run.stderr());
    Cli.run("apply", "-q", emptyStream(size), device.node()).ok();
  }

  @Test
  void a_full_disk_behind_standard_output_is_no_success() throws IOException {
    for (var command : List.of("inspect --extents", "dump", "dump --format=lvmsync")) {
      var line =
          "$BLKDELTA %s --origin %s %s > /dev/full".formatted(command, web.origin, web.store);
      var run = keep(Launched.shell(folder, line));
      assertEquals(command.startsWith("dump") ? 7 : 8, run.status(), command);
      assertTrue(run.stderr().startsWith("blkdelta: standard output: "), run.stderr());
    }
  }

  /// Syncs onto `destination`, expects a refusal, and that `device` was not changed by it.
  private Cli.Run refused(LoopDevice device, Path destination) throws IOException {
    var before = content(device);
    var run = sync(destination);
    assertEquals(5, run.status(), run.stderr());
    assertArrayEquals(before, content(device));
    return run;
  }

  private Cli.Run sync(Object destination) {
    return Cli.run(words("sync", destination));
  }

  private Object[] words(String command, Object... more) {
    return concat(List.of(command), web.source(more));
  }

  private static Object[] concat(List<String> first, Object... more) {
    var words = new ArrayList<Object>(first);
    words.addAll(Arrays.asList(more));
    return words.toArray();
  }

  /// Attaches a device to a file that holds the old content of the volume.
  private LoopDevice device(String name) throws IOException {
    return keep(LoopDevice.on(Files.copy(web.copy, folder.resolve(name + ".device"))));
  }

  private LoopDevice formatted(String name) throws IOException {
    var device = keep(LoopDevice.sparse(folder.resolve(name + ".device"), SIZE));
    Programs.run("mkfs.ext4", "-q", device.node().toString());
    return device;
  }

  /// Attaches a device with two partitions of 8 and some 20 MiB.
  private LoopDevice partitioned(String name) throws IOException {
    var file = folder.resolve(name + ".device");
    try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(32 << 20);
    }
    var table = Files.writeString(folder.resolve("table"), "label: dos\n,8M\n,\n");
    Programs.run("sh", "-c", "sfdisk -q '%s' < '%s'".formatted(file, table));
    var device = keep(LoopDevice.on(file, "--partscan"));
    Programs.run("partx", "--update", device.node().toString()); // not every kernel scans by itself
    return device;
  }

  /// Mounts a device, for reading only so that the mount itself changes nothing.
  private Path mounted(Path node) throws IOException {
    var point = Files.createTempDirectory(folder, "mount");
    Programs.run("mount", "-o", "ro", node.toString(), point.toString());
    cleanups.push(() -> Programs.run("umount", point.toString()));
    return point;
  }

  private <T extends Closeable> T keep(T resource) {
    cleanups.push(resource);
    return resource;
  }

  /// Returns what is on the device, past every cache.
  private static byte[] content(LoopDevice device) throws IOException {
    Programs.run("sync", device.node().toString());
    try (var disk = DirectDisk.open(device.node())) {
      return read(disk, Math.toIntExact(disk.size()));
    }
  }

  private static byte[] read(Disk disk, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    disk.read(bytes, 0);
    return bytes.array();
  }

  /// Returns the bytes of the chunks that changed.
  private static byte[] changedPart(byte[] whole) {
    var part = ByteBuffer.allocate(1000 * Scratch.CHUNK);
    for (int at = 0; at < 1000; at++) {
      part.put(whole, at * 37 % (SIZE / Scratch.CHUNK) * Scratch.CHUNK, Scratch.CHUNK);
    }
    return part.array();
  }

  private static StreamHeader header(long size) {
    return new StreamHeader(size, Lineage.UNKNOWN, Optional.empty());
  }

  /// Sends one change, at once.
  private static void feed(OutputStream to, long offset, String text) throws IOException {
    var packed = new ByteArrayOutputStream();
    var writer = new FrameWriter(packed);
    writer.accept(new Frame.Data(offset, ByteBuffer.wrap(text.getBytes(US_ASCII))));
    writer.accept(new Frame.End(new Tally().sum()));
    to.write(packed.toByteArray(), 0, packed.size() - 28 - 48); // all but the end
    to.flush();
  }

  private Path emptyStream(long size) throws IOException {
    var file = folder.resolve("empty.delta");
    try (var out = Files.newOutputStream(file)) {
      var writer = new FrameWriter(out);
      writer.accept(new Frame.Header(header(size)));
      writer.accept(new Frame.End(new Tally().sum()));
    }
    return file;
  }

  private static String first(LoopDevice device) throws IOException {
    try (var disk = FileDisk.forReading(device.node())) {
      return new String(read(disk, 5), US_ASCII);
    }
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /// Looks again and again, for a minute at most, at what another process does.
  private static void await(String what, Condition condition) throws IOException {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within a minute: " + what);
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }
}
