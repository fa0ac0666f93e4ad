package org.blkdelta.nbd;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.UsageException;

/// An export of an NBD server, by its URI.
public final class ExportFormat implements SourceFormat {

  private static final SourceOption BITMAP =
      SourceOption.part(
          "--bitmap",
          "NAME",
          "Take what dirty bitmap NAME of an NBD export has.\n"
              + "What it has is for a destination that holds what the disk was when the bitmap began.");

  static final SourceOption DEPTH =
      SourceOption.number(
          "--depth",
          "N",
          "Take what the top N layers of an NBD export or image hold.\n"
              + "1 is the top layer alone, and the default of a qcow2 image. What they hold is for a destination that holds what the layer below them shows. The server must say which layer has what.");

  private final boolean isWhole;

  /// @param isWhole whether all of it is read, and not what changed
  public ExportFormat(boolean isWhole) {
    this.isWhole = isWhole;
  }

  @Override
  public String words() {
    return "an NBD export";
  }

  @Override
  public List<SourceOption> options() {
    return isWhole ? List.of() : List.of(BITMAP, DEPTH, SourceOption.SNAPSHOT_SIZE);
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return request.names().size() == 1 && !request.isRemote() && ExportUri.isOne(request.name());
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var uri = ExportUri.parse(request.name());
    var selection = isWhole ? Selection.WHOLE : selection(request);
    var baseSize = isWhole ? OptionalLong.empty() : request.snapshotSize();
    var source = ExportSource.open(uri, selection, baseSize);
    warn(source.export(), request);
    return new OpenSource(
        source, new ExportReport("nbd", "NBD export", source.export(), selection), true);
  }

  private static Selection selection(SourceRequest request) throws UsageException {
    var bitmap = request.settings().name(BITMAP);
    var depth = request.settings().number(DEPTH);
    if (bitmap.isPresent() && depth.isPresent()) {
      throw new UsageException("--bitmap and --depth exclude each other; use one of them");
    }
    if (bitmap.isPresent()) {
      return new Selection.Bitmap(bitmap.get());
    }
    if (depth.isPresent()) {
      return Selection.Layers.of(depth.getAsLong());
    }
    throw new UsageException(
        request.name()
            + ": say what changed: --bitmap NAME, or --depth N; or copy all of it: blkdelta copy");
  }

  private static void warn(Export export, SourceRequest request) {
    if (!export.isReadOnly()) {
      request
          .warnings()
          .accept(
              request.name()
                  + ": can be written to; what is written meanwhile may be missing; export it read-only");
    }
    if (!export.saysZeros()) {
      request
          .warnings()
          .accept(request.name() + ": the server does not say where zeros are, so all is read");
    }
  }
}
