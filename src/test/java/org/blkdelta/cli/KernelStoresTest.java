package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every store in `testdata/lvm`, which a real kernel made, gives the list that was worked out from
/// what was written; every damaged one is refused, and the destination stays as it was.
class KernelStoresTest {

  private static final Path STORES = Path.of("testdata/lvm");

  @TempDir private Path temp;

  static Stream<String> stores() throws IOException {
    try (var folders = Files.list(STORES)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("fixture.properties")))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("stores")
  void a_store_gives_its_list_or_is_refused(String name) throws IOException {
    var fixture = fixture(name);
    var store = unpacked(name);
    var origin = sparse("origin", number(fixture, "originSize"));
    var destination = Files.write(temp.resolve("destination"), old(number(fixture, "originSize")));
    var options =
        List.of(
            "--origin", origin.toString(), "--snapshot-size", fixture.getProperty("snapshotSize"));

    var extents = run("inspect", options, "--extents", store.toString());
    var sync = run("sync", options, "--base=assume", store.toString(), destination.toString());

    if (fixture.getProperty("storeAlone", fixture.getProperty("outcome")).equals("ok")) {
      assertEquals(0, extents.status(), extents.err());
      assertEquals(Files.readString(STORES.resolve(name).resolve("expected.txt")), extents.out());
      assertEquals(0, sync.status(), sync.err());
      assertOnlyTheListIsZero(destination, extents.out());
    } else {
      assertEquals(ExitCode.SOURCE.number(), extents.status(), extents.err());
      assertEquals("", extents.out());
      assertEquals(ExitCode.SOURCE.number(), sync.status(), sync.err());
      assertTrue(sync.err().startsWith("blkdelta: " + store), sync.err());
      assertArrayEquals(old(number(fixture, "originSize")), Files.readAllBytes(destination));
    }
    assertEquals(fixture.containsKey("warning"), sync.err().contains("warning"), sync.err());
  }

  /// The origin is all zeros, so exactly the listed bytes of the destination must be.
  private static void assertOnlyTheListIsZero(Path destination, String extents) throws IOException {
    var expected = old(Files.size(destination));
    for (var line : extents.lines().toList()) {
      var words = line.split(" ");
      int offset = Integer.parseInt(words[0]);
      Arrays.fill(expected, offset, offset + Integer.parseInt(words[1]), (byte) 0);
    }
    assertArrayEquals(expected, Files.readAllBytes(destination));
  }

  private record Run(int status, String out, String err) {}

  private static Run run(String command, List<String> options, String... operands) {
    var arguments = Stream.of(List.of(command), options, List.of(operands)).flatMap(List::stream);
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var streams =
        new Streams(
            InputStream.nullInputStream(), out, new PrintStream(err, true, UTF_8), Cli.MEMORY);
    int status = new CommandLines(streams, new Stop()).run(arguments.toList());
    streams.out().flush();
    return new Run(status, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static Properties fixture(String name) throws IOException {
    var fixture = new Properties();
    try (var text = Files.newBufferedReader(STORES.resolve(name).resolve("fixture.properties"))) {
      fixture.load(text);
    }
    assertFalse(fixture.isEmpty(), name);
    return fixture;
  }

  private Path unpacked(String name) throws IOException {
    var store = temp.resolve(name + "-cow");
    var packed = STORES.resolve(name).resolve("store.img.gz");
    try (var plain = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(plain, store);
    }
    return store;
  }

  private Path sparse(String name, long size) throws IOException {
    var file = temp.resolve(name);
    try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(size);
    }
    return file;
  }

  private static byte[] old(long size) {
    var bytes = new byte[Math.toIntExact(size)];
    Arrays.fill(bytes, (byte) 0xa5);
    return bytes;
  }

  private static long number(Properties fixture, String key) {
    return Long.parseLong(fixture.getProperty(key));
  }
}
