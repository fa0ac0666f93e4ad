package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.blkdelta.thin.DamagedPools;
import org.blkdelta.thin.PoolImage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Two volumes of a pool that is not active, by an image of its metadata.
class ThinImageTest {

  private static final int BLOCK = 65_536;
  private static final int SIZE = 20 * BLOCK - 4096;

  @TempDir private Path folder;

  private Path image;
  private Path content;
  private Path copy;

  /// Since volume 1: blocks 2 and 3 were written, 5 is gone, 19 is new; the last block is cut.
  @BeforeEach
  void aPool() throws IOException {
    image = folder.resolve("tmeta.img");
    content = folder.resolve("web.img");
    copy = folder.resolve("copy.img");
    var changes = new TreeMap<>(PoolImage.run(2, 2, 500));
    changes.put(5L, PoolImage.NONE);
    changes.put(19L, 600L);
    new PoolImage(4)
        .volume(1, PoolImage.run(0, 8, 100))
        .transaction(9)
        .snapshot(2, 1, changes, 8)
        .write(image);
    var bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) 7);
    Arrays.fill(bytes, 5 * BLOCK, 6 * BLOCK, (byte) 0);
    Files.write(content, bytes);
    Files.write(copy, old(SIZE));
  }

  @Test
  void the_blocks_that_differ_are_listed_and_clipped_to_the_volume() {
    assertEquals(
        """
        131072 131072 data
        327680 65536 zero
        1245184 61440 data
        """,
        Cli.run(source("inspect", "--extents", content)).ok().stdout());
  }

  @Test
  void exactly_those_are_written() throws IOException {
    Cli.run(source("sync", content, copy, "--base=assume")).ok();
    var expected = old(SIZE);
    Arrays.fill(expected, 2 * BLOCK, 4 * BLOCK, (byte) 7);
    Arrays.fill(expected, 5 * BLOCK, 6 * BLOCK, (byte) 0);
    Arrays.fill(expected, 19 * BLOCK, SIZE, (byte) 7);
    assertArrayEquals(expected, Files.readAllBytes(copy));
  }

  /// A copy of a volume that ended in block 6 has nothing behind that, whatever both trees have.
  @Test
  void what_the_volume_has_grown_by_is_sent_whole() throws IOException {
    var bytes = Files.readAllBytes(content);
    Arrays.fill(bytes, 8 * BLOCK, 19 * BLOCK, (byte) 0);
    Files.write(content, bytes);
    assertEquals(
        """
        131072 131072 data
        327680 65536 zero
        393216 131072 data
        524288 720896 zero
        1245184 61440 data
        """,
        Cli.run(source("inspect", "--extents", "--snapshot-size", 6 * BLOCK + 512, content))
            .ok()
            .stdout());
  }

  @Test
  void changes_behind_the_end_of_a_volume_that_shrank_are_left_out() throws IOException {
    Files.write(content, Arrays.copyOf(Files.readAllBytes(content), 4 * BLOCK));
    assertEquals(
        "131072 131072 data\n",
        Cli.run(source("inspect", "--extents", "--snapshot-size", SIZE, content)).ok().stdout());
  }

  @Test
  void the_json_has_the_keys_that_programs_rely_on() {
    var json =
        JsonParser.parseString(Cli.run(source("inspect", "--json", content)).ok().stdout())
            .getAsJsonObject();
    assertEquals("dm-thin", json.get("format").getAsString());
    assertEquals(BLOCK, json.get("blockSize").getAsLong());
    assertEquals(3, json.get("extents").getAsLong());
    assertEquals(65_536, json.get("zeroBytes").getAsLong());
    assertEquals(5, json.get("sharedBlocks").getAsLong());
    assertEquals("{\"id\":1,\"mappedBlocks\":8}", json.get("from").toString());
    assertEquals("{\"id\":2,\"mappedBlocks\":8}", json.get("to").toString());
    var state = json.getAsJsonObject("state");
    assertEquals(image.toString(), state.get("pool").getAsString());
    assertEquals(9, state.get("transaction").getAsLong());
  }

  @Test
  void people_are_told_what_is_shared() {
    var text = Cli.run(source("inspect", content)).ok().stdout();
    assertTrue(text.contains("id 1 with 8 blocks, id 2 with 8; 5 are shared\n"), text);
    assertTrue(text.contains("changed:   252 KiB of 1.2 MiB"), text);
  }

  @Test
  void content_that_is_not_the_volumes_is_refused() throws IOException {
    try (var file = new RandomAccessFile(content.toFile(), "rw")) {
      file.seek(5 * BLOCK + 70);
      file.write(1);
    }
    var run = Cli.run(source("sync", content, copy));
    assertEquals(4, run.status());
    assertTrue(run.stderr().contains("web.img: from byte 327680 on: the volume 2 has no blocks"));
    assertArrayEquals(old(SIZE), Files.readAllBytes(copy));
  }

  @Test
  void the_metadata_is_no_destination() {
    var run = Cli.run(source("sync", content, image));
    assertEquals(5, run.status(), run.stderr());
  }

  @Test
  void options_that_do_not_go_together_are_refused() {
    var image = this.image.toString();
    var content = this.content.toString();
    for (var words :
        List.of(
            List.of("--thin-metadata", image, content),
            List.of("--thin-metadata", image, "--from", "1", content),
            List.of("--from", "1", "--to", "2", content),
            List.of("--thin-metadata", image, "--from", "1", "--to", "1", content),
            List.of("--thin-metadata", image, "--from", "1", "--to", "16777216", content),
            List.of("--thin-metadata", image, "--from", "-1", "--to", "1", content),
            List.of(
                "--thin-metadata", image, "--from", "1", "--to", "2", "--since", "v/o", content),
            List.of("--since", "vg/old", "--origin", image, content),
            List.of("--since", "vg/old", "--data-source", "vg/new", "vg/web"),
            List.of("--since", "vg/old", "--snapshot-size", "512", "vg/web"))) {
      var line = new ArrayList<>(List.of("inspect"));
      line.addAll(words);
      var run = Cli.run(line.toArray());
      assertEquals(2, run.status(), words + ": " + run.stderr());
    }
  }

  static Stream<String> damages() {
    return DamagedPools.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("damages")
  void a_damaged_image_is_refused_and_nothing_is_written(String damage) throws IOException {
    Files.write(image, DamagedPools.all().getOrDefault(damage, new byte[1]));
    Files.write(content, new byte[60 * BLOCK]);
    Files.write(copy, old(60 * BLOCK));
    var run = Cli.run(source("sync", content, copy));
    assertEquals(4, run.status(), run.stderr());
    assertTrue(run.stderr().startsWith("blkdelta: " + image + ": "), run.stderr());
    assertArrayEquals(old(60 * BLOCK), Files.readAllBytes(copy));
  }

  @Test
  void the_image_that_was_damaged_is_sound_without() throws IOException {
    Files.write(image, DamagedPools.sound());
    Files.write(content, new byte[60 * BLOCK]);
    Files.write(copy, old(60 * BLOCK));
    Cli.run(source("sync", content, copy)).ok();
    assertArrayEquals(new byte[60 * BLOCK], Files.readAllBytes(copy));
  }

  private Object[] source(Object command, Object... more) {
    var words =
        new ArrayList<Object>(
            List.of(command, "--thin-metadata", image, "--from", "1", "--to", "2"));
    words.addAll(List.of(more));
    return words.toArray();
  }

  private static byte[] old(int size) {
    var bytes = new byte[size];
    Arrays.fill(bytes, (byte) 0xa5);
    return bytes;
  }
}
