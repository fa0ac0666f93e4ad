package org.blkdelta.disk;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;

/// Files of a file system that knows no system calls, such as that of an archive or a remote host.
class FileDiskOnJimfsTest implements WritableDiskContract {

  private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());

  @AfterEach
  void close() throws IOException {
    files.close();
  }

  @Override
  public WritableDisk holding(byte[] content) throws IOException {
    var file = Files.write(files.getPath("/work/disk"), content);
    return FileDisk.forWriting(file, () -> {}, file.toString());
  }
}
