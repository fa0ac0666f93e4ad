package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.cli.Cli;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real servers are the judges: what is read from them is what `qemu-img convert` makes of the same
/// image, and what changed is what `qemu-img map` says.
class NbdIT {

  private static final int CHAINS = Integer.getInteger("blkdelta.chains", 20);
  private static final int UNIT = 4096;

  @TempDir Path folder;

  @BeforeEach
  void require() {
    NbdServer.require();
  }

  @Test
  void random_chains_are_what_qemu_makes_of_them() throws IOException {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println("NbdIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    for (int number = 0; number < CHAINS; number++) {
      var place = Files.createDirectory(folder.resolve("chain" + number));
      try {
        new Chain(new QemuImages(place), new Random(seed * CHAINS + number)).check();
      } catch (AssertionError failed) {
        throw new AssertionError(
            "seed %d, chain %d: %s".formatted(seed, number, failed.getMessage()), failed);
      }
    }
  }

  /// A base and overlays, the newest last.
  private record Chain(QemuImages images, Random random) {

    void check() throws IOException {
      var links = new ArrayList<Path>();
      int layers = 2 + random.nextInt(3);
      int units = 1 + random.nextInt(2000);
      for (int layer = 0; layer < layers; layer++) {
        boolean grows = layer > 0 && random.nextInt(6) == 0;
        units += grows ? random.nextInt(500) : 0;
        links.add(link(links, (long) units * UNIT));
      }
      var top = links.getLast();
      var expected = raw(top);
      try (var server =
          NbdServer.qemu(images.folder(), "qcow2", top, "--allocation-depth", "--shared=2")) {
        var uri = server.uri("");
        var copy = images.folder().resolve("copy");
        Cli.run("copy", "--create", uri, copy).ok();
        assertArrayEquals(expected, Files.readAllBytes(copy));
        Cli.run("verify", uri, copy).ok();
        assertEquals(
            mapped(top, expected.length),
            changed(
                Cli.run("inspect", "--extents", "--depth=1", uri).ok().stdout(), expected.length));
        for (int depth = 1; depth < layers; depth++) {
          synced(uri, depth, raw(links.get(layers - 1 - depth)), expected);
        }
      }
    }

    /// A destination holds the base, and rubbish beyond it where the disk has grown.
    private void synced(String uri, int depth, byte[] base, byte[] expected) throws IOException {
      var bytes = Arrays.copyOf(base, expected.length);
      Arrays.fill(bytes, base.length, bytes.length, (byte) 0x5a);
      var destination = Files.write(images.folder().resolve("destination" + depth), bytes);
      Cli.run(
              "sync",
              "--depth=" + depth,
              "--snapshot-size=" + base.length,
              "--base=full",
              uri,
              destination)
          .ok();
      assertArrayEquals(expected, Files.readAllBytes(destination), "depth " + depth);
    }

    private Path link(List<Path> below, long size) throws IOException {
      var file = images.folder().resolve("link" + below.size());
      var words = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
      words.addAll(List.of("-o", "cluster_size=" + (512 << random.nextInt(8))));
      if (!below.isEmpty()) {
        words.addAll(List.of("-b", below.getLast().toString(), "-F", "qcow2"));
      }
      words.addAll(List.of(file.toString(), "" + size));
      images.run(words);
      var writes = new ArrayList<>(List.of("qemu-io", "-f", "qcow2"));
      for (int i = random.nextInt(12); i >= 0; i--) {
        long offset = random.nextLong(size / 512) * 512;
        long length = Math.min(size - offset, 512L * (1 + random.nextInt(200)));
        var what =
            switch (random.nextInt(4)) {
              case 0 -> "write -z";
              case 1 -> "discard";
              default -> "write -P " + (1 + random.nextInt(255));
            };
        writes.addAll(List.of("-c", "%s %d %d".formatted(what, offset, length)));
      }
      writes.add(file.toString());
      images.run(writes);
      return file;
    }

