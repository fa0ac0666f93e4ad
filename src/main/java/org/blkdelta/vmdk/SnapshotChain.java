package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentRuns;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;

/// The changes that the deltas of a chain hold together: of each sector the newest content, once. A
/// chain that goes down to a base which is sent too is the whole disk: what no link has is zeros
/// then.
public final class SnapshotChain implements ChangeSource {

  private final ChainFiles files;
  private final LinkStack links;
  private final GrainDisk disk;
  private final List<FileStamp> stamps;
  private final Lineage lineage;
  private final Whole whole;
  private Optional<SnapshotChain> opened = Optional.empty();

  /// Opens the whole disk that a chain is the upper part of, if that is known.
  private interface Whole {
    Optional<SnapshotChain> open() throws IOException;
  }

  private SnapshotChain(
      ChainFiles files, LinkStack links, List<FileStamp> stamps, Lineage lineage, Whole whole) {
    this.files = files;
    this.links = links;
    this.disk = new GrainDisk(files.newestFirst().getFirst().name(), links);
    this.stamps = stamps;
    this.lineage = lineage;
    this.whole = whole;
  }

  /// Opens the chain that ends with a file: its deltas down to the base, or to the link that the
  /// destination has already. A file without a parent is sent whole.
  ///
  /// @param top the newest link
  /// @param since the link that the destination has
  public static SnapshotChain open(Path top, Optional<Path> since, FileAccess access)
      throws IOException {
    var files = ChainFiles.follow(top, since, access);
    return open(files, access, () -> Optional.of(whole(top, access)));
  }

  /// Opens the whole disk that a chain of files is, with its base.
  ///
  /// @param top the newest link
  public static SnapshotChain whole(Path top, FileAccess access) throws IOException {
    return open(ChainFiles.whole(top, access), access, Optional::empty);
  }

  /// Opens exactly the files that are named.
  ///
  /// @param oldestFirst deltas, each made on the one before it
  public static SnapshotChain ofFiles(List<Path> oldestFirst, FileAccess access)
      throws IOException {
    return open(ChainFiles.named(oldestFirst, access), access, Optional::empty);
  }

  /// Returns the state of a disk that has only a base, of one flat part, by its descriptor.
  ///
  /// @param file what people call that
  /// @throws SourceException if it is no such descriptor
  public static Generation stateOfBase(String file, byte[] descriptor) throws SourceException {
    var base = DescriptorText.parse(file, descriptor);
    if (base.hasParent() || base.hasTables()) {
      throw new SourceException(
          file + ": is not the descriptor of a base; remove the snapshots below this one first");
    }
    return StateName.of(
        base.cid(), file, Optional.of(List.of(new StateName.Part(Optional.of(base), ""))));
  }

  private static SnapshotChain open(ChainFiles files, FileAccess access, Whole whole)
      throws IOException {
    var opened = new ArrayList<Link>();
    var stamps = new ArrayList<FileStamp>();
    try {
      for (var file : files.newestFirst()) {
        var link = Link.open(file, access);
        opened.add(link);
        stamps.addAll(link.stamps());
      }
      checkSizes(opened);
      var lineage = lineage(files, opened, access);
      var stack = new LinkStack(opened, files.belowSectors());
      return new SnapshotChain(files, stack, stamps, lineage, whole);
    } catch (IOException | RuntimeException fault) {
      for (var link : opened) {
        link.close();
      }
      throw fault;
    }
  }

  @Override
  public Disk disk() {
    return disk;
  }

  /// Returns the names of the states that the chain starts from and leads to.
  @Override
  public Lineage lineage() {
    return lineage;
  }

  private static Lineage lineage(ChainFiles files, List<Link> links, FileAccess access)
      throws IOException {
    var oldest = files.newestFirst().getLast().descriptor();
    var newest = files.newestFirst().getFirst().descriptor();
    var below = StateName.below(files, access);
    var all = below.map(parts -> Stream.concat(parts(links), parts.stream()).toList());
    var name = files.newestFirst().getFirst().name();
    var result = newest.map(link -> StateName.of(link.cid(), name, all));
    return isWhole(files)
        ? Lineage.whole(result)
        : new Lineage(
            oldest
                .filter(Descriptor::hasParent)
                .map(link -> StateName.of(link.parentCid(), parent(files), below)),
            result);
  }

  private static String parent(ChainFiles files) {
    return files
        .below()
        .map(LinkFile::name)
        .orElse("the parent of " + files.newestFirst().getLast().name());
  }

  private static Stream<StateName.Part> parts(List<Link> links) {
    return links.stream().map(StateName.Part::of);
  }

  /// Returns the whole disk, down to its base; nothing where only deltas were named, or where the
  /// links below them cannot be opened.
  @Override
  public Optional<Disk> unchanged() throws IOException {
    if (isWhole(files)) {
      return Optional.of(disk);
    }
    if (opened.isEmpty()) {
      try {
        opened = whole.open();
      } catch (SourceException missing) {
        return Optional.empty();
      }
    }
    return opened.map(SnapshotChain::disk);
  }

  private static boolean isWhole(ChainFiles files) {
    var oldest = files.newestFirst().getLast().descriptor();
    return oldest.isPresent() && !oldest.get().hasParent();
  }

  /// Returns the files that are on this host.
  @Override
  public List<Path> standsOn() {
    return stamps.stream()
        .map(FileStamp::path)
        .filter(path -> path.getFileSystem() == FileSystems.getDefault())
        .toList();
  }

  /// Returns what there is to say about each link, the newest first; the last may be the one that
  /// is not sent.
  public List<LinkFacts> links() {
    var facts = new ArrayList<LinkFacts>();
    for (var link : links.newestFirst()) {
      facts.add(LinkFacts.of(link));
    }
    files.below().ifPresent(below -> facts.add(LinkFacts.ofUnopened(below)));
    return facts;
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    var runs = new ExtentRuns(disk.size(), sink);
    var cursor = links.cursor();
    long end = links.sectors();
    for (long sector = 0; sector < end; ) {
      var piece = cursor.at(sector, end - sector);
      long offset = sector * Fields.SECTOR;
      long length = piece.sectors() * Fields.SECTOR;
      switch (piece) {
        case Piece.Data data -> runs.accept(new Extent(offset, length, Extent.Kind.DATA));
        case Piece.Zero zero -> runs.accept(new Extent(offset, length, Extent.Kind.ZERO));
        case Piece.Absent absent -> {
          // the destination has it
        }
      }
      sector += piece.sectors();
    }
    runs.finish();
  }

  @Override
  public void checkStillTrue() throws IOException {
    for (var stamp : stamps) {
      stamp.checkUnchanged();
    }
  }

  @Override
  public void close() throws IOException {
    try (disk) {
      if (opened.isPresent()) {
        opened.get().close();
      }
    }
  }

  /// A disk may have been grown between two links, but never shrunk.
  private static void checkSizes(List<Link> newestFirst) throws SourceException {
    for (int i = 1; i < newestFirst.size(); i++) {
      var newer = newestFirst.get(i - 1);
      var older = newestFirst.get(i);
      if (newer.sectors() < older.sectors()) {
        throw new SourceException(
            "%s: has %d sectors, fewer than the %d of %s; they do not belong together"
                .formatted(
                    newer.file().name(), newer.sectors(), older.sectors(), older.file().name()));
      }
    }
  }
}
