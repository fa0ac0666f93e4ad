package org.blkdelta.lvm;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ChangeSourceContract;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotContentTest implements ChangeSourceContract {

  private static final int SIZE = 1 << 20;

  @TempDir Path folder;

  private FakeLvm lvm;

  @BeforeEach
  void aHostWithASnapshot() throws IOException {
    lvm = FakeLvm.withSnapshot(folder.resolve("dev"));
    Files.write(lvm.mapper("vg-snap"), new byte[SIZE]);
    Files.write(lvm.mapper("vg-src"), new byte[SIZE]);
  }

  @Override
  public ChangeSource changed() throws IOException {
    lvm.status("vg-snap", "0 65536 snapshot 24/32768 16");
    return content("vg-snap");
  }

  @Test
  void a_snapshot_is_read_whole_and_looked_after() throws IOException {
    lvm.status("vg-snap", "0 65536 snapshot 24/32768 16");
    try (var content = content("vg-snap")) {
      assertEquals(List.of("0+" + SIZE), extents(content));
      assertEquals(
          Lineage.whole(
              Optional.of(Generation.of("lvm:" + FakeLvm.ORIGIN_ID + "@" + FakeLvm.SNAPSHOT_ID))),
          content.lineage());
      assertEquals(
          Optional.of(new StoreUsage(24 * 512, 32_768 * 512, OptionalLong.empty(), "vg/snap")),
          content.storeUsage());
    }
  }

  @Test
  void a_snapshot_that_is_lost_meanwhile_is_no_source() throws IOException {
    try (var content = content("vg-snap")) {
      lvm.status("vg-snap", "0 65536 snapshot Invalid");
      assertSays(
          assertThrows(SourceException.class, () -> extents(content)),
          "vg-snap: the snapshot is invalid");
    }
  }

  @Test
  void what_is_no_snapshot_is_read_as_it_is() throws IOException {
    try (var content = content("vg-src")) {
      assertEquals(List.of("0+" + SIZE), extents(content));
      assertEquals(Lineage.whole(Optional.empty()), content.lineage());
      assertEquals(Optional.empty(), content.storeUsage());
    }
  }

  private ChangeSource content(String name) throws IOException {
    var volumes = new LvmVolumes(lvm, folder.resolve("dev"), lvm);
    return volumes.content(name, lvm.mapper(name));
  }

  private static List<String> extents(ChangeSource source) throws IOException {
    var found = new ArrayList<String>();
    source.changes(extent -> found.add(extent.offset() + "+" + extent.length()));
    source.checkStillTrue();
    return found;
  }
}
