package org.blkdelta.source;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.extent.WholeDisk;

/// The whole content of a file.
final class FileFormat implements SourceFormat {

  @Override
  public String words() {
    return "a whole file";
  }

  @Override
  public List<SourceOption> options() {
    return List.of();
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return Files.isRegularFile(request.file());
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    request.use().admit(request.file());
    var whole = WholeDisk.open(request.file(), Optional.empty());
    return new OpenSource(whole, SourceReport.NONE, true);
  }
}
