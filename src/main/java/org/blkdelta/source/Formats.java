package org.blkdelta.source;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.UsageException;
import org.blkdelta.lvm.SnapshotFormat;
import org.blkdelta.lvm.StoreFormat;
import org.blkdelta.lvm.VolumeFormat;
import org.blkdelta.nbd.ExportFormat;
import org.blkdelta.nbd.ImageFormat;
import org.blkdelta.nbd.RunningFormat;
import org.blkdelta.thin.ThinContentFormat;
import org.blkdelta.thin.ThinFormat;
import org.blkdelta.thin.ThinImageFormat;
import org.blkdelta.vmdk.ChainFormat;

/// Everything that a source can be, asked in this order. A new format is a room of its own and a
/// line here.
@SuppressWarnings("ImmutableEnumChecker") // its lists are of List.of, and formats have no state
public enum Formats {
  /// What has a list of changes.
  CHANGES(
      List.of(
          new StoreFormat(InstantSource.system()),
          new ThinImageFormat(),
          new ChainFormat(false),
          new ExportFormat(false),
          new RunningFormat(false, InstantSource.system()),
          new MachineFormat(false),
          new ImageFormat(false),
          new ThinFormat(),
          new SnapshotFormat(InstantSource.system()))),
  /// What is read from its first byte to its last.
  WHOLE(
      List.of(
          new ExportFormat(true),
          new RunningFormat(true, InstantSource.system()),
          new MachineFormat(true),
          new ChainFormat(true),
          new ImageFormat(true),
          new FileFormat(),
          new ThinContentFormat(),
          new VolumeFormat()));

  private final List<SourceFormat> formats;

  Formats(List<SourceFormat> formats) {
    this.formats = formats;
  }

  /// Returns the options of all of them, each once.
  public List<SourceOption> options() {
    return formats.stream().flatMap(format -> format.options().stream()).distinct().toList();
  }

  /// Returns whether every delta from a lineage's base that is read later has all that this one
  /// has, and maybe more.
  public static boolean isGrowing(Lineage lineage) {
    return lineage.base().isPresent()
        && CHANGES.formats.stream().anyMatch(format -> format.isGrowingFrom(lineage.base().get()));
  }

  /// Returns what a source is.
  ///
  /// @throws UsageException if the user named an option that such a source does not have
  SourceFormat of(SourceRequest request) throws IOException {
    for (var format : formats) {
      if (format.isOne(request)) {
        for (var option : request.settings().identifying()) {
          check(option, format, request);
        }
        return format;
      }
    }
    throw new IllegalStateException("the last one takes everything");
  }

  private void check(SourceOption option, SourceFormat format, SourceRequest request)
      throws UsageException {
    if (!format.options().contains(option)) {
      var owners =
          formats.stream()
              .filter(other -> other.options().contains(option))
              .map(SourceFormat::words)
              .distinct()
              .collect(Collectors.joining(" or "));
      throw new UsageException(
          "%s goes with %s; %s is taken for %s%s"
              .formatted(option.name(), owners, request.name(), format.words(), format.advice()));
    }
  }
}
