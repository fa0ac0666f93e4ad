package org.blkdelta.thin;

import java.io.IOException;
import java.util.List;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;

/// A thin volume of an active pool.
public final class ThinFormat implements SourceFormat {

  @Override
  public String words() {
    return "a thin volume";
  }

  @Override
  public String advice() {
    return "; for what changed from OLD to NEW, say: --since OLD NEW";
  }

  @Override
  public List<SourceOption> options() {
    return List.of(SourceOption.SINCE);
  }

  @Override
  public boolean isOne(SourceRequest request) throws IOException {
    return request.settings().has(SourceOption.SINCE)
        || ThinVolumes.ofHost().isThin(request.name());
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var source =
        ThinSource.ofVolumes(
            ThinVolumes.ofHost(),
            request.settings().name(SourceOption.SINCE),
            request.name(),
            request.use(),
            request.warnings());
    return new OpenSource(source, new ThinReport(source.state()), true);
  }
}
