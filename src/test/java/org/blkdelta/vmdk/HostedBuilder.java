package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.Deflater;

/// Builds hosted sparse files (*Virtual Disk Format 5.0*, "Hosted Sparse Extents" and
/// "Stream-Optimized Compressed Sparse Extents"): plain ones as Workstation leaves them, and
/// compressed ones with their tables in front, as qemu writes them, or at the end, as exports have
/// them.
public final class HostedBuilder {

  /// Entries of a grain table.
  public static final int TABLE_ENTRIES = 512;

  private static final int SECTOR = 512;
  private static final int TABLE_SECTORS = 4;
  private static final int DESCRIPTOR_SECTORS = 20;
  private static final long AT_END = -1;

  private final long capacity;
  private final NavigableMap<Long, byte[]> data = new TreeMap<>();
  private final TreeSet<Long> zeros = new TreeSet<>();
  private String descriptor = "";
  private int grainSectors = 128;
  private boolean redundant;
  private boolean atEnd;
  private boolean shortLastGrain;
  private boolean progress;
  private OptionalInt level = OptionalInt.empty();
  private OptionalLong shuffle = OptionalLong.empty();

  private HostedBuilder(long capacity) {
    this.capacity = capacity;
  }

  /// Starts an empty extent with grains of 128 sectors.
  ///
  /// @param sectors its size
  public static HostedBuilder hosted(long sectors) {
    return new HostedBuilder(sectors);
  }

  /// Sets how many sectors a grain has.
  public HostedBuilder grainSectors(int sectors) {
    grainSectors = sectors;
    return this;
  }

  /// Puts a descriptor inside.
  public HostedBuilder descriptor(String text) {
    descriptor = text;
    return this;
  }

  /// Adds a grain with data.
  ///
  /// @param content at most a grain; rubbish follows where it is less
  public HostedBuilder grain(long index, byte[] content) {
    var grain = BuiltFile.rubbish(grainSectors * SECTOR);
    System.arraycopy(content, 0, grain, 0, content.length);
    data.put(index, grain);
    zeros.remove(index);
    return this;
  }

  /// Adds a grain that is full of one byte.
  public HostedBuilder grain(long index, int value) {
    var content = new byte[grainSectors * SECTOR];
    Arrays.fill(content, (byte) value);
    return grain(index, content);
  }

  /// Adds a grain that reads as zeros, and says in the header that there are such.
  public HostedBuilder zero(long index) {
    data.remove(index);
    zeros.add(index);
    return this;
  }

  /// Writes the tables twice.
  public HostedBuilder redundant() {
    redundant = true;
    return this;
  }

  /// Compresses the grains.
  public HostedBuilder compressed(int zlibLevel) {
    level = OptionalInt.of(zlibLevel);
    return this;
  }

  /// Puts the tables of a compressed file behind their grains, and a footer at the end.
  public HostedBuilder directoryAtEnd() {
    atEnd = true;
    return this;
  }

  /// Stores of the disk's last grain only what the disk has.
  public HostedBuilder shortLastGrain() {
    shortLastGrain = true;
    return this;
  }

  /// Puts progress markers between the grains, as newer exports have them.
  public HostedBuilder progress() {
    progress = true;
    return this;
  }

  /// Scatters the grains; those of a table stay together where the tables are at the end.
  public HostedBuilder shuffled(long seed) {
    shuffle = OptionalLong.of(seed);
    return this;
  }

  /// Returns the file.
  public BuiltFile build() {
    return new Layout().file();
  }

  /// One file in the making: what is placed where, front to back.
  private final class Layout {

    private final Random random = new Random(shuffle.orElse(0));
    private final NavigableMap<Long, byte[]> parts = new TreeMap<>();
    private final Map<Long, Long> tables = new HashMap<>();
    private final Map<Long, Long> grains = new HashMap<>();
    private long end = 1;

    BuiltFile file() {
      long descriptorSector = descriptor.isEmpty() ? 0 : end;
      if (!descriptor.isEmpty()) {
        put(Arrays.copyOf(descriptor.getBytes(UTF_8), DESCRIPTOR_SECTORS * SECTOR));
      }
      return atEnd ? tablesAtEnd(descriptorSector) : tablesInFront(descriptorSector);
    }

    private BuiltFile tablesInFront(long descriptorSector) {
      long redundantSector = redundant ? end : 0;
      if (redundant) {
        end += directorySectors() + tableCount() * TABLE_SECTORS;
      }
      long directorySector = end;
      end += directorySectors();
      for (long index = 0; index < tableCount(); index++) {
        if (level.isEmpty() || isUsed(index)) {
          tables.put(index, end);
        }
        end += TABLE_SECTORS;
      }
      end = Math.ceilDiv(end, 128) * 128;
      var header = header(descriptorSector, redundantSector, directorySector, end);
      for (long grain : ordered(new ArrayList<>(data.keySet()))) {
        putGrain(grain);
      }
      parts.put(0L, header);
      putTables(directorySector, tables);
      if (redundant) {
        Map<Long, Long> copies = new HashMap<>();
        tables.forEach(
            (index, sector) -> copies.put(index, sector - directorySector + redundantSector));
        putTables(redundantSector, copies);
      }
      return new BuiltFile(end * SECTOR, parts, tables, grains);
    }

