package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.HostedBuilder.hosted;
import static org.blkdelta.vmdk.SeSparseBuilder.seSparse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Pattern;
import org.blkdelta.vmdk.DescriptorBuilder;
import org.blkdelta.vmdk.HostedBuilder;

/// A chain of random formats, sizes and writes, and the disk that it makes as an array in memory:
/// the files are made from what was written, or by qemu writing the same.
///
/// qemu is to judge it, so it keeps to what qemu reads as documented: extents but the last have
/// whole grains, and COWD's zeroed grains are no larger than the zeros of the header, which qemu
/// reads in their stead.
final class RandomChain {

  private static final int SECTOR = 512;
  private static final Pattern CID = Pattern.compile("\nCID=([0-9a-fA-F]{1,8})");

  /// A link.
  static final class MadeLink {

    private final Path file;
    private final String format;
    private final byte[] state;
    private final BitSet hiddenZeros;

    private MadeLink(Path file, String format, byte[] state, BitSet hiddenZeros) {
      this.file = file;
      this.format = format;
      this.state = state;
      this.hiddenZeros = hiddenZeros;
    }

    /// Returns the descriptor, or the whole link.
    Path file() {
      return file;
    }

    /// Returns the disk up to here; nobody changes it.
    byte[] state() {
      return state;
    }

    /// Returns the sectors that are zeroed grains and that qemu takes for data.
    BitSet hiddenZeros() {
      return hiddenZeros;
    }

    int sectors() {
      return state.length / SECTOR;
    }

    @Override
    public String toString() {
      return format + ":" + sectors();
    }
  }

  /// Something that is written to the disk.
  ///
  /// @param seed what its bytes come from; empty for zeros
  private record Write(int sector, int sectors, OptionalLong seed) {

    int end() {
      return sector + sectors;
    }

    /// Returns bytes that are repeated until the end; none for zeros.
    byte[] content() {
      if (seed.isEmpty()) {
        return new byte[0];
      }
      var random = new Random(seed.getAsLong());
      var content = new byte[2000 + random.nextInt(3000)];
      random.nextBytes(content);
      return content;
    }

    void apply(byte[] state) {
      var content = content();
      for (int i = 0; i < sectors * SECTOR; i++) {
        state[sector * SECTOR + i] = content.length == 0 ? 0 : content[i % content.length];
      }
    }
  }

  private final Random random;
  private final Path folder;
  private final QemuImages qemu;
  private final List<MadeLink> links = new ArrayList<>();

  private RandomChain(Random random, Path folder) {
    this.random = random;
    this.folder = folder;
    this.qemu = new QemuImages(folder);
  }

