package org.blkdelta.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the bytes, a reader of virtual disks refuses them, or finds pieces of a disk: inside
/// it, one after the other, and each can be read. A build runs this on the disks of
/// `testdata/vmdk` only; `docs/development.md` says how to let it look for more.
@Tag("fuzz")
class VmdkFuzzTest {

  private static final long MAX_SEED = 128 << 10;
  private static final int MAX_PIECES = 10_000;
  private static final Map<String, byte[]> GOOD = new ConcurrentHashMap<>();

  static List<byte[]> descriptors() throws IOException {
    var seeds = new ArrayList<byte[]>();
    seeds.addAll(files("hostile-descriptor.txt", "flat.vmdk"));
    seeds.addAll(files("hostile-names.txt", "flat.vmdk"));
    seeds.addAll(files("hostile-chain.txt", "a-000001.vmdk"));
    seeds.addAll(files("strange.txt", "a-000001.vmdk"));
    return seeds;
  }

  @FuzzTest(maxDuration = "2m")
  @MethodSource("descriptors")
  void a_descriptor(byte[] text) {
    try {
      var descriptor = DescriptorText.parse("vm.vmdk", text);
      long sum = descriptor.extents().stream().mapToLong(DescriptorExtent::sectors).sum();
      assertEquals(sum, descriptor.sectors());
      assertTrue(sum > 0);
    } catch (SourceException refused) {
      assertTrue(String.valueOf(refused.getMessage()).startsWith("vm.vmdk: "));
    }
  }

  static List<byte[]> cowd() throws IOException {
    return patches("cowd", "hostile-cowd.txt", "a-000001-delta.vmdk");
  }

  @FuzzTest(maxDuration = "2m")
  @MethodSource("cowd")
  void a_cowd_file(byte[] patches) throws IOException {
    walk(Patches.applied(good("cowd", "a-000001-delta.vmdk"), patches));
  }

  static List<byte[]> seSparse() throws IOException {
    return patches("sesparse", "hostile-sesparse.txt", "b-000001-sesparse.vmdk");
  }

  @FuzzTest(maxDuration = "2m")
  @MethodSource("seSparse")
  void an_se_sparse_file(byte[] patches) throws IOException {
    walk(Patches.applied(good("sesparse", "b-000001-sesparse.vmdk"), patches));
  }

  static List<byte[]> hosted() throws IOException {
    return patches("hosted", "hostile-hosted.txt", "c-000001.vmdk");
  }

  @FuzzTest(maxDuration = "2m")
  @MethodSource("hosted")
  void a_hosted_sparse_file(byte[] patches) throws IOException {
    walk(Patches.applied(good("hosted", "c-000001.vmdk"), patches));
  }

  static List<byte[]> compressed() throws IOException {
    return patches("stream", "hostile-stream.txt", "d.vmdk");
  }

  @FuzzTest(maxDuration = "2m")
  @MethodSource("compressed")
  void a_compressed_file(byte[] patches) throws IOException {
    walk(Patches.applied(good("stream", "d.vmdk"), patches));
  }

  /// Reads the first and the last sector of every piece.
  private static void walk(byte[] bytes) throws IOException {
    GrainMap extent;
    try {
      extent = Opened.open(bytes);
    } catch (SourceException refused) {
      assertTrue(String.valueOf(refused.getMessage()).startsWith("delta: "));
      return;
    }
    long sector = 0;
    for (int pieces = 0; sector < extent.sectors() && pieces < MAX_PIECES; pieces++) {
      var piece = extent.at(sector, extent.sectors() - sector);
      assertTrue(piece.sectors() > 0 && piece.sectors() <= extent.sectors() - sector);
      if (piece instanceof Piece.Data data) {
        long last = (piece.sectors() - 1) * Fields.SECTOR;
        data.content().read(ByteBuffer.allocate(Fields.SECTOR), data.position());
        data.content().read(ByteBuffer.allocate(Fields.SECTOR), data.position() + last);
      }
      sector += piece.sectors();
    }
  }

  /// Returns a file of a good disk, which is made once.
  private static byte[] good(String title, String file) throws IOException {
    var known = GOOD.get(file);
    if (known == null) {
      known = made(Recipe.good(title), file);
      GOOD.put(file, known);
    }
    return known;
  }

  private static List<byte[]> patches(String title, String recipes, String file)
      throws IOException {
    var good = good(title, file);
    return files(recipes, file).stream().map(other -> Patches.between(good, other)).toList();
  }

  /// Returns a file of every recipe that makes it, and not too large.
  private static List<byte[]> files(String recipes, String file) throws IOException {
    var files = new ArrayList<byte[]>();
    for (var recipe : Recipe.all(recipes)) {
      var bytes = made(recipe, file);
      if (bytes.length > 0) {
        files.add(bytes);
      }
    }
    return files;
  }

  private static byte[] made(Recipe recipe, String file) throws IOException {
    var folder = Files.createTempDirectory("blkdelta-fuzz-");
    try {
      recipe.make(folder);
      var path = folder.resolve(file);
      return Files.exists(path) && Files.size(path) <= MAX_SEED
          ? Files.readAllBytes(path)
          : new byte[0];
    } finally {
      try (var paths = Files.walk(folder)) {
        for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
