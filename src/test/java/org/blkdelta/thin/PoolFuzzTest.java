package org.blkdelta.thin;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Tag;

/// Whatever a pool's metadata holds, reading it ends: with a list that is in order, or with a
/// refusal. Runs its seeds in every build; `JAZZER_FUZZ=1` makes it look for more.
@Tag("fuzz")
class PoolFuzzTest {

  private static final int SIZE = 4096;
  private static final byte[] SOUND = DamagedPools.sound();
  private static final long DISK_SIZE = 1L << 40;

  /// Damages a sound image at some places, with checksums that are right: random bytes would never
  /// come further than the first of them.
  @FuzzTest(maxDuration = "5m")
  void damaged_in_some_places(FuzzedDataProvider data) throws IOException {
    var image = SOUND;
    for (int edits = 0; edits < 40 && data.remainingBytes() > 0; edits++) {
      int block = data.consumeInt(0, SOUND.length / SIZE - 1);
      int at = data.consumeInt(0, SIZE - Long.BYTES);
      int kind = data.consumeInt(0, 3);
      long value = kind == 0 ? data.consumeLong() : data.consumeInt(-2, 70);
      image = PoolImage.damaged(image, block, bytes -> put(bytes, at, kind, value));
    }
    read(image);
  }

  /// Reads bytes as an image that are none.
  @FuzzTest(maxDuration = "1m")
  void any_bytes(byte[] image) throws IOException {
    read(image);
  }

  private static void put(ByteBuffer bytes, int at, int kind, long value) {
    switch (kind) {
      case 0, 1 -> bytes.putLong(at, value);
      case 2 -> bytes.putInt(at, (int) value);
      default -> bytes.put(at, (byte) value);
    }
  }

  private static void read(byte[] image) throws IOException {
    try {
      var metadata = ThinMetadata.ofImage(new MemoryDisk("pool.img", image));
      var older = metadata.device(1);
      var newer = metadata.device(2);
      var delta = VolumeDelta.of(metadata, older, newer, DISK_SIZE / 2, DISK_SIZE, false);
      checkOrder(delta.runs(), metadata.superblock().blockSize());
      long blockCount = DISK_SIZE / metadata.superblock().blockSize();
      checkOrder(
          VolumeContent.of(metadata, newer, blockCount, false), metadata.superblock().blockSize());
    } catch (SourceException refused) {
      assertTrue(String.valueOf(refused.getMessage()).startsWith("pool.img: "));
    }
  }

  private static void checkOrder(BlockRuns runs, long blockSize) throws IOException {
    long[] end = {0};
    runs.extents(
        blockSize,
        DISK_SIZE,
        (Extent extent) -> {
          assertTrue(extent.offset() >= end[0] && extent.offset() < DISK_SIZE);
          end[0] = extent.end();
        });
  }
}
