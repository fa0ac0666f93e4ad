package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LimitedWritesTest {

  @Test
  void long_writes_are_cut() throws IOException {
    var lengths = new ArrayList<Integer>();
    var out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            lengths.add(length);
            super.write(bytes, offset, length);
          }
        };
    byte[] bytes = new byte[2_500_000];
    new Random(1).nextBytes(bytes);
    new LimitedWrites(out, e -> e).write(bytes);
    assertArrayEquals(bytes, out.toByteArray());
    assertEquals(List.of(1 << 20, 1 << 20, 2_500_000 - (2 << 20)), lengths);
  }
}
