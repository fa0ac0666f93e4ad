package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Set;
import org.blkdelta.disk.CountedDisk;
import org.blkdelta.disk.MemoryDisk;
import org.junit.jupiter.api.Test;

class TableWindowTest {

  private static final int TABLE_SECTORS = 4096;

  @Test
  void a_far_file_is_asked_for_many_tables_at_once() throws IOException {
    int tables = 64;
    var delta = cowd((long) tables * TABLE_SECTORS).grainSectors(1);
    for (int table = 0; table < tables; table += 2) {
      delta.grain(table * TABLE_SECTORS + table, table);
    }
    var file = new CountedDisk(new MemoryDisk("delta", delta.build().bytes()), new ArrayList<>());
    var access = new FileAccess(path -> file, false, Set.of(), told -> {});

    var extent = Cowd.open(file, access);

    assertEquals(32, extent.facts().dataGrains());
    // the header, the directory whole and by its page, and 32 tables of 16 KiB, 16 at a time
    assertEquals(5, file.batches().size(), file.batches().toString());
    for (long sector = 0; sector < extent.sectors(); ) {
      sector += extent.at(sector, extent.sectors() - sector).sectors();
    }
    assertTrue(file.batches().size() <= 8, file.batches().toString());
  }
}