  /// Makes a base and 1 to 4 links above it.
  static RandomChain make(Random random, Path folder) throws IOException {
    var chain = new RandomChain(random, folder);
    chain.base();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      chain.delta();
    }
    return chain;
  }

  /// Returns all links, the base first.
  List<MadeLink> links() {
    return List.copyOf(links);
  }

  MadeLink top() {
    return links.getLast();
  }

  /// Returns what it is made of.
  @Override
  public String toString() {
    return links.toString();
  }

  private void base() throws IOException {
    var state = new byte[size() * SECTOR];
    for (var write : writes(state.length / SECTOR)) {
      write.apply(state);
    }
    var file = folder.resolve("vm.vmdk");
    int sectors = state.length / SECTOR;
    var format =
        switch (random.nextInt(7)) {
          case 0 -> {
            Files.write(folder.resolve("vm-flat.vmdk"), state);
            named("vmfs").extent(sectors, "VMFS", "vm-flat.vmdk").write(file);
            yield "vmfs";
          }
          case 1 -> flats(file, state);
          case 2 -> converted(file, state, "monolithicFlat");
          case 3 -> converted(file, state, "monolithicSparse");
          case 4 -> converted(file, state, "twoGbMaxExtentSparse");
          case 5 -> converted(file, state, "streamOptimized");
          default -> {
            var all = new BitSet();
            all.set(0, sectors);
            yield stream(file, named("streamOptimized"), state, all);
          }
        };
    links.add(new MadeLink(file, format, state, new BitSet()));
  }

  /// Several flat files, of which each has something in front of its data.
  private String flats(Path file, byte[] state) throws IOException {
    var text = named("twoGbMaxExtentFlat");
    int sectors = state.length / SECTOR;
    for (int from = 0, number = 1; from < sectors; number++) {
      int count = Math.min(sectors - from, 1 + random.nextInt(sectors));
      int start = random.nextInt(5);
      var name = "vm-f%03d.vmdk".formatted(number);
      var bytes = new byte[(start + count) * SECTOR];
      Arrays.fill(bytes, 0, start * SECTOR, (byte) 0xa5);
      System.arraycopy(state, from * SECTOR, bytes, start * SECTOR, count * SECTOR);
      Files.write(folder.resolve(name), bytes);
      text.flat(count, name, start);
      from += count;
    }
    text.write(file);
    return "flats";
  }

  private String converted(Path file, byte[] state, String subformat) throws IOException {
    var raw = Files.write(folder.resolve("base.raw"), state);
    qemu.run(
        List.of(
            "qemu-img",
            "convert",
            "-f",
            "raw",
            "-O",
            "vmdk",
            "-t",
            "unsafe",
            "-o",
            "subformat=" + subformat,
            raw.toString(),
            file.toString()));
    Files.delete(raw);
    return subformat;
  }

  private void delta() throws IOException {
    var parent = top();
    int sectors = parent.sectors();
    if (random.nextInt(6) == 0) {
      sectors += 1 + random.nextInt(random.nextBoolean() ? 10 : 5000);
    }
    var state = Arrays.copyOf(parent.state(), sectors * SECTOR);
    var writes = writes(sectors);
    var changed = new BitSet();
    for (var write : writes) {
      write.apply(state);
      changed.set(write.sector(), write.end());
    }
    var file = folder.resolve("vm-%06d.vmdk".formatted(links.size()));
    var hidden = new BitSet();
    var format =
        switch (random.nextInt(8)) {
          case 0 -> byQemu(file, "monolithicSparse", false, sectors, writes);
          case 1 -> byQemu(file, "monolithicSparse", true, sectors, writes);
          case 2 -> byQemu(file, "twoGbMaxExtentSparse", random.nextBoolean(), sectors, writes);
          case 3 -> splits(file, state, changed);
          case 4 -> stream(file, child("streamOptimized"), state, changed);
          case 5 -> seSparseDelta(file, state, changed);
          default -> cowdDelta(file, state, changed, hidden);
        };
    links.add(new MadeLink(file, format, state, hidden));
  }

  private String byQemu(
      Path file, String subformat, boolean zeroedGrain, int sectors, List<Write> writes)
      throws IOException {
    var parent = top().file().getFileName().toString();
    qemu.run(
        List.of(
            "qemu-img",
            "create",
            "-q",
            "-f",
            "vmdk",
            "-o",
            "subformat=%s,zeroed_grain=%s".formatted(subformat, zeroedGrain ? "on" : "off"),
            "-b",
            parent,
            "-F",
            "vmdk",
            file.toString(),
            Long.toString((long) sectors * SECTOR)));
    var command = new ArrayList<>(List.of("qemu-io", "-f", "vmdk", "-t", "unsafe"));
    for (int i = 0; i < writes.size(); i++) {
      var write = writes.get(i);
      var how = "-z";
      if (write.seed().isPresent()) {
        how = "-s content" + i;
        Files.write(folder.resolve("content" + i), write.content());
      }
      command.add("-c");
      command.add(
          "write -q %s %d %d"
              .formatted(how, (long) write.sector() * SECTOR, (long) write.sectors() * SECTOR));
    }
    command.add(file.toString());
    if (!writes.isEmpty()) {
      qemu.run(command);
    }
    return subformat + (zeroedGrain ? "/zeroed" : "");
  }

  private String splits(Path file, byte[] state, BitSet changed) throws IOException {
    int grain = 1 << random.nextInt(12);
    var text = child("twoGbMaxExtentSparse");
    int sectors = state.length / SECTOR;
    for (int from = 0, number = 1; from < sectors; number++) {
      int count = Math.min(sectors - from, grain * (1 + random.nextInt(sectors / grain + 1)));
      var name = file.getFileName().toString().replace(".vmdk", "-s%03d.vmdk".formatted(number));
      var extent = hosted(count).grainSectors(grain);
      grains(extent, grain, slice(state, from, count), changed.get(from, from + count), true);
      if (random.nextBoolean()) {
        extent.redundant();
      }
      extent.shuffled(random.nextLong()).build().write(folder.resolve(name));
      text.extent(count, "SPARSE", name);
      from += count;
    }
    text.write(file);
    return "splits/" + grain;
  }

  private String stream(Path file, DescriptorBuilder text, byte[] state, BitSet changed)
      throws IOException {
    int sectors = state.length / SECTOR;
    var extent = hosted(sectors).compressed(random.nextInt(10));
    extent.descriptor(text.extent(sectors, "SPARSE", "generated-stream.vmdk").text());
    grains(extent, 128, state, changed, false);
    if (random.nextBoolean()) {
      extent.shortLastGrain();
    }
    if (random.nextBoolean()) {
      extent.shuffled(random.nextLong());
    }
    boolean atEnd = random.nextBoolean();
    if (atEnd) {
      extent.directoryAtEnd().progress();
    }
    extent.build().write(file);
    return atEnd ? "stream/at-end" : "stream/front";
  }

  /// Adds all grains with a changed sector, and a few more, which hold the same as the parent's.
  private void grains(
      HostedBuilder extent, int grain, byte[] state, BitSet changed, boolean mayZero) {
    for (int from = 0; from < state.length / SECTOR; from += grain) {
      var content = slice(state, from, Math.min(grain, state.length / SECTOR - from));
      if (isTaken(changed, from, grain)) {
        if (mayZero && isZero(content) && random.nextInt(3) > 0) {
          extent.zero(from / grain);
        } else {
          extent.grain(from / grain, content);
        }
      }
    }
  }

  private String seSparseDelta(Path file, byte[] state, BitSet changed) throws IOException {
    int sectors = state.length / SECTOR;
    var name = file.getFileName().toString().replace(".vmdk", "-sesparse.vmdk");
    var delta = seSparse(sectors);
    for (int from = 0; from < sectors; from += 8) {
      var content = slice(state, from, Math.min(8, sectors - from));
      if (isTaken(changed, from, 8)) {
        int way = isZero(content) ? random.nextInt(3) : 0;
        switch (way) {
          case 1 -> delta.zero(from / 8);
          case 2 -> delta.unmapped(from / 8, random.nextInt(1 << 20));
          default -> delta.grain(from / 8, content);
        }
      }
    }
    boolean compact = random.nextInt(4) > 0;
    if (compact) {
      delta.compact();
    }
    if (random.nextBoolean()) {
      delta.shuffled(random.nextLong());
    }
    if (random.nextBoolean()) {
      delta.trimmed();
    }
    delta.build().write(folder.resolve(name));
    child("seSparse").extent(sectors, "SESPARSE", name).write(file);
    return compact ? "sesparse/compact" : "sesparse";
  }

  private String cowdDelta(Path file, byte[] state, BitSet changed, BitSet hidden)
      throws IOException {
    int sectors = state.length / SECTOR;
    int grain = new int[] {1, 1, 2, 4, 8, 64, 128, 2048}[random.nextInt(8)];
    var name = file.getFileName().toString().replace(".vmdk", "-delta.vmdk");
    var delta = cowd(sectors).grainSectors(grain);
    for (int from = 0; from < sectors; from += grain) {
      var content = slice(state, from, Math.min(grain, sectors - from));
      if (isTaken(changed, from, grain)) {
        if (grain <= 2 && isZero(content) && random.nextBoolean()) {
          delta.zero(from / grain);
          hidden.set(from, Math.min(from + grain, sectors));
        } else {
          delta.grain(from / grain, content);
        }
      }
    }
    if (random.nextBoolean()) {
      delta.shuffled(random.nextLong()).surplusEntries(random.nextInt(200));
    }
    if (random.nextBoolean()) {
      delta.trimmed();
    } else {
      delta.padding(random.nextInt(3) * 1000L);
    }
    delta.directorySector(4 + random.nextInt(3));
    delta.build().write(folder.resolve(name));
    child("vmfsSparse").extent(sectors, "VMFSSPARSE", name).write(file);
    return "cowd/" + grain;
  }

  private DescriptorBuilder named(String createType) {
    return descriptor(createType).cid(random.nextInt(Integer.MAX_VALUE));
  }

  private DescriptorBuilder child(String createType) throws IOException {
    var parent = top().file();
    var head = new byte[64 << 10];
    int length;
    try (var in = Files.newInputStream(parent)) {
      length = in.readNBytes(head, 0, head.length);
    }
    var cid = CID.matcher(new String(head, 0, length, ISO_8859_1));
    if (!cid.find()) {
      throw new AssertionError(parent + " has no CID");
    }
    return named(createType)
        .parent(Long.parseLong(cid.group(1), 16), parent.getFileName().toString());
  }

  /// Returns a size in sectors: a few MiB mostly, seldom a few sectors or many tables.
  private int size() {
    return switch (random.nextInt(8)) {
      case 0 -> 1 + random.nextInt(300);
      case 1 -> 1 + random.nextInt(80_000);
      default -> 1 + random.nextInt(12_000);
    };
  }

  private List<Write> writes(int sectors) {
    var writes = new ArrayList<Write>();
    int count = random.nextInt(10);
    for (int i = 0; i < count; i++) {
      int length = Math.min(sectors, 1 + random.nextInt(1 << random.nextInt(10)));
      int sector = sector(sectors - length);
      if (random.nextInt(3) == 0) {
        // whole grains of qemu's, mostly: those it can zero
        int start = random.nextBoolean() ? sector / 128 * 128 : sector;
        int end = Math.min(sectors, start + (1 + length / 128) * 128);
        writes.add(new Write(start, end - start, OptionalLong.empty()));
      } else {
        writes.add(new Write(sector, length, OptionalLong.of(random.nextLong())));
      }
    }
    return writes;
  }

  /// Returns where a write begins: anywhere, at an end, or near where a table ends.
  private int sector(int last) {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> last;
      case 2 -> Math.min(last, 4096 * (1 + random.nextInt(3)) - random.nextInt(20));
      default -> random.nextInt(last + 1);
    };
  }

  private boolean isTaken(BitSet changed, int from, int count) {
    int next = changed.nextSetBit(from);
    return (next >= 0 && next < from + count) || random.nextInt(2000) == 0;
  }

  private static byte[] slice(byte[] state, int sector, int sectors) {
    return Arrays.copyOfRange(state, sector * SECTOR, (sector + sectors) * SECTOR);
  }

  private static boolean isZero(byte[] content) {
    for (byte one : content) {
      if (one != 0) {
        return false;
      }
    }
    return true;
  }
}
