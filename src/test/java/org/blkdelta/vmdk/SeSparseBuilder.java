package org.blkdelta.vmdk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Builds seSparse files, version 2.1. Regions stand where ESXi puts them, on multiples of 1 MiB,
/// unless the file is [#compact]; tables and grains are in the order of the disk, unless they are
/// [#shuffled] or placed one by one.
public final class SeSparseBuilder {

  /// Entries of a grain table.
  public static final int TABLE_ENTRIES = 4096;

  /// Sectors of a grain.
  public static final int GRAIN_SECTORS = 8;

  private static final int SECTOR = 512;
  private static final int TABLE_SECTORS = 64;
  private static final int GRAIN_SIZE = GRAIN_SECTORS * SECTOR;

  /// A run of sectors that the header names.
  private record Region(long start, long sectors) {
    long end() {
      return start + sectors;
    }
  }

  /// All of them, in the order of the header.
  private record Regions(
      Region volatileHeader,
      Region journalHeader,
      Region journal,
      Region directory,
      Region tables,
      Region freeBitmap,
      Region backMap,
      Region grains) {

    List<Region> inOrder() {
      return List.of(
          volatileHeader, journalHeader, journal, directory, tables, freeBitmap, backMap, grains);
    }
  }

  private final long capacity;
  private final NavigableMap<Long, byte[]> data = new TreeMap<>();
  private final Map<Long, Long> otherEntries = new HashMap<>();
  private final Map<Long, Long> fixedSlots = new HashMap<>();
  private final Map<Long, Long> fixedNumbers = new HashMap<>();
  private final NavigableSet<Long> emptyTables = new TreeSet<>();
  private boolean compact;
  private boolean trimmed;
  private long padding;
  private OptionalLong shuffle = OptionalLong.empty();

  private SeSparseBuilder(long capacity) {
    this.capacity = capacity;
  }

  /// Starts an empty delta.
  ///
  /// @param sectors the size of its disk
  public static SeSparseBuilder seSparse(long sectors) {
    return new SeSparseBuilder(sectors);
  }

  /// Adds a grain with data.
  ///
  /// @param content at most a grain; rubbish follows where it is less
  public SeSparseBuilder grain(long index, byte[] content) {
    var grain = BuiltFile.rubbish(GRAIN_SIZE);
    System.arraycopy(content, 0, grain, 0, content.length);
    data.put(index, grain);
    otherEntries.remove(index);
    return this;
  }

  /// Adds a grain that is full of one byte.
  public SeSparseBuilder grain(long index, int value) {
    var content = new byte[GRAIN_SIZE];
    Arrays.fill(content, (byte) value);
    return grain(index, content);
  }

  /// Adds a grain that reads as zeros (type 2).
  public SeSparseBuilder zero(long index) {
    return entry(index, encoded(2, 0));
  }

  /// Adds a grain that the guest gave back (type 1).
  ///
  /// @param formerSlot where it had its data
  public SeSparseBuilder unmapped(long index, long formerSlot) {
    return entry(index, encoded(1, formerSlot));
  }

  /// Writes an entry as it is.
  public SeSparseBuilder entry(long index, long entry) {
    data.remove(index);
    otherEntries.put(index, entry);
    return this;
  }

  /// Makes a table that need not have grains.
  public SeSparseBuilder table(long index) {
    emptyTables.add(index);
    return this;
  }

  /// Chooses where among the grains one has its data.
  public SeSparseBuilder slot(long index, long slot) {
    fixedSlots.put(index, slot);
    return this;
  }

  /// Chooses the place of a table among the tables.
  public SeSparseBuilder tableNumber(long index, long number) {
    fixedNumbers.put(index, number);
    return this;
  }

  /// Scatters tables and grains over their regions, with gaps where there is room.
  public SeSparseBuilder shuffled(long seed) {
    shuffle = OptionalLong.of(seed);
    return this;
  }

  /// Makes every region as small as can be: a file of some kilobytes instead of 6 MiB.
  public SeSparseBuilder compact() {
    compact = true;
    return this;
  }

  /// Appends so many bytes of rubbish.
  public SeSparseBuilder padding(long bytes) {
    padding = bytes;
    return this;
  }

  /// Ends the file with the last sector of it that the disk has, if the disk's last grain is the
  /// last in the file, too.
  public SeSparseBuilder trimmed() {
    trimmed = true;
    return this;
  }

  /// Returns an entry of a table, or of the back map: a type, and an index whose lowest twelve bits
  /// stand above the others.
  public static long encoded(int type, long index) {
    return (long) type << 60 | (index & 0xfff) << 48 | index >>> 12;
  }

  /// Returns the file.
  public BuiltFile build() {
    var random = new Random(shuffle.orElse(0));
    var numbers = places(usedTables(), fixedNumbers, tableCount(), random);
    var slots = places(data.navigableKeySet(), fixedSlots, grainCount(), random);
    var regions = regions(numbers);
    NavigableMap<Long, byte[]> parts = new TreeMap<>();
    parts.put(0L, header(regions));
    parts.put(regions.volatileHeader().start() * SECTOR, volatileHeader(numbers));
    parts.put(regions.directory().start() * SECTOR, directory(numbers));
    Map<Long, Long> tables = new HashMap<>();
    numbers.forEach(
        (index, number) -> {
          long sector = regions.tables().start() + number * TABLE_SECTORS;
          tables.put(index, sector);
          parts.put(sector * SECTOR, table(index, slots));
        });
    Map<Long, Long> grains = new HashMap<>();
    slots.forEach(
        (grain, slot) -> {
          long sector = regions.grains().start() + slot * GRAIN_SECTORS;
          grains.put(grain, sector);
          parts.put(sector * SECTOR, data.getOrDefault(grain, new byte[0]));
          parts.put(regions.backMap().start() * SECTOR + slot * 8, backward(grain));
        });
    return new BuiltFile(
        size(regions, slots) + padding, padded(parts, regions, slots), tables, grains);
  }

