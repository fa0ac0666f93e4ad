package org.blkdelta.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Good files with one thing changed: each is refused, or says the same as before, or is of another
/// size than its descriptor. Which of these is said for each field and each value. A few values
/// lead to other content, because every byte of the file would be as right with them: these are
/// named too, and may not become more.
class DamagedExtentTest {

  private static final int SECTOR = Fields.SECTOR;

  @TempDir private Path temp;

  /// A field of a header, and what comes of it.
  ///
  /// @param outcomes for 0, 1, all ones, one more, and the highest bit flipped: `!` is refused, `=`
  /// makes no difference, `s` is another size, which the descriptor does not have; `?` is other
  /// content, because nothing in the file contradicts the value
  record Field(String disk, String file, String name, int at, int width, String outcomes) {}

  static Stream<Field> fields() {
    var cowd = "a-000001-delta.vmdk";
    var sesparse = "b-000001-sesparse.vmdk";
    var hosted = "c-000001.vmdk";
    return Stream.of(
        new Field("cowd", cowd, "magic", 0, 4, "!!!!!"),
        new Field("cowd", cowd, "version", 4, 4, "!=!!!"),
        new Field("cowd", cowd, "flags", 8, 4, "!!!!!"),
        new Field("cowd", cowd, "sectors", 12, 4, "!!!s!"),
        new Field("cowd", cowd, "sectors of a grain", 16, 4, "!=!!!"),
        new Field("cowd", cowd, "directory", 20, 4, "!!!!!"),
        new Field("cowd", cowd, "entries of the directory", 24, 4, "!!!=!"),
        new Field("cowd", cowd, "free sector", 28, 4, "====="),
        new Field("cowd", cowd, "generation", 1060, 4, "====="),
        new Field("cowd", cowd, "saved generation", 1636, 4, "====="),
        new Field("cowd", cowd, "unclean shutdown", 1648, 4, "====="),
        new Field("sesparse", sesparse, "magic", 0, 8, "!!!!!"),
        new Field("sesparse", sesparse, "version", 8, 8, "!!!!!"),
        new Field("sesparse", sesparse, "sectors", 16, 8, "!s!s!"),
        new Field("sesparse", sesparse, "sectors of a grain", 24, 8, "!!!!!"),
        new Field("sesparse", sesparse, "sectors of a table", 32, 8, "!!!!!"),
        new Field("sesparse", sesparse, "flags", 40, 8, "=!!!!"),
        new Field("sesparse", sesparse, "reserved", 64, 8, "====="),
        new Field("sesparse", sesparse, "pad", 208, 8, "====="),
        new Field("sesparse", sesparse, "volatile header", 80, 8, "!=!!!"),
        new Field("sesparse", sesparse, "size of the volatile header", 88, 8, "!=!!!"),
        new Field("sesparse", sesparse, "journal header", 96, 8, "!!!!!"),
        new Field("sesparse", sesparse, "size of the journal header", 104, 8, "==!!!"),
        new Field("sesparse", sesparse, "journal", 112, 8, "!!!!!"),
        new Field("sesparse", sesparse, "size of the journal", 120, 8, "==!!!"),
        new Field("sesparse", sesparse, "grain directory", 128, 8, "!!!!!"),
        new Field("sesparse", sesparse, "size of the grain directory", 136, 8, "!=!!!"),
        new Field("sesparse", sesparse, "grain tables", 144, 8, "!!!!!"),
        new Field("sesparse", sesparse, "size of the grain tables", 152, 8, "!!!!!"),
        new Field("sesparse", sesparse, "free bitmap", 160, 8, "!!!!!"),
        new Field("sesparse", sesparse, "size of the free bitmap", 168, 8, "==!!!"),
        new Field("sesparse", sesparse, "back map", 176, 8, "!!!=!"),
        new Field("sesparse", sesparse, "size of the back map", 184, 8, "==!=!"),
        new Field("sesparse", sesparse, "grains", 192, 8, "!!!?!"),
        new Field("sesparse", sesparse, "size of the grains", 200, 8, "!!!=!"),
        new Field("sesparse", sesparse, "volatile magic", 512, 8, "!!!!!"),
        new Field("sesparse", sesparse, "next table", 520, 8, "====="),
        new Field("sesparse", sesparse, "next transaction", 528, 8, "====="),
        new Field("sesparse", sesparse, "journal to replay", 536, 8, "=!!!!"),
        new Field("sesparse", sesparse, "volatile pad", 544, 8, "====="),
        new Field("hosted", hosted, "magic", 0, 4, "!!!!!"),
        new Field("hosted", hosted, "version", 4, 4, "!=!=!"),
        new Field("hosted", hosted, "flags", 8, 4, "!!!!!"),
        new Field("hosted", hosted, "sectors", 12, 8, "ss!s!"),
        new Field("hosted", hosted, "sectors of a grain", 20, 8, "!?!!!"),
        new Field("hosted", hosted, "descriptor", 28, 8, "==!!!"),
        new Field("hosted", hosted, "sectors of the descriptor", 36, 8, "!=!!!"),
        new Field("hosted", hosted, "entries of a table", 44, 4, "!!!!!"),
        new Field("hosted", hosted, "redundant directory", 48, 8, "=!!!!"),
        new Field("hosted", hosted, "directory", 56, 8, "!!!!!"),
        new Field("hosted", hosted, "overhead", 64, 8, "==!=!"),
        new Field("hosted", hosted, "unclean shutdown", 72, 1, "=!!!!"),
        new Field("hosted", hosted, "line ends", 73, 4, "!!!!!"),
        new Field("hosted", hosted, "compression", 77, 2, "=!!!!"),
        new Field("stream", "d.vmdk", "magic", 0, 4, "!!!!!"),
        new Field("stream", "d.vmdk", "version", 4, 4, "!!!!!"),
        new Field("stream", "d.vmdk", "flags", 8, 4, "!!!!!"),
        new Field("stream", "d.vmdk", "sectors", 12, 8, "!!!!!"),
        new Field("stream", "d.vmdk", "sectors of a grain", 20, 8, "!!!!!"),
        new Field("stream", "d.vmdk", "directory", 56, 8, "!!=!!"),
        new Field("stream", "d.vmdk", "directory in the footer", 9784, 8, "!!!!!"));
  }

