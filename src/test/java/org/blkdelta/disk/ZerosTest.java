package org.blkdelta.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ZerosTest {

  @Test
  void nothing_is_all_zero() {
    assertTrue(Zeros.fill(ByteBuffer.allocate(0)));
  }

  @Test
  void one_byte_that_is_not_zero_is_found_wherever_it_is() {
    for (int length = 1; length <= 130; length++) {
      assertTrue(Zeros.fill(ByteBuffer.allocate(length)));
      for (int at = 0; at < length; at++) {
        assertFalse(Zeros.fill(ByteBuffer.allocate(length).put(at, (byte) 1)));
      }
    }
  }

  @Test
  void a_run_of_one_other_byte_is_not_zero() {
    var bytes = ByteBuffer.allocate(4096);
    Arrays.fill(bytes.array(), (byte) 0xff);
    assertFalse(Zeros.fill(bytes));
  }

  @Test
  void only_what_remains_is_looked_at_and_the_position_stays() {
    var bytes = ByteBuffer.allocate(100).put(9, (byte) 1).put(90, (byte) 1);
    bytes.position(10).limit(90);
    assertTrue(Zeros.fill(bytes));
    assertEquals(10, bytes.position());
    assertEquals(90, bytes.limit());
    assertFalse(Zeros.fill(bytes.limit(91)));
    assertTrue(Zeros.fill(ByteBuffer.allocateDirect(5000).position(3)));
  }
}
