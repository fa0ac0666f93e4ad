package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.blkdelta.extent.Lineage;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.StreamHeader;
import org.junit.jupiter.api.Test;

class SpreadTest {

  private final Spread spread = new Spread();

  private void begin(long size) throws IOException {
    var whole = Lineage.whole(Optional.empty());
    spread.accept(new Frame.Header(new StreamHeader(size, whole, Optional.empty())));
  }

  @Test
  void a_digit_tells_how_much_of_its_column_was_sent() throws IOException {
    begin(256L << 20);
    spread.accept(new Frame.Data(0, ByteBuffer.allocate(1 << 20)));
    spread.accept(new Frame.Zero(2 << 20, 1 << 18));
    spread.accept(new Frame.Zero(3 << 20, (1 << 18) - 1));
    spread.accept(new Frame.Data(4 << 20, ByteBuffer.allocate(1)));
    spread.accept(Frame.Expect.zeros(9 << 20, 1 << 20));
    assertEquals("90981" + "0".repeat(251), spread.text());
  }

  @Test
  void what_lies_over_columns_and_what_is_sent_later_is_in_all_of_them() throws IOException {
    long size = (1L << 62) + 12345;
    begin(size);
    spread.accept(new Frame.Zero(size / 256 - 5, size / 256));
    begin(size); // as when a connection broke
    spread.accept(new Frame.Zero(size - 1, 1));
    assertEquals("19" + "0".repeat(253) + "1", spread.text());
  }

  @Test
  void a_small_disk_has_fewer_columns_and_one_of_unknown_size_none() throws IOException {
    assertEquals("", spread.text());
    begin(0);
    spread.accept(new Frame.Zero(0, 512));
    assertEquals("", spread.text());
    begin(12_300);
    spread.accept(new Frame.Zero(4100, 1));
    assertEquals("040", spread.text());
  }

  @Test
  void what_is_beyond_the_disk_counts_for_nothing() throws IOException {
    begin(8192);
    spread.accept(new Frame.Zero(8192, 4096));
    spread.accept(new Frame.Zero(Long.MAX_VALUE - 1, 4096));
    spread.accept(new Frame.Zero(-4096, 4096));
    assertEquals("00", spread.text());
  }

  @Test
  void only_digits_are_believed() {
    assertTrue(Spread.isText("0".repeat(256)));
    assertFalse(Spread.isText("0".repeat(257)));
    assertFalse(Spread.isText(""));
    assertFalse(Spread.isText("0x"));
  }
}
