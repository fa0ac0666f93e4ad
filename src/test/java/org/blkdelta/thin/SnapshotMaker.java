package org.blkdelta.thin;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;

/// Adds a volume 2 to an image of a pool's metadata that thin_restore made of one volume, 1: a
/// snapshot in which some blocks were written since, and which shares every node that this leaves
/// alone, as the kernel does it. For `bench/thin-delta`. The space maps are not kept, which
/// neither thin_delta nor blkdelta looks at.
public final class SnapshotMaker {

  private static final int SIZE = 4096;
  private static final int FILL = 252;

  private SnapshotMaker() {}

  /// Arguments: the image, the volume's mappings, how many of them in a row are changed, and every
  /// how many mappings such a row begins.
  public static void main(String[] words) throws IOException {
    var image = Path.of(words[0]);
    long mapped = Long.parseLong(words[1]);
    long row = Long.parseLong(words[2]);
    long step = Long.parseLong(words[3]);
    long size = Files.size(image);
    var pool = new PoolImage(used(image), FILL);
    var changes = new TreeMap<Long, Long>();
    for (long begin = step / 2; begin + row <= mapped; begin += step) {
      for (long block = begin; block < begin + row; block++) {
        changes.put(block, mapped + block);
      }
    }
    pool.volume(1, pool.onlyRoot(), mapped);
    pool.snapshot(2, 1, changes, mapped);
    pool.write(image);
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(size);
    }
    System.out.printf("%d of %d mappings changed%n", changes.size(), mapped);
  }

  /// Returns the blocks up to the last one that is not all zeros.
  private static byte[][] used(Path image) throws IOException {
    var zeros = new byte[SIZE];
    try (var in = Files.newInputStream(image)) {
      var blocks = new byte[(int) (Files.size(image) / SIZE)][];
      int last = 0;
      for (int i = 0; i < blocks.length; i++) {
        blocks[i] = in.readNBytes(SIZE);
        last = Arrays.equals(blocks[i], zeros) ? last : i;
      }
      return Arrays.copyOf(blocks, last + 1);
    }
  }
}
