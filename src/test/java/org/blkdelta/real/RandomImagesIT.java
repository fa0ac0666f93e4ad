package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.cli.Cli;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random chains of qcow2 images, and random VHDX, VHD and VDI images: what is copied is what
/// qemu-img converts, what the top layers hold makes of what is below them what the top shows, and
/// what is said to be data and zeros is what qemu-img maps.
class RandomImagesIT {

  private static final int CHAINS = Integer.getInteger("blkdelta.chains", 6);
  private static final int IMAGES = Integer.getInteger("blkdelta.images", 3);
  private static final int SECTOR = 512;
  private static final String QCOW2 = "qcow2";

  @TempDir Path folder;

  /// Something random, in a folder of its own.
  private interface Trial {
    void run(Random random, Path place, QemuImages images) throws IOException;
  }

  @Test
  void a_chain_of_qcow2_images() throws IOException {
    trials(CHAINS, "chain", this::chain);
  }

  @Test
  void an_image_of_another_format() throws IOException {
    trials(IMAGES, "image", this::image);
  }

  private void trials(int count, String name, Trial trial) throws IOException {
    NbdServer.require();
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println(
        "RandomImagesIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    for (int number = 0; number < count; number++) {
      var place = Files.createDirectory(folder.resolve(name + number));
      try {
        trial.run(new Random(seed * 1000 + number), place, new QemuImages(place));
      } catch (AssertionError | RuntimeException failed) {
        throw new AssertionError(
            "seed %d, %s %d: %s".formatted(seed, name, number, failed.getMessage()), failed);
      }
      try (var files = Files.list(place)) {
        for (var file : files.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void chain(Random random, Path place, QemuImages images) throws IOException {
    int layers = 1 + random.nextInt(4);
    int size = 0;
    for (int layer = 0; layer < layers; layer++) {
      size = Math.max(size, (1 + random.nextInt(96)) << 16); // an overlay may be larger
      var words = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", QCOW2));
      words.addAll(List.of("-o", "cluster_size=" + (4096 << random.nextInt(5))));
      if (layer > 0) {
        words.addAll(List.of("-b", "layer" + (layer - 1), "-F", QCOW2));
      }
      words.addAll(List.of("layer" + layer, Integer.toString(size)));
      images.run(words);
      scribble(random, images, QCOW2, "layer" + layer, size);
    }
    var top = place.resolve("layer" + (layers - 1));
    check(place, images, QCOW2, top);
    if (layers > 1) {
      int depth = 1 + random.nextInt(layers - 1);
      var base = converted(images, QCOW2, place.resolve("layer" + (layers - 1 - depth)), "base");
      grow(base, size);
      Cli.run("sync", "--depth=" + depth, top, base).ok();
      assertEquals(-1, Files.mismatch(converted(images, QCOW2, top, "expected"), base), "sync");
    }
  }

  private void image(Random random, Path place, QemuImages images) throws IOException {
    var format = List.of("vhdx", "vpc", "vdi").get(random.nextInt(3));
    int size = (1 + random.nextInt(96)) << 16;
    var words = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", format));
    if (format.equals("vpc")) {
      words.addAll(List.of("-o", "force_size=on"));
    }
    words.addAll(List.of("disk", Integer.toString(size)));
    images.run(words);
    scribble(random, images, format, "disk", size);
    check(place, images, format, place.resolve("disk"));
  }

  /// Checks what is copied, and what is said of it, and that a copy into an image is equal.
  private void check(Path place, QemuImages images, String format, Path image) throws IOException {
    var copy = place.resolve("copy.img");
    Cli.run("copy", "--create", image, copy).ok();
    var expected = converted(images, format, image, "expected");
    assertEquals(-1, Files.mismatch(expected, copy), "copy");
    int sectors = (int) (Files.size(expected) / SECTOR);
    var said = Cli.run("inspect", "--extents", image).ok().stdout();
    assertEquals(mapped(images, format, image, sectors), told(said, sectors), "extents");
    var made = place.resolve("made." + QCOW2);
    Cli.run("copy", "--create", "--format", QCOW2, image, made).ok();
    images.run("qemu-img", "compare", "-q", "-f", format, "-F", QCOW2, image + "", made + "");
    assertTrue(Files.deleteIfExists(copy) && Files.deleteIfExists(made));
  }

  private static void scribble(
      Random random, QemuImages images, String format, String name, int size) throws IOException {
    var words = new ArrayList<>(List.of("qemu-io", "-f", format));
    for (int i = random.nextInt(12); i >= 0; i--) {
      int offset = random.nextInt(size / SECTOR) * SECTOR;
      int length = Math.min(size - offset, (1 + random.nextInt(400)) * SECTOR);
      var what = random.nextInt(4) == 0 ? "-z" : "-P " + random.nextInt(256);
      words.addAll(List.of("-c", "write %s %d %d".formatted(what, offset, length)));
    }
    words.add(name);
    images.run(words);
  }

  private static Path converted(QemuImages images, String format, Path image, String name)
      throws IOException {
    var raw = images.folder().resolve(name);
    images.run("qemu-img", "convert", "-f", format, "-O", "raw", image + "", raw + "");
    return raw;
  }

  private static void grow(Path file, long size) throws IOException {
    var bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, (int) size));
  }

  /// Returns for each sector 'd' for data or 'z' for zeros.
  private static String mapped(QemuImages images, String format, Path image, int sectors)
      throws IOException {
    var kinds = new char[sectors];
    Arrays.fill(kinds, '?');
    var json = images.run("qemu-img", "map", "--output=json", "-f", format, image + "");
    for (var element : JsonParser.parseString(json).getAsJsonArray()) {
      var entry = element.getAsJsonObject();
      int from = (int) (entry.get("start").getAsLong() / SECTOR);
      int count = (int) (entry.get("length").getAsLong() / SECTOR);
      Arrays.fill(kinds, from, from + count, entry.get("zero").getAsBoolean() ? 'z' : 'd');
    }
    return String.valueOf(kinds);
  }

  private static String told(String extents, int sectors) {
    var kinds = new char[sectors];
    Arrays.fill(kinds, '?');
    for (var line : extents.lines().toList()) {
      var words = line.split(" ");
      int from = (int) (Long.parseLong(words[0]) / SECTOR);
      int count = (int) (Long.parseLong(words[1]) / SECTOR);
      Arrays.fill(kinds, from, from + count, words[2].charAt(0));
    }
    return String.valueOf(kinds);
  }
}