    private byte[] raw(Path link) throws IOException {
      return NbdIT.raw(images, "qcow2", link);
    }

    /// Returns for each sector what the top layer has of it: 'd' for data, 'z' for zeros, '.' for
    /// nothing.
    private String mapped(Path top, int size) throws IOException {
      var kinds = new char[size / 512];
      Arrays.fill(kinds, '.');
      var json = images.run("qemu-img", "map", "--output=json", "-f", "qcow2", top.toString());
      for (var element : JsonParser.parseString(json).getAsJsonArray()) {
        var entry = element.getAsJsonObject();
        if (entry.get("depth").getAsInt() == 0 && entry.get("present").getAsBoolean()) {
          fill(kinds, entry, entry.get("zero").getAsBoolean() ? 'z' : 'd');
        }
      }
      return new String(kinds);
    }

    private static void fill(char[] kinds, JsonObject entry, char kind) {
      int from = (int) (entry.get("start").getAsLong() / 512);
      Arrays.fill(kinds, from, from + (int) (entry.get("length").getAsLong() / 512), kind);
    }

    private static String changed(String extents, int size) {
      var kinds = new char[size / 512];
      Arrays.fill(kinds, '.');
      for (var line : extents.lines().toList()) {
        var parts = line.split(" ");
        int from = (int) (Long.parseLong(parts[0]) / 512);
        Arrays.fill(kinds, from, from + (int) (Long.parseLong(parts[1]) / 512), parts[2].charAt(0));
      }
      return new String(kinds);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vpc", "vhdx", "vdi", "qed", "raw"})
  void images_of_other_formats(String format) throws IOException {
    var images = new QemuImages(folder);
    var image = folder.resolve("image");
    images.run("qemu-img", "create", "-q", "-f", format, image.toString(), "24M");
    images.run(
        "qemu-io",
        "-f",
        format,
        "-c",
        "write -P 7 1M 3M",
        "-c",
        "write -P 9 20M 64k",
        image.toString());
    var expected = raw(images, format, image);
    try (var server = NbdServer.qemu(folder, format, image)) {
      var copy = folder.resolve("copy");
      Cli.run("copy", "--create", server.uri(""), copy).ok();
      assertArrayEquals(expected, Files.readAllBytes(copy));
      assertTrue(Cli.run("inspect", "--map", server.uri("")).ok().stdout().contains("each cell"));
    }
  }

  @Test
  void a_bitmap_of_the_storage_daemon() throws IOException {
    var images = new QemuImages(folder);
    var image = folder.resolve("vm.qcow2");
    images.run("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "32M");
    images.run("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 20M", image.toString());
    var copy = Files.write(folder.resolve("copy"), raw(images, "qcow2", image));
    images.run("qemu-img", "bitmap", "--add", image.toString(), "b0");
    images.run(
        "qemu-io",
        "-f",
        "qcow2",
        "-c",
        "write -P 2 5M 100k",
        "-c",
        "write -z 8M 1M",
        "-c",
        "write -P 3 30M 512",
        image.toString());
    try (var server = NbdServer.daemon(folder, image, "web/disk 0", "b0")) {
      var uri = server.uri("web/disk%200");
      assertEquals(
          "5242880 131072 data\n8388608 1048576 zero\n31457280 65536 data\n",
          Cli.run("inspect", "--extents", "--bitmap=b0", uri).ok().stdout());
      Cli.run("sync", "--bitmap=b0", "--base=full", uri, copy).ok();
      assertArrayEquals(raw(images, "qcow2", image), Files.readAllBytes(copy));
      refused(4, "has no export \"web\"", "copy", server.uri("web"), copy);
      refused(4, "has no bitmap \"b1\", but b0", "sync", "--bitmap=b1", uri, copy);
    }
  }

  /// Servers that know less, and want more.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--no-sr",
        "--filter=noextents",
        "--filter=noparallel",
        "--filter=blocksize-policy blocksize-minimum=4096 blocksize-maximum=65536"
            + " blocksize-error-policy=error"
      })
  void nbdkit_with_filters(String filter) throws IOException {
    var more = filter.split(" ");
    var words = new ArrayList<String>();
    Arrays.stream(more).filter(word -> word.startsWith("-")).forEach(words::add);
    words.addAll(List.of("-r", "data", "data=@1048576 \"web\"*5000 @3145727 1 @6291456 2"));
    Arrays.stream(more)
        .filter(word -> word.contains("=") && !word.startsWith("-"))
        .forEach(words::add);
    words.add("size=8M");
    var expected = new byte[8 << 20];
    for (int i = 0; i < 5000; i++) {
      System.arraycopy(new byte[] {'w', 'e', 'b'}, 0, expected, (1 << 20) + 3 * i, 3);
    }
    expected[3_145_727] = 1;
    expected[6_291_456] = 2;
    try (var server = NbdServer.nbdkit(folder, words.toArray(String[]::new))) {
      var copy = folder.resolve("copy");
      var run = Cli.run("copy", "--create", server.uri(""), copy).ok();
      assertArrayEquals(expected, Files.readAllBytes(copy));
      assertEquals(
          filter.equals("--no-sr"),
          run.stderr().contains("does not say where zeros are"),
          run.stderr());
      Cli.run("verify", server.uri(""), copy).ok();
    }
  }

