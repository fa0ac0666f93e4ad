package org.blkdelta.thin;

import java.io.IOException;
import java.util.List;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.SourceRequest;

/// The whole content of a thin volume of an active pool.
public final class ThinContentFormat implements SourceFormat {

  @Override
  public String words() {
    return "a whole thin volume";
  }

  @Override
  public List<SourceOption> options() {
    return List.of();
  }

  @Override
  public boolean isOne(SourceRequest request) throws IOException {
    return ThinVolumes.ofHost().isThin(request.name());
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var content =
        ThinContent.ofVolume(
            ThinVolumes.ofHost(), request.name(), request.use(), request.warnings());
    return new OpenSource(content, SourceReport.NONE, true);
  }
}