    private BuiltFile tablesAtEnd(long descriptorSector) {
      end = 128;
      parts.put(0L, header(descriptorSector, 0, AT_END, end));
      for (long index = 0; index < tableCount(); index++) {
        if (isUsed(index)) {
          for (long grain : ordered(grainsOf(index))) {
            putGrain(grain);
          }
          put(marker(TABLE_SECTORS, 1));
          tables.put(index, end);
          put(table(index));
        }
      }
      put(marker(directorySectors(), 2));
      long directorySector = end;
      put(directory(tables));
      put(marker(1, 3));
      put(header(descriptorSector, 0, directorySector, 128));
      put(new byte[SECTOR]);
      return new BuiltFile(end * SECTOR, parts, tables, grains);
    }

    private void putTables(long directorySector, Map<Long, Long> places) {
      parts.put(directorySector * SECTOR, directory(places));
      places.forEach((index, sector) -> parts.put(sector * SECTOR, table(index)));
    }

    private void putGrain(long grain) {
      if (progress && random.nextInt(3) == 0) {
        put(marker(0, 4));
      }
      grains.put(grain, end);
      var content = data.getOrDefault(grain, new byte[0]);
      if (shortLastGrain) {
        long valid = capacity - grain * grainSectors;
        content = Arrays.copyOf(content, (int) Math.min(grainSectors, valid) * SECTOR);
      }
      put(level.isPresent() ? block(grain, content) : content);
    }

    private byte[] block(long grain, byte[] content) {
      var packed = new byte[content.length * 2 + 1024];
      int length;
      try (var deflater = new Deflater(level.getAsInt())) {
        deflater.setInput(content);
        deflater.finish();
        length = deflater.deflate(packed);
      }
      return BuiltFile.fields(
          12 + length,
          block -> block.putLong(grain * grainSectors).putInt(length).put(packed, 0, length));
    }

    private void put(byte[] content) {
      parts.put(end * SECTOR, content);
      end += Math.ceilDiv(content.length, SECTOR);
    }

    private byte[] directory(Map<Long, Long> places) {
      return BuiltFile.fields(
          (int) directorySectors() * SECTOR,
          directory ->
              places.forEach(
                  (index, sector) -> directory.putInt((int) (4 * index), sector.intValue())));
    }

    private byte[] table(long index) {
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

    private List<Long> ordered(List<Long> indices) {
      if (shuffle.isPresent()) {
        Collections.shuffle(indices, random);
      }
      return indices;
    }
  }

  private byte[] header(
      long descriptorSector, long redundantSector, long directorySector, long overhead) {
    return BuiltFile.fields(
        SECTOR,
        header -> {
          header.put(new byte[] {'K', 'D', 'M', 'V'}).putInt(version()).putInt(flags());
          header.putLong(capacity).putLong(grainSectors);
          header.putLong(descriptorSector).putLong(descriptorSector == 0 ? 0 : DESCRIPTOR_SECTORS);
          header.putInt(TABLE_ENTRIES).putLong(redundantSector).putLong(directorySector);
          header.putLong(overhead).put((byte) 0);
          header.put(new byte[] {'\n', ' ', '\r', '\n'});
          header.putShort((short) (level.isPresent() ? 1 : 0));
        });
  }

  private int version() {
    if (level.isPresent()) {
      return 3;
    }
    return zeros.isEmpty() ? 1 : 2;
  }

  private int flags() {
    return 1 | (redundant ? 2 : 0) | (zeros.isEmpty() ? 0 : 4) | (level.isPresent() ? 0x30000 : 0);
  }

  private static byte[] marker(long sectors, int type) {
    return BuiltFile.fields(
        SECTOR, (ByteBuffer marker) -> marker.putLong(sectors).putInt(0).putInt(type));
  }

  private boolean isUsed(long table) {
    return !grainsOf(table).isEmpty()
        || !zeros.subSet(table * TABLE_ENTRIES, (table + 1) * TABLE_ENTRIES).isEmpty();
  }

  private List<Long> grainsOf(long table) {
    return new ArrayList<>(
        data.subMap(table * TABLE_ENTRIES, (table + 1) * TABLE_ENTRIES).keySet());
  }

  private long directorySectors() {
    return Math.ceilDiv(4 * tableCount(), SECTOR);
  }

  private long tableCount() {
    return Math.ceilDiv(Math.ceilDiv(capacity, grainSectors), TABLE_ENTRIES);
  }
}
