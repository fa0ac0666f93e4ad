package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceNumberTest {

  @TempDir Path folder;

  @Test
  void it_is_written_as_the_kernel_writes_it() {
    assertEquals(new DeviceNumber(254, 1048575), DeviceNumber.parse("254:1048575"));
    assertEquals("254:3", new DeviceNumber(254, 3).toString());
  }

  @Test
  void files_folders_and_character_devices_have_none() throws IOException {
    assertEquals(Optional.empty(), DeviceNumber.of(Files.createFile(folder.resolve("file"))));
    assertEquals(Optional.empty(), DeviceNumber.of(folder));
    assertEquals(Optional.empty(), DeviceNumber.of(Path.of("/dev/null")));
  }

  @Test
  void nothing_outside_the_host_has_one() throws IOException {
    try (var files = Jimfs.newFileSystem(Configuration.unix())) {
      assertEquals(Optional.empty(), DeviceNumber.of(files.getPath("/dev/sda")));
    }
  }
}
