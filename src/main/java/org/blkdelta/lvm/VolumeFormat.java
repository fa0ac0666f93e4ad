package org.blkdelta.lvm;

import java.io.IOException;
import java.util.List;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.SourceRequest;

/// The whole content of a device, which may be a volume of LVM. Whatever nothing else takes is
/// taken for one, and refused as one.
public final class VolumeFormat implements SourceFormat {

  @Override
  public String words() {
    return "a whole device";
  }

  @Override
  public List<SourceOption> options() {
    return List.of();
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return true;
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    request.use().admit(request.file());
    var content = LvmVolumes.ofHost().content(request.name(), request.file());
    return new OpenSource(content, SourceReport.NONE, true);
  }
}
