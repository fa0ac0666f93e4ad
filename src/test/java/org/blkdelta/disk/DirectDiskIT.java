package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A block device of a real kernel, past its page cache.
class DirectDiskIT implements DiskContract {

  @TempDir Path folder;
  private @Nullable LoopDevice device;

  @BeforeEach
  void aHostWithLoopDevices() {
    LoopDevice.require();
  }

  @AfterEach
  void detach() throws IOException {
    if (device != null) {
      device.close();
    }
  }

  @Override
  public Disk holding(byte[] content) throws IOException {
    var attached = LoopDevice.on(Files.write(folder.resolve("image"), content));
    device = attached;
    return assertInstanceOf(DirectDisk.class, DirectDisk.open(attached.node()));
  }

  @Override
  public int unit() {
    return 512;
  }
}
