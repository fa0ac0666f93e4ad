package org.blkdelta.thin;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/// A thin pool's metadata, made by a test: trees that share nodes as the kernel's do, and damage
/// where it is wanted, with checksums that are right all the same.
public final class PoolImage {

  /// Stands for a mapping that is to be removed.
  public static final long NONE = -1;

  private static final int SIZE = 4096;
  private static final int NODE_KEY = 121107;
  private static final int SUPERBLOCK_KEY = 160774;

  /// A child of an internal node, and the lowest key in it.
  private record Child(long low, int block) {}

  /// A volume: its root, and what the details say.
  private record Volume(int root, long mapped, long transaction, long time) {}

  private final List<byte[]> blocks = new ArrayList<>();
  private final NavigableMap<Long, Volume> volumes = new TreeMap<>();
  private final int fill;
  private int blockSectors = 128;
  private long transaction = 7;
  private long dataBlocks = 1L << 39;
  private long time;

  /// Creates a pool without volumes, whose nodes have `fill` entries at most.
  public PoolImage(int fill) {
    this.fill = fill;
    blocks.add(new byte[SIZE]);
  }

  /// Takes over the blocks of an image that another program made, and its superblock, so that there
  /// are space maps.
  PoolImage(byte[][] made, int fill) {
    this.fill = fill;
    blocks.addAll(List.of(made));
  }

  /// Sets the size of a data block.
  public PoolImage blockSectors(int sectors) {
    blockSectors = sectors;
    return this;
  }

  /// Sets the size of the data device, in blocks.
  public PoolImage dataBlocks(long count) {
    dataBlocks = count;
    return this;
  }

  /// Sets the transaction that later volumes are made in.
  public PoolImage transaction(long number) {
    transaction = number;
    return this;
  }

  /// Sets the pool's time when later volumes are made. All mappings are of time 5.
  public PoolImage time(long number) {
    time = number;
    return this;
  }

  /// Gives the pool a volume with these mappings.
  public PoolImage volume(long id, NavigableMap<Long, Long> mappings) {
    return volume(id, edit(leaf(List.of(), List.of()), mappings), mappings.size());
  }

  /// Gives the pool a volume with the tree at `root`.
  public PoolImage volume(long id, int root, long mapped) {
    volumes.put(id, new Volume(root, mapped, transaction, time));
    return this;
  }

  /// Gives the pool a volume that shares all of another's tree that the changes do not touch.
  ///
  /// @param changes new data blocks, or [#NONE]
  public PoolImage snapshot(long id, long of, SortedMap<Long, Long> changes, long mapped) {
    return volume(id, edit(root(of), changes), mapped);
  }

  /// Returns the block of a volume's root.
  public int root(long id) {
    var volume = volumes.get(id);
    if (volume == null) {
      throw new AssertionError("no volume " + id);
    }
    return volume.root();
  }

  /// Returns the root of the only volume in an image that another program made.
  int onlyRoot() {
    var top = little(blocks.get((int) little(blocks.getFirst()).getLong(320)));
    return (int) top.getLong(32 + 8 * top.getInt(20));
  }

  /// Returns the image.
  public byte[] bytes() {
    seal();
    var all = ByteBuffer.allocate(blocks.size() * SIZE);
    blocks.forEach(all::put);
    return all.array();
  }

