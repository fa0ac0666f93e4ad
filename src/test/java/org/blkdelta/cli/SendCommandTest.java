package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.extent.Extent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SendCommandTest {

  private static final int SIZE = 20_000;

  @TempDir Path folder;

  private Path volume;

  @BeforeEach
  void aVolume() throws IOException {
    var bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) 7);
    volume = Files.write(folder.resolve("web.img"), bytes);
  }

  @Test
  void what_is_listed_is_sent_and_nothing_else() throws IOException {
    var asked =
        List.of(new Extent(100, 50, Extent.Kind.DATA), new Extent(19_000, 1000, Extent.Kind.DATA));
    var list = new ByteArrayOutputStream();
    ListedExtents.write(asked, list);
    var stream = send(list.toByteArray()).ok().bytes();
    var copy = Files.write(folder.resolve("copy.img"), new byte[SIZE]);
    new Cli().reading(stream).with("apply", "-", copy).ok();
    var expected = new byte[SIZE];
    Arrays.fill(expected, 100, 150, (byte) 7);
    Arrays.fill(expected, 19_000, 20_000, (byte) 7);
    assertArrayEquals(expected, Files.readAllBytes(copy));
  }

  @Test
  void a_list_that_is_none_is_refused() {
    for (var list :
        List.of(
            "short".getBytes(US_ASCII),
            numbers(0, 0),
            numbers(-1, 5),
            numbers(5, Long.MAX_VALUE),
            numbers(100, 10, 109, 10))) {
      var run = send(list);
      assertEquals(2, run.status(), run.stderr());
      assertTrue(run.stderr().contains("no ascending list of extents"), run.stderr());
      assertEquals("", run.stdout());
    }
  }

  @Test
  void a_source_on_a_third_machine_is_refused() {
    assertEquals(2, Cli.run("send", "third:/dev/vg0/web").status());
  }

  private Cli.Run send(byte[] list) {
    return new Cli().reading(list).with("send", "--whole", "--listed", volume);
  }

  private static byte[] numbers(long... numbers) {
    var bytes = ByteBuffer.allocate(numbers.length * Long.BYTES);
    bytes.asLongBuffer().put(numbers);
    return bytes.array();
  }
}
