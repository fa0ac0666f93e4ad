package org.blkdelta.vmdk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// An open link of a chain: its extents, end to end, each checked. Threads must not share one.
final class Link implements Closeable {

  private final LinkFile file;
  private final List<FileStamp> stamps = new ArrayList<>();
  private final List<GrainMap> extents = new ArrayList<>();
  private final List<Long> starts = new ArrayList<>();
  private long sectors;
  private int current;

  private Link(LinkFile file) throws SourceException {
    this.file = file;
    this.stamps.add(FileStamp.of(file.path()));
  }

  /// Opens all extents of a link and checks them; closing it closes them.
  static Link open(LinkFile file, FileAccess access) throws IOException {
    var link = new Link(file);
    try {
      if (file.isExtent()) {
        link.add(link.monolith(access));
      } else {
        link.addNamed(access);
      }
      return link;
    } catch (SyncException | RuntimeException fault) {
      link.close();
      throw fault;
    } catch (IOException fault) {
      link.close();
      throw SourceException.unreadable(fault);
    }
  }

  /// Returns the file that stands for it.
  LinkFile file() {
    return file;
  }

  /// Returns every file that it is read from as it was before anything was read from it, the
  /// descriptor first.
  List<FileStamp> stamps() {
    return List.copyOf(stamps);
  }

  List<GrainMap> extents() {
    return List.copyOf(extents);
  }

  /// Returns a digest of the grains that it holds; empty if it holds none, or has no tables.
  String tables() {
    if (extents.stream().allMatch(extent -> extent.facts().tables().isEmpty())) {
      return "";
    }
    var digest = StateName.sha256();
    for (var extent : extents) {
      digest.update((extent.facts().tables() + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    return StateName.hex(digest);
  }

  /// Returns the size of the disk that it describes.
  long sectors() {
    return sectors;
  }

  /// Returns what it has from a sector on, for as long as it stays so.
  ///
  /// @param sector less than [#sectors()]
  /// @param most how many sectors are asked for, at least 1; the piece is no longer
  Piece at(long sector, long most) throws IOException {
    select(sector);
    return extents.get(current).at(sector - starts.get(current), most);
  }

  @Override
  public void close() throws IOException {
    for (var extent : extents) {
      extent.close();
    }
  }

  /// Makes the extent that a sector is in the current one; mostly it is, or the next.
  private void select(long sector) {
    if (sector < starts.get(current)) {
      current = 0;
    }
    while (sector - starts.get(current) >= extents.get(current).sectors()) {
      current++;
    }
  }

  private void add(GrainMap extent) {
    starts.add(sectors);
    extents.add(extent);
    sectors += extent.sectors();
  }

  private GrainMap monolith(FileAccess access) throws IOException {
    var disk = access.opener().open(file.path());
    var extent = sparse(disk, file.kind(), access);
    if (file.descriptor().isPresent()) {
      checkSize(disk.name(), extent, file.descriptor().get().sectors());
    }
    return extent;
  }

  private void addNamed(FileAccess access) throws IOException {
    var names = new NamedFiles(file.path(), access);
    Set<Path> seen = new HashSet<>(Set.of(file.path()));
    for (var extent : file.descriptor().orElseThrow().extents()) {
      checkReadable(extent);
      if (extent.fileName().isEmpty()) {
        add(new ZeroExtent(extent.sectors()));
        continue;
      }
      var path = names.extent(extent);
      if (!seen.add(path)) {
        throw refused(
            extent, "names a file that has another use already; the descriptor is damaged");
      }
      stamps.add(FileStamp.of(path));
      add(named(extent, access.opener().open(path), access));
    }
  }

  private void checkReadable(DescriptorExtent extent) throws SourceException {
    switch (extent.type()) {
      case VMFSRDM ->
          throw refused(
              extent, "a raw device mapping, whose data is on the LUN itself; copy the LUN");
      case VMFSRAW -> throw refused(extent, "a device of the host; name that instead");
      case FLAT, SPARSE, ZERO, VMFS, VMFSSPARSE, SESPARSE -> {
        if (!extent.readable()) {
          throw refused(extent, "an extent marked as unreadable (NOACCESS); export the disk again");
        }
      }
    }
  }

  private GrainMap named(DescriptorExtent extent, Disk disk, FileAccess access) throws IOException {
    var opened = opened(extent, disk, access);
    checkSize(disk.name(), opened, extent.sectors());
    return opened;
  }

  private GrainMap opened(DescriptorExtent extent, Disk disk, FileAccess access)
      throws IOException {
    var kind = kind(disk);
    var expected =
        switch (extent.type()) {
          case SPARSE -> FileKind.HOSTED_SPARSE;
          case VMFSSPARSE -> FileKind.COWD;
          case SESPARSE -> FileKind.SE_SPARSE;
          case FLAT, VMFS, ZERO, VMFSRDM, VMFSRAW -> FileKind.RAW;
        };
    if (expected != FileKind.RAW) {
      if (kind != expected) {
        disk.close();
        throw refused(
            extent,
            "%s is %s, and not %s as the descriptor says; they do not belong together"
                .formatted(disk.name(), kind, expected));
      }
      return sparse(disk, kind, access);
    }
    return flat(extent, disk, access);
  }

  private FlatExtent flat(DescriptorExtent extent, Disk disk, FileAccess access)
      throws IOException {
    long start = extent.startSector();
    if (start > disk.size() / Fields.SECTOR - extent.sectors()) {
      disk.close();
      throw refused(
          extent,
          "%s has %s, too few for %d sectors from sector %d on; it is cut: copy it again"
              .formatted(disk.name(), Sizes.exact(disk.size()), extent.sectors(), start));
    }
    tellLeftOut(extent, disk, access);
    return new FlatExtent(extent.sectors(), start * Fields.SECTOR, disk);
  }

  /// Mostly the descriptor was lost, and written again with a wrong number.
  private void tellLeftOut(DescriptorExtent extent, Disk disk, FileAccess access) {
    long taken = extent.sectors() * Fields.SECTOR;
    if (disk.size() - extent.startSector() * Fields.SECTOR > taken) {
      access
          .warnings()
          .accept(
              "%s: takes %s of the %s of %s, and leaves the rest out; if the disk is larger, correct the number of sectors"
                  .formatted(
                      place(extent), Sizes.exact(taken), Sizes.exact(disk.size()), disk.name()));
    }
  }

  private static FileKind kind(Disk disk) throws IOException {
    try {
      return FileKind.of(disk);
    } catch (IOException fault) {
      disk.close();
      throw fault;
    }
  }

  /// Opens one of the formats with tables; closes the file where that fails.
  private static GrainMap sparse(Disk disk, FileKind kind, FileAccess access) throws IOException {
    try {
      return switch (kind) {
        case COWD -> Cowd.open(disk, access);
        case SE_SPARSE -> SeSparse.open(disk, access);
        case HOSTED_SPARSE -> HostedSparse.open(disk, access);
        case CHANGE_TRACKING, UNFINISHED, DESCRIPTOR, RAW ->
            throw new IllegalStateException(disk.name() + " has no tables");
      };
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  private static void checkSize(String name, GrainMap extent, long expected) throws IOException {
    if (extent.sectors() != expected) {
      long found = extent.sectors();
      extent.close();
      throw new SourceException(
          "%s: has %d sectors, and %d in the descriptor; they do not belong together"
              .formatted(name, found, expected));
    }
  }

  private SourceException refused(DescriptorExtent extent, String what) {
    return new SourceException(place(extent) + ": " + what);
  }

  private String place(DescriptorExtent extent) {
    return "%s: line %d".formatted(file.name(), extent.line());
  }
}