  /// Writes the image to a file.
  public void write(Path file) throws IOException {
    seal();
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      for (var block : blocks) {
        out.write(block);
      }
    }
  }

  /// Changes bytes of a block of a finished image, and mends the block's checksum.
  public static byte[] damaged(byte[] image, int block, Consumer<ByteBuffer> damage) {
    var copy = image.clone();
    var bytes = little(copy).slice(block * SIZE, SIZE).order(ByteOrder.LITTLE_ENDIAN);
    damage.accept(bytes);
    seal(bytes, block == 0 ? SUPERBLOCK_KEY : NODE_KEY);
    return copy;
  }

  /// Makes the copy of a superblock that lies in `block` one that a metadata snapshot has: it knows
  /// its own number, and nothing of space maps.
  static byte[] resealed(byte[] image, int block) {
    var bytes = little(image).slice(block * SIZE, SIZE).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(8, block).putLong(56, 0);
    bytes.put(64, new byte[256]);
    seal(bytes, SUPERBLOCK_KEY);
    return image;
  }

  private void seal() {
    var roots = new ArrayList<Child>();
    volumes.forEach((id, volume) -> roots.add(new Child(id, volume.root())));
    int mapping = values(roots);
    int details = details();
    var superblock = little(blocks.getFirst());
    superblock.putLong(32, 27022010).putInt(40, 2).putLong(48, transaction);
    superblock.putLong(320, mapping).putLong(328, details);
    superblock.putInt(336, blockSectors).putInt(340, 8);
    if (superblock.getLong(64) == 0) {
      superblock.putLong(64, dataBlocks);
    }
    if (superblock.getLong(344) == 0) {
      superblock.putLong(344, blocks.size());
    }
    seal(superblock, SUPERBLOCK_KEY);
  }

  private int values(List<Child> roots) {
    var keys = roots.stream().map(Child::low).toList();
    return leaf(keys, roots.stream().map(child -> (long) child.block()).toList());
  }

  private int details() {
    var bytes = node(2, volumes.size(), 126, 24);
    int index = 0;
    for (var one : volumes.entrySet()) {
      bytes.putLong(32 + 8 * index, one.getKey());
      bytes.putLong(32 + 8 * 126 + 24 * index, one.getValue().mapped());
      bytes.putLong(32 + 8 * 126 + 24 * index + 8, one.getValue().transaction());
      bytes.putLong(32 + 8 * 126 + 24 * index + 16, one.getValue().time());
      index++;
    }
    return sealed(bytes);
  }

  /// Returns the root of a tree with the changes, which shares all other nodes with the old one.
  int edit(int root, SortedMap<Long, Long> changes) {
    var parts = edited(root, new TreeMap<>(changes));
    while (parts.size() > 1) {
      parts = internal(parts);
    }
    return parts.isEmpty() ? leaf(List.of(), List.of()) : parts.getFirst().block();
  }

  private List<Child> edited(int number, NavigableMap<Long, Long> changes) {
    var bytes = little(blocks.get(number));
    return bytes.getInt(4) == 2 ? editedLeaf(bytes, changes) : editedNode(bytes, changes);
  }

  private List<Child> editedLeaf(ByteBuffer bytes, NavigableMap<Long, Long> changes) {
    var entries = new TreeMap<Long, Long>();
    for (int i = 0; i < bytes.getInt(16); i++) {
      entries.put(bytes.getLong(32 + 8 * i), bytes.getLong(32 + 8 * bytes.getInt(20) + 8 * i));
    }
    changes.forEach(
        (key, value) -> {
          if (value == NONE) {
            entries.remove(key);
          } else {
            entries.put(key, (value << 24) | 5);
          }
        });
    var keys = new ArrayList<>(entries.keySet());
    var values = new ArrayList<>(entries.values());
    var parts = new ArrayList<Child>();
    for (int from = 0; from < keys.size(); from += fill) {
      int to = Math.min(keys.size(), from + fill);
      parts.add(new Child(keys.get(from), leaf(keys.subList(from, to), values.subList(from, to))));
    }
    return parts;
  }

  private List<Child> editedNode(ByteBuffer bytes, NavigableMap<Long, Long> changes) {
    var parts = new ArrayList<Child>();
    int count = bytes.getInt(16);
    for (int i = 0; i < count; i++) {
      long low = bytes.getLong(32 + 8 * i);
      int child = (int) bytes.getLong(32 + 8 * bytes.getInt(20) + 8 * i);
      long end = i + 1 < count ? bytes.getLong(32 + 8 * (i + 1)) : Long.MAX_VALUE;
      var inside = changes.subMap(i == 0 ? 0 : low, true, end, false);
      if (inside.isEmpty()) {
        parts.add(new Child(low, child));
      } else {
        parts.addAll(edited(child, new TreeMap<>(inside)));
      }
    }
    return internal(parts);
  }

  private List<Child> internal(List<Child> children) {
    var parts = new ArrayList<Child>();
    for (int from = 0; from < children.size(); from += fill) {
      var some = children.subList(from, Math.min(children.size(), from + fill));
      var bytes = node(1, some.size(), 252, 8);
      for (int i = 0; i < some.size(); i++) {
        bytes.putLong(32 + 8 * i, some.get(i).low());
        bytes.putLong(32 + 8 * 252 + 8 * i, some.get(i).block());
      }
      parts.add(new Child(some.getFirst().low(), sealed(bytes)));
    }
    return parts;
  }

  private int leaf(List<Long> keys, List<Long> values) {
    var bytes = node(2, keys.size(), 252, 8);
    for (int i = 0; i < keys.size(); i++) {
      bytes.putLong(32 + 8 * i, keys.get(i));
      bytes.putLong(32 + 8 * 252 + 8 * i, values.get(i));
    }
    return sealed(bytes);
  }

  private ByteBuffer node(int flags, int count, int most, int valueSize) {
    var bytes = little(new byte[SIZE]);
    bytes.putInt(4, flags).putInt(16, count).putInt(20, most).putInt(24, valueSize);
    return bytes.putLong(8, blocks.size());
  }

  private int sealed(ByteBuffer bytes) {
    seal(bytes, NODE_KEY);
    var block = new byte[SIZE];
    bytes.get(0, block);
    blocks.add(block);
    return blocks.size() - 1;
  }

  private static void seal(ByteBuffer bytes, int key) {
    var crc = new CRC32C();
    crc.update(bytes.slice(4, SIZE - 4));
    bytes.putInt(0, ~(int) crc.getValue() ^ key);
  }

  /// Returns bytes to be read as the format has them.
  public static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Returns mappings of `count` blocks from `first` on, to data blocks from `data` on.
  public static NavigableMap<Long, Long> run(long first, long count, long data) {
    var mappings = new TreeMap<Long, Long>();
    for (long i = 0; i < count; i++) {
      mappings.put(first + i, data + i);
    }
    return mappings;
  }

  /// Returns the mappings with changes.
  public static NavigableMap<Long, Long> changed(
      Map<Long, Long> mappings, Map<Long, Long> changes) {
    var all = new TreeMap<>(mappings);
    all.putAll(changes);
    all.values().removeIf(value -> value == NONE);
    return all;
  }
}