  private NavigableMap<Long, byte[]> padded(
      NavigableMap<Long, byte[]> parts, Regions regions, Map<Long, Long> slots) {
    if (padding > 0) {
      parts.put(size(regions, slots), BuiltFile.rubbish(Math.toIntExact(padding)));
    }
    return parts;
  }

  private long size(Regions regions, Map<Long, Long> slots) {
    long start = regions.grains().start();
    long last = grainCount() - 1;
    long behind = 0;
    for (long slot : slots.values()) {
      behind = Math.max(behind, (slot + 1) * GRAIN_SECTORS);
    }
    boolean lastIsLast = behind == (slots.getOrDefault(last, -2L) + 1) * GRAIN_SECTORS;
    if (trimmed && lastIsLast) {
      behind -= grainCount() * GRAIN_SECTORS - capacity;
    }
    return (start + behind) * SECTOR;
  }

  private NavigableSet<Long> usedTables() {
    NavigableSet<Long> indices = new TreeSet<>(emptyTables);
    data.keySet().forEach(grain -> indices.add(grain / TABLE_ENTRIES));
    otherEntries.keySet().forEach(grain -> indices.add(grain / TABLE_ENTRIES));
    return indices;
  }

  /// Gives each of some things a place: its own where one was chosen, the next free one otherwise.
  private Map<Long, Long> places(
      NavigableSet<Long> things, Map<Long, Long> chosen, long most, Random random) {
    Set<Long> taken = new HashSet<>(chosen.values());
    var free = new ArrayList<Long>();
    int enough = things.size() + (shuffle.isPresent() ? things.size() / 4 + 2 : 0);
    for (long place = 0; place < most && free.size() < enough; place++) {
      if (!taken.contains(place)) {
        free.add(place);
      }
    }
    if (shuffle.isPresent()) {
      Collections.shuffle(free, random);
    }
    Map<Long, Long> places = new TreeMap<>();
    int next = 0;
    for (long thing : things) {
      var place = chosen.get(thing);
      places.put(thing, place == null ? free.get(next++) : place);
    }
    return places;
  }

  private Regions regions(Map<Long, Long> numbers) {
    var volatileHeader = new Region(1, 1);
    var journalHeader = new Region(2, 2);
    var journal = compact ? new Region(4, 1) : new Region(2048, 2048);
    var directory = after(journal, 8 * tableCount());
    long highest = numbers.values().stream().mapToLong(number -> number + 1).max().orElse(0);
    long tableBytes = (compact ? highest : tableCount()) * TABLE_SECTORS * SECTOR;
    var tables = after(directory, tableBytes);
    var freeBitmap = after(tables, Math.ceilDiv(grainCount(), 8));
    var backMap = after(freeBitmap, 8 * grainCount());
    var grains = new Region(backMap.end(), capacity);
    return new Regions(
        volatileHeader, journalHeader, journal, directory, tables, freeBitmap, backMap, grains);
  }

  private Region after(Region before, long bytes) {
    int unit = compact ? 1 : 2048;
    return new Region(before.end(), Math.ceilDiv(bytes, (long) unit * SECTOR) * unit);
  }

  private byte[] header(Regions regions) {
    return BuiltFile.fields(
        SECTOR,
        header -> {
          header.putLong(0xcafebabeL).putLong(0x2_0000_0001L).putLong(capacity);
          header.putLong(GRAIN_SECTORS).putLong(TABLE_SECTORS);
          header.position(80);
          for (var region : regions.inOrder()) {
            header.putLong(region.start()).putLong(region.sectors());
          }
        });
  }

  private static byte[] volatileHeader(Map<Long, Long> numbers) {
    return BuiltFile.fields(SECTOR, header -> header.putLong(0xcafecafeL).putLong(numbers.size()));
  }

  private byte[] directory(Map<Long, Long> numbers) {
    return BuiltFile.fields(
        Math.toIntExact(8 * tableCount()),
        directory ->
            numbers.forEach(
                (index, number) ->
                    directory.putLong(Math.toIntExact(8 * index), 0x1000_0000L << 32 | number)));
  }

  private byte[] table(long index, Map<Long, Long> slots) {
    return BuiltFile.fields(
        TABLE_ENTRIES * 8,
        table -> {
          for (int at = 0; at < TABLE_ENTRIES; at++) {
            long grain = index * TABLE_ENTRIES + at;
            var slot = slots.get(grain);
            long other = otherEntries.getOrDefault(grain, 0L);
            table.putLong(8 * at, slot == null ? other : encoded(3, slot));
          }
        });
  }

  private static byte[] backward(long grain) {
    return BuiltFile.fields(8, entry -> entry.putLong(encoded(1, grain)));
  }

  private long grainCount() {
    return Math.ceilDiv(capacity, GRAIN_SECTORS);
  }

  private long tableCount() {
    return Math.ceilDiv(grainCount(), TABLE_ENTRIES);
  }
}