  @ParameterizedTest
  @MethodSource("fields")
  void a_changed_field_of_a_header_is_refused_or_makes_no_difference(Field field)
      throws IOException {
    var good = Opened.good(temp, field.disk, field.file);
    var expected = Opened.content(good);
    var found = new StringBuilder();
    for (int change = 0; change < 5; change++) {
      var bytes = good.clone();
      put(bytes, field, changed(get(good, field), field.width, change));
      found.append(outcome(bytes, expected));
    }
    assertEquals(field.outcomes, found.toString());
  }

  private static long changed(long value, int width, int change) {
    return switch (change) {
      case 0 -> 0;
      case 1 -> 1;
      case 2 -> -1;
      case 3 -> value + 1;
      default -> value ^ (1L << (8 * width - 1));
    };
  }

  private static long get(byte[] bytes, Field field) {
    long value = 0;
    for (int i = field.width - 1; i >= 0; i--) {
      value = (value << 8) | (bytes[field.at + i] & 0xff);
    }
    return value;
  }

  private static void put(byte[] bytes, Field field, long value) {
    for (int i = 0; i < field.width; i++) {
      bytes[field.at + i] = (byte) (value >>> (8 * i));
    }
  }

  private static char outcome(byte[] bytes, byte[] expected) throws IOException {
    try {
      var extent = Opened.open(bytes);
      if (extent.sectors() != expected.length / SECTOR) {
        return 's';
      }
      return Arrays.equals(Opened.content(bytes), expected) ? '=' : '?';
    } catch (SourceException refused) {
      return '!';
    }
  }

  /// Where the last needed byte of each file is: behind it nothing is missed.
  record Cut(String disk, String file, int needed) {}

