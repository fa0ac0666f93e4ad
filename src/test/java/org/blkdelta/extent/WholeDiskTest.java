package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeDiskTest implements ChangeSourceContract {

  @TempDir Path folder;

  @Override
  public ChangeSource changed() throws IOException {
    return WholeDisk.open(sparse(), Optional.empty());
  }

  @Test
  void a_file_is_data_and_holes_from_end_to_end() throws IOException {
    try (var disk = WholeDisk.open(sparse(), Optional.empty())) {
      assertEquals(
          List.of(
              new Extent(0, 4 << 20, Extent.Kind.ZERO),
              new Extent(4 << 20, 1 << 20, Extent.Kind.DATA),
              new Extent(5 << 20, 5 << 20, Extent.Kind.ZERO)),
          extents(disk));
      assertEquals(extents(disk), extents(disk));
    }
  }

  @Test
  void a_file_of_any_length_is_whole() throws IOException {
    var file = Files.write(folder.resolve("web.img"), new byte[5001]);
    try (var disk = WholeDisk.open(file, Optional.empty())) {
      assertEquals(List.of(new Extent(0, 5001, Extent.Kind.DATA)), extents(disk));
    }
    Files.write(file, new byte[0]);
    try (var disk = WholeDisk.open(file, Optional.empty())) {
      assertEquals(List.of(), extents(disk));
    }
  }

  @Test
  void a_file_that_changes_meanwhile_moved_on() throws IOException {
    var file = Files.write(folder.resolve("web.img"), new byte[5000]);
    try (var disk = WholeDisk.open(file, Optional.empty())) {
      extents(disk);
      assertEquals(Optional.empty(), disk.movedOn());
      Files.setLastModifiedTime(file, FileTime.fromMillis(1));
      extents(disk);
      assertEquals(Optional.of(file + ": was written to while it was read"), disk.movedOn());
    }
  }

  @Test
  void what_is_no_disk_is_refused() {
    assertThrows(SourceException.class, () -> WholeDisk.open(folder, Optional.empty()));
    assertThrows(
        SourceException.class, () -> WholeDisk.open(folder.resolve("absent"), Optional.empty()));
  }

  private Path sparse() throws IOException {
    var file = folder.resolve("web.img");
    try (var image = new RandomAccessFile(file.toFile(), "rw")) {
      image.setLength(10 << 20);
      image.seek(4 << 20);
      image.write(new byte[1 << 20]);
    }
    return file;
  }

  private static List<Extent> extents(WholeDisk disk) throws IOException {
    var found = new ArrayList<Extent>();
    disk.changes(found::add);
    return found;
  }
}
