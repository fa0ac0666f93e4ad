package org.blkdelta.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // what is known after it was closed is asked, too
class ChildInputTest {

  /// More than the pipe holds.
  private static final byte[] MUCH = new byte[1 << 20];

  @Test
  void a_child_reads_all_that_is_written_up_to_its_end() throws IOException {
    try (var input = ChildInput.open()) {
      var child = child(input, "wc -c");
      input.write(MUCH);
      input.write('x');
      assertFalse(input.isUntouched());
      input.close();
      assertEquals("1048577", said(child));
      assertFalse(input.isUntouched());
    }
  }

  @Test
  void who_reads_one_byte_has_touched_it() throws IOException {
    try (var input = ChildInput.open()) {
      var child = child(input, "head -c 1 >/dev/null");
      input.write(new byte[100]);
      said(child);
      assertFalse(input.isUntouched());
    }
  }

  @Test
  void who_ends_without_reading_has_not() throws IOException {
    for (int size : new int[] {0, 1, 4096, 5000, 60000, MUCH.length}) {
      try (var input = ChildInput.open()) {
        var child = child(input, "read -r line </dev/null; sleep 0.1");
        if (size == MUCH.length) {
          assertThrows(IOException.class, () -> input.write(MUCH));
        } else {
          input.write(MUCH, 0, size);
        }
        said(child);
        assertTrue(input.isUntouched(), Integer.toString(size));
        assertEquals(size > 0, input.isUsed());
        input.close();
        assertTrue(input.isUntouched(), Integer.toString(size));
      }
    }
  }

  private static Process child(ChildInput input, String script) throws IOException {
    var child = new ProcessBuilder("sh", "-c", script).redirectInput(input.file()).start();
    input.handOver();
    return child;
  }

  private static String said(Process child) throws IOException {
    var said = new String(child.getInputStream().readAllBytes(), UTF_8).strip();
    child.onExit().join();
    return said;
  }
}