  static Stream<Cut> cuts() {
    return Stream.of(
        new Cut("cowd", "a-000001-delta.vmdk", 75 * SECTOR),
        new Cut("sesparse", "b-000001-sesparse.vmdk", 173 * SECTOR),
        new Cut("hosted", "c-000001.vmdk", 51 * SECTOR),
        new Cut("stream", "d.vmdk", 21 * SECTOR));
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void a_file_cut_anywhere_before_its_last_needed_byte_is_refused(Cut cut) throws IOException {
    var good = Opened.good(temp, cut.disk, cut.file);
    var expected = Opened.content(good);
    for (int end = 0; end <= good.length; end += SECTOR) {
      for (int length = Math.max(0, end - 1); length <= Math.min(end + 1, good.length); length++) {
        char wanted = length < cut.needed ? '!' : '=';
        assertEquals(
            wanted,
            outcome(Arrays.copyOf(good, length), expected),
            "cut to %d bytes".formatted(length));
      }
    }
  }

  /// An entry of 32 bits in a directory or table.
  ///
  /// @param unnoticed the sectors that nothing else uses, so that the entry may lead there
  record Entry(
      String disk, String file, String name, int at, boolean isTable, List<Integer> unnoticed) {}

  static Stream<Entry> entries() {
    var cowd = "a-000001-delta.vmdk";
    var hosted = "c-000001.vmdk";
    var free = List.of(21, 22, 23);
    var behindTheLastGrain = List.of(21, 49, 50, 51, 52, 53);
    return Stream.of(
        new Entry("cowd", cowd, "directory", 2048, true, List.of()),
        new Entry("cowd", cowd, "end of the directory", 2056, true, List.of(42)),
        new Entry("cowd", cowd, "table", 2560, false, List.of()),
        new Entry("cowd", cowd, "end of the table", 18940, false, List.of()),
        new Entry("cowd", cowd, "end of the last table", 25924, false, List.of()),
        new Entry("cowd", cowd, "unused entry", 2600, false, List.of()),
        new Entry("hosted", hosted, "directory", 6144, true, List.of()),
        new Entry("hosted", hosted, "end of the directory", 6148, true, List.of(18, 19, 20)),
        new Entry("hosted", hosted, "table", 6656, false, free),
        new Entry("hosted", hosted, "end of the table", 8700, false, List.of()),
        new Entry("hosted", hosted, "last table", 8704, false, behindTheLastGrain),
        new Entry("hosted", hosted, "unused entry", 6700, false, List.of()));
  }

  /// Two values have a meaning of their own: 0, which is nothing here, and in a table 1, which is
  /// zeros.
  @ParameterizedTest
  @MethodSource("entries")
  void an_entry_that_leads_to_what_is_used_or_outside_is_refused(Entry entry) throws IOException {
    var good = Opened.good(temp, entry.disk, entry.file);
    var expected = Opened.content(good);
    int own = at(good, entry.at);
    int end = good.length / SECTOR;
    var unnoticed = new ArrayList<Integer>();
    var values = IntStream.concat(IntStream.rangeClosed(2, end + 1), IntStream.of(1 << 31, -1));
    for (int value : values.filter(value -> value != own).toArray()) {
      if (outcome(with(good, entry.at, value), expected) != '!') {
        unnoticed.add(value);
      }
    }
    assertEquals(entry.unnoticed, unnoticed);
    if (entry.isTable) {
      assertEquals('!', outcome(with(good, entry.at, 1), expected));
    } else {
      int grain = entry.disk.equals("hosted") ? 8 * SECTOR : SECTOR;
      assertGrain(good, expected, entry, 1, (byte) 0, grain);
      assertGrain(good, expected, entry, 0, Opened.ABSENT, grain);
    }
  }

  /// One grain of the disk, that of the entry, is full of one byte, and nothing else changed.
  private static void assertGrain(
      byte[] good, byte[] before, Entry entry, int value, byte content, int grain)
      throws IOException {
    var expected = before.clone();
    int index =
        entry.disk.equals("cowd")
            ? entry.at < 20992 ? (entry.at - 2560) / 4 : 8192 + (entry.at - 20992) / 4
            : entry.at < 8704 ? (entry.at - 6656) / 4 : 512;
    int end = Math.min((index + 1) * grain, expected.length);
    Arrays.fill(expected, index * grain, end, content);
    assertArrayEquals(
        expected, Opened.content(with(good, entry.at, value)), entry + " of " + value);
  }

  @Test
  void exchanged_entries_exchange_content() throws IOException {
    var good = Opened.good(temp, "hosted", "c-000001.vmdk");
    var expected = Opened.content(good);
    Arrays.fill(expected, 0, 4096, (byte) 0xc2);
    Arrays.fill(expected, 2 * 4096, 3 * 4096, (byte) 0xc1);
    var exchanged = with(with(good, 6656, 32), 6664, 24);
    assertArrayEquals(expected, Opened.content(exchanged));
  }

  @Test
  void a_flipped_bit_of_a_compressed_grain_never_makes_other_content() throws IOException {
    var good = Opened.good(temp, "stream", "d.vmdk");
    var expected = Opened.content(good);
    for (int start : new int[] {3 * SECTOR, 4 * SECTOR, 10 * SECTOR}) {
      int behind = start + 12 + at(good, start + 8);
      for (int at = start; at < behind + 8; at++) {
        var bytes = good.clone();
        bytes[at] ^= (byte) (1 << at % 8);
        char found = outcome(bytes, expected);
        assertTrue(found == '=' || (found == '!' && at < behind), "%s at %d".formatted(found, at));
      }
    }
  }

  private static int at(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    var changed = bytes.clone();
    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return changed;
  }
}
