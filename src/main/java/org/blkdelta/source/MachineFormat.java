package org.blkdelta.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.extent.ForwardingSource;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.vmdk.ChainFormat;
import org.blkdelta.vsphere.Access;
import org.blkdelta.vsphere.MachineFiles;
import org.blkdelta.vsphere.MachineUri;

/// The disk of a machine that is off, at its ESXi host or vCenter: a VMware disk by its files,
/// which the host gives by HTTPS.
final class MachineFormat implements SourceFormat {

  private final ChainFormat chain;

  /// @param isWhole whether all that the disk holds is read, and not what changed
  MachineFormat(boolean isWhole) {
    this.chain = new ChainFormat(isWhole);
  }

  @Override
  public String words() {
    return "a VMware disk";
  }

  @Override
  public List<SourceOption> options() {
    return chain.options();
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return request.names().size() == 1 && MachineUri.isOne(request.name());
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var uri = MachineUri.parse(request.name());
    var files = MachineFiles.open(uri, Access.ofHost(request.person()), request.warnings());
    try {
      var opened = chain.open(of(request, files));
      return opened
          .with(
              new ForwardingSource(opened.changes()) {
                @Override
                public List<Path> standsOn() {
                  return List.of(); // nothing of this host
                }

                @Override
                public void checkStillTrue() throws IOException {
                  super.checkStillTrue();
                  files.checkStill();
                }
              })
          .over(files);
    } catch (IOException | RuntimeException fault) {
      files.close();
      throw fault;
    }
  }

  private static SourceRequest of(SourceRequest request, MachineFiles files) {
    return new SourceRequest(
        request.names(),
        List.of(files.top()),
        true,
        files::path,
        files::open,
        request.settings(),
        request.isRaw(),
        request.use(),
        request.person(),
        request.warnings());
  }
}
