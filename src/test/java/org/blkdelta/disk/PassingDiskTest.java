package org.blkdelta.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class PassingDiskTest implements DiskContract {

  @TempDir Path folder;

  @Override
  public Disk holding(byte[] content) throws IOException {
    return PassingDisk.open(Files.write(folder.resolve("disk"), content));
  }
}
