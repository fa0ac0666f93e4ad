package org.blkdelta.thin;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A sound pool with the volumes 1 and 2, and one image for each way in which it can be damaged.
/// Every checksum is right but where the checksum is the damage.
public final class DamagedPools {

  private static final int SIZE = 4096;
  private static final int MAX_ENTRIES = 252;
  private static final int KEYS = 32;
  private static final int VALUES = KEYS + 8 * MAX_ENTRIES;

  private final byte[] sound;
  private final int root;
  private final int node;
  private final int leaf;
  private final int mapping;
  private final int details;
  private final Map<String, byte[]> images = new LinkedHashMap<>();

  private DamagedPools() {
    var pool = new PoolImage(4).dataBlocks(1000).volume(1, PoolImage.run(0, 60, 100));
    var changes = new TreeMap<>(PoolImage.run(0, 60, 500));
    sound = pool.snapshot(2, 1, changes, 60).bytes();
    root = pool.root(2);
    node = child(root, 1);
    leaf = child(node, 1);
    mapping = (int) PoolImage.little(sound).getLong(320);
    details = (int) PoolImage.little(sound).getLong(328);
  }

  /// Returns the sound image: of 60 blocks, all were written since volume 1 was snapshotted.
  public static byte[] sound() {
    return new DamagedPools().sound;
  }

  /// Returns the damaged ones, by what is wrong with them.
  public static Map<String, byte[]> all() {
    var pools = new DamagedPools();
    pools.wholeImage();
    pools.superblock();
    pools.everyNode();
    pools.trees();
    pools.volumes();
    return pools.images;
  }

  private void wholeImage() {
    images.put("empty file", new byte[0]);
    images.put("less than a block", Arrays.copyOf(sound, 100));
    images.put("the superblock only", Arrays.copyOf(sound, SIZE));
    images.put("cut inside a used block", Arrays.copyOf(sound, leaf * SIZE + 2048));
    images.put("all zeros", new byte[sound.length]);
  }

  private void superblock() {
    flip("superblock checksum", 100);
    damage("superblock own number", 0, b -> b.putLong(8, 1));
    damage("magic", 0, b -> b.putLong(32, 27022011));
    damage("version 1", 0, b -> b.putInt(40, 1));
    damage("version 3", 0, b -> b.putInt(40, 3));
    damage("incompatible feature", 0, b -> b.putInt(360, 1));
    damage("needs_check", 0, b -> b.putInt(4, 1));
    for (int sectors : new int[] {0, 1, 100, 127, 129, 192, (1 << 21) + 128, -128}) {
      damage("data blocks of %d sectors".formatted(sectors), 0, b -> b.putInt(336, sectors));
    }
    damage("metadata blocks of 16 sectors", 0, b -> b.putInt(340, 16));
    for (int at : new int[] {320, 328}) {
      for (long number : new long[] {0, -1, Long.MAX_VALUE, sound.length / SIZE, 1L << 32}) {
        damage("root at %d is %d".formatted(at, number), 0, b -> b.putLong(at, number));
      }
    }
    damage("held root outside", 0, b -> b.putLong(56, sound.length / SIZE));
    damage("held root negative", 0, b -> b.putLong(56, -2));
    damage("held root is a node", 0, b -> b.putLong(56, leaf));
    damage("mapping root is the details", 0, b -> b.putLong(320, details));
    damage("details root is the mapping", 0, b -> b.putLong(328, mapping));
    damage("mapping root is an internal node without end", 0, b -> b.putLong(320, root));
  }

