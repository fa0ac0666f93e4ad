package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.HostedBuilder.hosted;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.disk.ForwardingDisk;
import org.junit.jupiter.api.io.TempDir;

/// A disk of two links: each second grain is in the base, compressed, the others are in the delta.
class GrainDiskContractTest implements DiskContract {

  private static final int SECTOR = 512;
  private static final int GRAIN = 128 * SECTOR;

  @TempDir Path temp;

  @Override
  public int unit() {
    return GRAIN;
  }

  @Override
  public Disk holding(byte[] content) throws IOException {
    var folder = new ChainFolder(temp);
    int sectors = content.length / SECTOR;
    var text = descriptor("streamOptimized").cid(1).extent(sectors, "SPARSE", "generated.vmdk");
    var base = hosted(sectors).compressed(6).descriptor(text.text());
    var delta = hosted(sectors).shuffled(1);
    for (int index = 0; index < content.length / GRAIN; index++) {
      var grain = Arrays.copyOfRange(content, index * GRAIN, (index + 1) * GRAIN);
      if (!Arrays.equals(grain, new byte[GRAIN])) {
        (index % 2 == 0 ? base : delta).grain(index, grain);
      }
    }
    base.build().write(folder.link(1));
    folder.hosted(2, sectors, delta);
    var chain =
        SnapshotChain.ofFiles(
            List.of(folder.link(1), folder.link(2)), Chains.access(new ArrayList<>()));
    return closing(chain.disk(), chain);
  }

  private static Disk closing(Disk disk, Closeable owner) {
    return new ForwardingDisk(disk) {
      @Override
      public void close() throws IOException {
        owner.close();
      }
    };
  }
}