  @Test
  void a_server_of_another_host_is_read_over_several_connections() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var uri = "nbd://127.0.0.1:" + port;
    var content = new byte[(65 << 20) + 512];
    new Random(1).nextBytes(content);
    Arrays.fill(content, 10 << 20, 50 << 20, (byte) 0);
    var image = Files.write(folder.resolve("vm.img"), content);
    var copy = folder.resolve("copy");
    var log = folder.resolve("log");
    var words = List.of("-r", "--filter=log", "file", image.toString(), "logfile=" + log);
    try (var server = NbdServer.nbdkit(folder, port, words)) {
      Cli.run("copy", "--create", uri, copy).ok();
      assertEquals(-1, Arrays.mismatch(content, Files.readAllBytes(copy)));
      assertTrue(Files.exists(server.pidFile()));
    }
    var connections =
        Files.readString(log).lines().filter(line -> line.contains(" connection=4 Read ")).count();
    assertTrue(connections > 0, "the fourth connection reads");
    // a server that lets the third client wait
    try (var server = NbdServer.qemu(folder, port, image, 2)) {
      Cli.run("verify", uri, copy).ok();
      assertTrue(Files.exists(server.pidFile()));
    }
  }

  @Test
  void nbdkit_that_fails_or_speaks_what_we_do_not() throws IOException {
    var copy = Files.write(folder.resolve("copy"), new byte[1 << 20]);
    try (var server =
        NbdServer.nbdkit(
            folder, "-r", "--filter=error", "pattern", "1M", "error-pread-rate=100%")) {
      refused(4, "the server cannot read the next ", "copy", "--raw", server.uri(""), copy);
    }
    try (var server = NbdServer.nbdkit(folder, "-r", "-o", "pattern", "1M")) {
      refused(4, "only the protocol of before 2012", "copy", server.uri(""), copy);
    }
    var keys = Files.writeString(folder.resolve("psk"), "me:" + "0f".repeat(32) + "\n");
    try (var server =
        NbdServer.nbdkit(folder, "-r", "--tls=require", "--tls-psk=" + keys, "pattern", "1M")) {
      refused(4, "the server wants TLS", "copy", server.uri(""), copy);
    }
    assertArrayEquals(new byte[1 << 20], Files.readAllBytes(copy));
  }

  private static void refused(int status, String what, Object... words) {
    var run = Cli.run(words);
    assertEquals(status, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
  }

  private static byte[] raw(QemuImages images, String format, Path image) throws IOException {
    var raw = images.folder().resolve("expected");
    images.run("qemu-img", "convert", "-f", format, "-O", "raw", image.toString(), raw.toString());
    return Files.readAllBytes(raw);
  }
}
