package org.blkdelta.thin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.HostDevices;

/// The content of a thin volume whose pool is not active, and an image of the pool's metadata.
public final class ThinImageFormat implements SourceFormat {

  private static final SourceOption METADATA =
      SourceOption.file(
          "--thin-metadata",
          "FILE",
          "SOURCE is a thin volume's content; FILE is its pool's metadata.\n"
              + "The pool is not active, and FILE an image of its metadata, or the device. What differs between the volumes --from and --to is read from it.");

  private static final SourceOption FROM =
      SourceOption.number(
          "--from",
          "ID",
          "With --thin-metadata: the thin id of the older state.\n"
              + "It is the number in the pool (lvs -o thin_id) of the volume that a destination is a copy of.");

  private static final SourceOption TO =
      SourceOption.number("--to", "ID", "With --thin-metadata: the thin id of SOURCE.");

  /// A thin volume's number in its pool has 24 bits.
  private static final int MAX_ID = (1 << 24) - 1;

  @Override
  public String words() {
    return "the content of an inactive thin volume";
  }

  @Override
  public List<SourceOption> options() {
    return List.of(METADATA, FROM, TO, SourceOption.SNAPSHOT_SIZE);
  }

  @Override
  public boolean isOne(SourceRequest request) {
    var settings = request.settings();
    boolean isNamed = settings.has(METADATA) || settings.has(FROM) || settings.has(TO);
    return isNamed && request.files().size() == 1 && !request.isRemote();
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var settings = request.settings();
    var image = request.path(METADATA);
    if (image.isEmpty() || !settings.has(FROM) || !settings.has(TO)) {
      throw new UsageException("--thin-metadata, --from and --to go together; give all three");
    }
    int from = id(settings.number(FROM).orElseThrow());
    int to = id(settings.number(TO).orElseThrow());
    if (from == to) {
      throw new UsageException("--from and --to are the same volume; name two");
    }
    var size = request.snapshotSize();
    HostDevices.checkUnused(image.get(), "an active pool; name its volumes as VG/LV, with --since");
    var content = Path.of(request.name());
    var source = ThinSource.ofMetadata(image.get(), from, to, content, size, request.use());
    return new OpenSource(source, new ThinReport(source.state()), true);
  }

  private static int id(long number) throws UsageException {
    if (number < 0 || number > MAX_ID) {
      throw new UsageException(
          "%d: is not the number of a thin volume; see: lvs -o thin_id".formatted(number));
    }
    return (int) number;
  }
}
