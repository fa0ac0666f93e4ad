package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SizesTest {

  @Test
  void sizes_that_are_compared_are_exact() {
    assertEquals("0 bytes", Sizes.exact(0));
    assertEquals("1 byte", Sizes.exact(1));
    assertEquals("512 bytes", Sizes.exact(512));
    assertEquals("1 KiB", Sizes.exact(1024));
    assertEquals("1536 KiB", Sizes.exact(1536 << 10));
    assertEquals("200 MiB", Sizes.exact(200 << 20));
    assertEquals("209715201 bytes", Sizes.exact((200 << 20) + 1));
    assertEquals("102401024 bytes", Sizes.exact(100_001 << 10));
    assertEquals("7 EiB", Sizes.exact(7L << 60));
  }

  @Test
  void bytes_are_told_in_binary_units() {
    assertEquals("0 B", Sizes.binary(0));
    assertEquals("1023 B", Sizes.binary(1023));
    assertEquals("1 KiB", Sizes.binary(1024));
    assertEquals("1.5 KiB", Sizes.binary(1536));
    assertEquals("4 KiB", Sizes.binary(4096));
    assertEquals("1 MiB", Sizes.binary(1 << 20));
    assertEquals("64 GiB", Sizes.binary(64L << 30));
    assertEquals("16 TiB", Sizes.binary(16L << 40));
    assertEquals("8 EiB", Sizes.binary(Long.MAX_VALUE));
  }

  @Test
  void what_rounds_up_to_the_next_unit_is_told_in_it() {
    assertEquals("1023 KiB", Sizes.binary((1 << 20) - 600));
    assertEquals("1 MiB", Sizes.binary((1 << 20) - 1));
    assertEquals("1 GiB", Sizes.binary((1 << 30) - 1));
  }

  @Test
  void a_digit_after_the_point_is_told_where_it_says_something() {
    assertEquals("12.5 MiB", Sizes.binary(25 << 19));
    assertEquals("99.9 KiB", Sizes.binary(102_297));
    assertEquals("100 KiB", Sizes.binary(102_399));
    assertEquals("396 KiB", Sizes.binary(396 << 10));
  }

  @Test
  void little_room_takes_short_words() {
    assertEquals("1023", Sizes.brief(1023));
    assertEquals("12.5M", Sizes.brief(25 << 19));
    assertEquals("1G", Sizes.brief((1 << 30) - 1));
    assertEquals("59s", Sizes.briefDuration(59));
    assertEquals("3m05s", Sizes.briefDuration(185));
    assertEquals("47h59m", Sizes.briefDuration(48 * 3600 - 1));
    assertEquals("2d0h", Sizes.briefDuration(48 * 3600));
  }

  @Test
  void short_times_are_told_with_tenths() {
    assertEquals("0.0 s", Sizes.elapsed(0));
    assertEquals("9.9 s", Sizes.elapsed(9.94));
    assertEquals("10 s", Sizes.elapsed(9.95));
    assertEquals("1 min 0 s", Sizes.elapsed(59.6));
  }

  @Test
  void seconds_are_told_in_the_two_largest_units() {
    assertEquals("0 s", Sizes.duration(0));
    assertEquals("59 s", Sizes.duration(59));
    assertEquals("1 min 0 s", Sizes.duration(60));
    assertEquals("59 min 59 s", Sizes.duration(3599));
    assertEquals("1 h 0 min", Sizes.duration(3600));
    assertEquals("30 h 1 min", Sizes.duration(30 * 3600 + 119));
    assertEquals("47 h 59 min", Sizes.duration(48 * 3600 - 1));
    assertEquals("2 d 0 h", Sizes.duration(48 * 3600));
    assertEquals("30 d 5 h", Sizes.duration(30 * 86_400 + 5 * 3600 + 3599));
  }
}
