package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentRuns;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.Printable;

/// An export as a source: all of it, what a dirty bitmap has, or what the top layers of an image
/// hold. The server can't be asked whether anything else writes to the disk meanwhile.
final class ExportSource implements ChangeSource {

  private static final int MAX_SHOWN = 60;

  private final ExportDisk disk;
  private final Selection selection;
  private final OptionalLong baseSize;

  private ExportSource(ExportDisk disk, Selection selection, OptionalLong baseSize) {
    this.disk = disk;
    this.selection = selection;
    this.baseSize = baseSize;
  }

  /// Connects and opens an export; the caller closes this.
  ///
  /// @param baseSize bytes of what the changes start from, if the disk has grown since: all beyond
  ///     is a change
  /// @throws org.blkdelta.failure.ConnectionException if nothing answers
  /// @throws org.blkdelta.failure.SourceException if what answers has no such export, or no such
  /// list of changes
  static ExportSource open(ExportUri uri, Selection selection, OptionalLong baseSize)
      throws IOException {
    return open(uri, selection, baseSize, ExportDisk.PATIENCE);
  }

  /// @param patience how long the server may be silent
  static ExportSource open(
      ExportUri uri, Selection selection, OptionalLong baseSize, Duration patience)
      throws IOException {
    return of(
        ExportDisk.connect(uri, Side.SOURCE, contexts(selection), patience), selection, baseSize);
  }

  /// Opens an export of a server that is connected.
  ///
  /// @param channel closed with the source; by the caller if this fails
  static ExportSource over(
      ByteChannel channel, ExportUri uri, Selection selection, OptionalLong baseSize)
      throws IOException {
    return of(ExportDisk.over(channel, uri, Side.SOURCE, contexts(selection)), selection, baseSize);
  }

  private static List<String> contexts(Selection selection) {
    return Stream.concat(Stream.of(Export.ALLOCATION), selection.context().stream()).toList();
  }

  private static ExportSource of(ExportDisk disk, Selection selection, OptionalLong baseSize)
      throws IOException {
    var missing = missing(selection, disk.export());
    if (missing.isPresent()) {
      disk.close();
      throw disk.fault(missing.get());
    }
    return new ExportSource(disk, selection, baseSize);
  }

  /// Returns what the server said of the export.
  Export export() {
    return disk.export();
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public Lineage lineage() {
    return StateNames.lineage(disk.name(), selection);
  }

  /// Returns nothing: what the server reads is not known.
  @Override
  public List<Path> standsOn() {
    return List.of();
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    long size = disk.size();
    var gate = new ExtentRuns(size, sink);
    long end = Math.min(size, baseSize.orElse(size));
    if (!disk.export().contexts().isEmpty()) {
      new StatusWalk(disk, selection, gate).walk(0, end);
      new StatusWalk(disk, Selection.WHOLE, gate).walk(end, size);
    } else if (size > 0) {
      gate.accept(new Extent(0, size, Extent.Kind.DATA));
    }
    gate.finish();
  }

  @Override
  public void checkStillTrue() {
    // a server that is gone is found by the next read, and a bitmap that is exported is frozen
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }

  /// Returns in words what the server does not tell, and has to, if there is anything.
  private static Optional<String> missing(Selection selection, Export export) {
    return selection
        .context()
        .filter(context -> !export.contexts().containsKey(context))
        .map(context -> words(selection, export));
  }

  private static String words(Selection selection, Export export) {
    if (!export.isStructured()) {
      return "the server tells no changes (no structured replies); use a newer one, or blkdelta verify --repair";
    }
    return switch (selection) {
      case Selection.Whole whole -> "tells nothing";
      case Selection.Layers top ->
          "the server does not tell which layer has what; start it with --allocation-depth (qemu-nbd -A)";
      case Selection.Bitmap bitmap ->
          "has no bitmap \"%s\", but %s; name one that is exported"
              .formatted(Printable.of(bitmap.name(), MAX_SHOWN), bitmaps(export));
    };
  }

  private static String bitmaps(Export export) {
    var names =
        export.offered().stream()
            .filter(context -> context.startsWith(Selection.Bitmap.PREFIX))
            .map(context -> context.substring(Selection.Bitmap.PREFIX.length()))
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "none at all" : Printable.of(names, MAX_SHOWN);
  }
}
