package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.blkdelta.extent.Extent.Kind;
import org.junit.jupiter.api.Test;

class ExtentTest {

  @Test
  void it_ends_behind_its_last_byte() {
    assertEquals(12, new Extent(4, 8, Kind.DATA).end());
    assertEquals(Long.MAX_VALUE, new Extent(Long.MAX_VALUE - 1, 1, Kind.DATA).end());
  }

  @Test
  void what_is_no_run_of_bytes_is_none() {
    assertThrows(IllegalArgumentException.class, () -> new Extent(-1, 1, Kind.DATA));
    assertThrows(IllegalArgumentException.class, () -> new Extent(0, 0, Kind.DATA));
    assertThrows(IllegalArgumentException.class, () -> new Extent(0, -1, Kind.ZERO));
    assertThrows(IllegalArgumentException.class, () -> new Extent(Long.MAX_VALUE, 1, Kind.DATA));
  }
}
