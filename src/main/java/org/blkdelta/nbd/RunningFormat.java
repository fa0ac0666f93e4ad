package org.blkdelta.nbd;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;

/// A disk of a running QEMU, by a node name and QEMU's monitor.
public final class RunningFormat implements SourceFormat {

  private final boolean isWhole;
  private final InstantSource clock;

  /// @param isWhole whether all of it is read, and not what changed
  /// @param clock that of the host
  public RunningFormat(boolean isWhole, InstantSource clock) {
    this.isWhole = isWhole;
    this.clock = clock;
  }

  /// Returns whether a text is meant to name one.
  public static boolean isOne(String text) {
    return QmpUri.isOne(text);
  }

  @Override
  public String words() {
    return "a running disk of QEMU";
  }

  @Override
  public List<SourceOption> options() {
    return List.of();
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return request.names().size() == 1 && !request.isRemote() && QmpUri.isOne(request.name());
  }

  /// A bitmap notes until a destination holds a later state.
  @Override
  public boolean isGrowingFrom(Generation base) {
    return base.id().startsWith(RoundBitmap.SCHEME);
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var uri = QmpUri.parse(request.name());
    var round = FrozenRound.begin(uri, isWhole, clock, request.warnings());
    try {
      var source = ExportSource.open(round.export(), round.selection(), round.baseSize());
      var report =
          new ExportReport("qmp", "running disk of QEMU", source.export(), round.selection());
      return new OpenSource(new RunningDisk(source, round), report, true);
    } catch (IOException | RuntimeException fault) {
      round.close();
      throw fault;
    }
  }
}
