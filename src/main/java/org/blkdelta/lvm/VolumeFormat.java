package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.HostDevices;
import org.blkdelta.linux.DeviceNumber;

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
    checkThere(request);
    checkKind(request.file());
    request.use().admit(request.file());
    var content = LvmVolumes.ofHost().content(request.name(), request.file());
    return new OpenSource(content, SourceReport.NONE, true);
  }

  /// It is not asked who uses what cannot be read anyway.
  private static void checkKind(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path) && DeviceNumber.of(path).isEmpty()) {
      throw new SourceException(
          path + ": is neither a block device nor a file; the source cannot be read");
    }
  }

  /// LVM may know a volume although it has no device.
  private static void checkThere(SourceRequest request) throws SourceException {
    if (Files.notExists(request.file())) {
      var why = HostDevices.ADVICE.absent(request.name(), OptionalLong.empty());
      if (why.isPresent()) {
        throw new SourceException(request.name() + ": " + why.get());
      }
    }
  }
}
