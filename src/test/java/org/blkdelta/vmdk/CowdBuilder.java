package org.blkdelta.vmdk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/// Builds COWD files, ESX's sparse deltas (*Virtual Disk Format 5.0*, "ESX Server Sparse Extents").
/// In the order of the disk each table is followed by its grains, as ESX leaves a delta that was
/// written front to back, unless the order is [#shuffled].
public final class CowdBuilder {

  /// Entries of a grain table.
  public static final int TABLE_ENTRIES = 4096;

  private static final int SECTOR = 512;
  private static final int TABLE_SECTORS = 32;

  /// A table or grain that needs a place.
  private record Block(boolean isTable, long index) {}

  private final long capacity;
  private final NavigableMap<Long, byte[]> data = new TreeMap<>();
  private final TreeSet<Long> zeros = new TreeSet<>();
  private final TreeSet<Long> emptyTables = new TreeSet<>();
  private int grainSectors = 1;
  private long directorySector = 4;
  private long surplusEntries;
  private long padding;
  private boolean trimmed;
  private OptionalLong shuffle = OptionalLong.empty();

  private CowdBuilder(long capacity) {
    this.capacity = capacity;
  }

  /// Starts an empty delta with grains of one sector.
  ///
  /// @param sectors the size of its disk
  public static CowdBuilder cowd(long sectors) {
    return new CowdBuilder(sectors);
  }

  /// Sets how many sectors a grain has.
  public CowdBuilder grainSectors(int sectors) {
    grainSectors = sectors;
    return this;
  }

  /// Moves the directory, which follows the header otherwise.
  public CowdBuilder directorySector(long sector) {
    directorySector = sector;
    return this;
  }

  /// Gives the directory more entries than the disk needs.
  public CowdBuilder surplusEntries(long count) {
    surplusEntries = count;
    return this;
  }

  /// Adds a grain with data.
  ///
  /// @param content at most a grain; rubbish follows where it is less
  public CowdBuilder grain(long index, byte[] content) {
    var grain = BuiltFile.rubbish(grainSectors * SECTOR);
    System.arraycopy(content, 0, grain, 0, content.length);
    data.put(index, grain);
    zeros.remove(index);
    return this;
  }

  /// Adds a grain that is full of one byte.
  public CowdBuilder grain(long index, int value) {
    var content = new byte[grainSectors * SECTOR];
    Arrays.fill(content, (byte) value);
    return grain(index, content);
  }

  /// Adds a grain that reads as zeros (an entry of 1).
  public CowdBuilder zero(long index) {
    data.remove(index);
    zeros.add(index);
    return this;
  }

  /// Makes a table that need not have grains.
  public CowdBuilder table(long index) {
    emptyTables.add(index);
    return this;
  }

  /// Scatters tables and grains over the file, with rubbish between some of them.
  public CowdBuilder shuffled(long seed) {
    shuffle = OptionalLong.of(seed);
    return this;
  }

  /// Appends so many bytes of rubbish, as a file system that grows files in steps leaves them.
  public CowdBuilder padding(long bytes) {
    padding = bytes;
    return this;
  }

  /// Ends the file with the last sector of it that the disk has: a last grain that is the last in
  /// the file, too, is cut.
  public CowdBuilder trimmed() {
    trimmed = true;
    return this;
  }

  /// Returns the file.
  public BuiltFile build() {
    long end = directorySector + sectorsOf(4 * directoryEntries());
    Map<Long, Long> tables = new HashMap<>();
    Map<Long, Long> grains = new HashMap<>();
    var random = new Random(shuffle.orElse(0));
    NavigableMap<Long, byte[]> parts = new TreeMap<>();
    for (var block : blocks(random)) {
      if (shuffle.isPresent() && random.nextInt(4) == 0) {
        parts.put(end * SECTOR, BuiltFile.rubbish(SECTOR));
        end++;
      }
      (block.isTable() ? tables : grains).put(block.index(), end);
      end += block.isTable() ? TABLE_SECTORS : stored(block.index());
    }
    parts.put(0L, header(end));
    parts.put(directorySector * SECTOR, directory(tables));
    for (var table : tables.entrySet()) {
      parts.put(table.getValue() * SECTOR, table(table.getKey(), grains));
    }
    for (var grain : grains.entrySet()) {
      parts.put(grain.getValue() * SECTOR, data.getOrDefault(grain.getKey(), new byte[0]));
    }
    if (padding > 0) {
      parts.put(end * SECTOR, BuiltFile.rubbish(Math.toIntExact(padding)));
    }
    return new BuiltFile(end * SECTOR + padding, parts, tables, grains);
  }

  private List<Block> blocks(Random random) {
    var indices = new TreeSet<>(emptyTables);
    data.keySet().forEach(grain -> indices.add(grain / TABLE_ENTRIES));
    zeros.forEach(grain -> indices.add(grain / TABLE_ENTRIES));
    var blocks = new ArrayList<Block>();
    for (long index : indices) {
      blocks.add(new Block(true, index));
      for (long grain : data.subMap(index * TABLE_ENTRIES, (index + 1) * TABLE_ENTRIES).keySet()) {
        blocks.add(new Block(false, grain));
      }
    }
    if (shuffle.isPresent()) {
      Collections.shuffle(blocks, random);
    }
    return blocks;
  }

  private long stored(long grain) {
    long valid = capacity - grain * grainSectors;
    return trimmed && valid > 0 ? Math.min(grainSectors, valid) : grainSectors;
  }

  private byte[] header(long freeSector) {
    return BuiltFile.fields(
        4 * SECTOR,
        header -> {
          header.put(new byte[] {'C', 'O', 'W', 'D'}).putInt(1).putInt(3).putInt((int) capacity);
          header.putInt(grainSectors).putInt((int) directorySector);
          header.putInt((int) directoryEntries()).putInt((int) freeSector);
        });
  }

  private byte[] directory(Map<Long, Long> tables) {
    return BuiltFile.fields(
        (int) sectorsOf(4 * directoryEntries()) * SECTOR,
        directory ->
            tables.forEach(
                (index, sector) -> directory.putInt((int) (4 * index), sector.intValue())));
  }

  private byte[] table(long index, Map<Long, Long> grains) {
    return BuiltFile.fields(
        TABLE_ENTRIES * 4,
        table -> {
          for (int at = 0; at < TABLE_ENTRIES; at++) {
            long grain = index * TABLE_ENTRIES + at;
            long entry = zeros.contains(grain) ? 1 : grains.getOrDefault(grain, 0L);
            table.putInt(4 * at, (int) entry);
          }
        });
  }

  private long directoryEntries() {
    return Math.ceilDiv(capacity, (long) TABLE_ENTRIES * grainSectors) + surplusEntries;
  }

  private static long sectorsOf(long bytes) {
    return Math.ceilDiv(bytes, SECTOR);
  }
}