  private void everyNode() {
    for (int block : new int[] {mapping, details, root, node, leaf}) {
      var name = block == mapping ? "mapping" : block == details ? "details" : "node " + block;
      flip(name + " checksum", block * SIZE + 3000);
      damage(name + " own number", block, b -> b.putLong(8, block + 1));
      damage(name + " flags 0", block, b -> b.putInt(4, 0));
      damage(name + " flags 3", block, b -> b.putInt(4, 3));
      damage(name + " flags other", block, b -> b.putInt(4, 0x80000002));
      damage(name + " more entries than room", block, b -> b.putInt(16, MAX_ENTRIES + 1));
      damage(name + " negative entries", block, b -> b.putInt(16, -1));
      damage(name + " room for 255", block, b -> b.putInt(20, 255));
      damage(name + " room for 2^31-1", block, b -> b.putInt(20, Integer.MAX_VALUE));
      damage(name + " negative room", block, b -> b.putInt(20, Integer.MIN_VALUE));
      damage(name + " value size 0", block, b -> b.putInt(24, 0));
      damage(name + " value size 16", block, b -> b.putInt(24, 16));
      damage(name + " value size huge", block, b -> b.putInt(24, 0x20000001));
      damage(name + " keys equal", block, b -> b.putLong(KEYS + 8, b.getLong(KEYS)));
      damage(name + " keys descend", block, b -> b.putLong(KEYS + 8, -5));
      damage(name + " first key negative", block, b -> b.putLong(KEYS, Long.MIN_VALUE));
    }
  }

  private void trees() {
    for (int block : new int[] {root, node}) {
      var name = "node " + block;
      for (long number : new long[] {0, -1, sound.length / SIZE, 1L << 32, Long.MIN_VALUE}) {
        damage("%s: child %d".formatted(name, number), block, b -> b.putLong(VALUES + 8, number));
      }
      damage(name + " has no entries", block, b -> b.putInt(16, 0));
      damage(name + " leads to itself", block, b -> b.putLong(VALUES, block));
      damage(name + " leads to itself later", block, b -> b.putLong(VALUES + 8, block));
      damage(name + " has a child twice", block, b -> b.putLong(VALUES + 8, b.getLong(VALUES)));
      damage(name + " leads to the details", block, b -> b.putLong(VALUES + 8, details));
      damage(name + " leads to the mapping", block, b -> b.putLong(VALUES + 8, mapping));
    }
    damage("node leads back to the root", node, b -> b.putLong(VALUES, root));
    damage("a leaf that is not as deep", root, b -> b.putLong(VALUES + 8, leaf));
    damage("a leaf with a key of its neighbour's", leaf, b -> b.putLong(KEYS + 8 * 3, 1000));
    damage("a leaf with a key that is too low", leaf, b -> b.putLong(KEYS, 0));
    damage("a node with a key that is too low", node, b -> b.putLong(KEYS, 0));
    damage("a node with a key that is too high", node, b -> b.putLong(KEYS + 24, 1 << 20));
    damage("one mapping less than the details say", leaf, b -> b.putInt(16, 3));
  }

  private void volumes() {
    damage("a mapping beyond the pool", leaf, b -> b.putLong(VALUES, 1000L << 24));
    damage("a mapping far beyond the pool", leaf, b -> b.putLong(VALUES, -1));
    damage("a data block twice", leaf, b -> b.putLong(VALUES, b.getLong(VALUES + 8)));
    damage("a data device of no blocks", 0, b -> b.putLong(64, 0));
    damage("details say less", details, b -> b.putLong(32 + 8 * 126 + 24, 59));
    damage("details say 2^63", details, b -> b.putLong(32 + 8 * 126 + 24, Long.MIN_VALUE));
    damage("no details of volume 2", details, b -> b.putInt(16, 1));
    damage("no mapping of volume 2", mapping, b -> b.putInt(16, 1));
    damage("volume 2 has the superblock for a root", mapping, b -> b.putLong(VALUES + 8, 0));
    damage("volume 2 has a root outside", mapping, b -> b.putLong(VALUES + 8, 1L << 40));
    damage("volume 2 has a negative root", mapping, b -> b.putLong(VALUES + 8, -7));
    damage("volume 2 has the details for a root", mapping, b -> b.putLong(VALUES + 8, details));
    images.put(
        "neither tree knows volume 2",
        PoolImage.damaged(
            PoolImage.damaged(sound, mapping, b -> b.putInt(16, 1)),
            details,
            b -> b.putInt(16, 1)));
  }

  private void damage(String what, int block, Consumer<ByteBuffer> damage) {
    images.put(what, PoolImage.damaged(sound, block, damage));
  }

  private void flip(String what, int at) {
    var copy = sound.clone();
    copy[at] ^= 0x40;
    images.put(what, copy);
  }

  private int child(int block, int index) {
    return (int) PoolImage.little(sound).getLong(block * SIZE + VALUES + 8 * index);
  }
}
