package org.blkdelta.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PrintableTest {

  @Test
  void what_steers_a_terminal_or_turns_a_line_is_replaced() {
    assertEquals("?[31mred?", Printable.of("\u001b[31mred\u009b"));
    assertEquals("a?b?c?d?e", Printable.of("a\u202eb\u2066c\u200fd\ufeffe"));
    assertEquals("one?two?three??", Printable.of("one\ntwo\rthree\u2028\u2029"));
    assertEquals("???", Printable.of("\ud800\ue000\uffff"));
  }

  @Test
  void other_alphabets_are_not() {
    assertEquals("grün\t€ שלום 磁盘 💾", Printable.of("grün\t€ שלום 磁盘 💾"));
  }

  @Test
  void long_text_is_cut() {
    assertEquals("aaaa […]", Printable.of("a".repeat(100), 4));
    assertEquals("aaaa", Printable.of("aaaa", 4));
  }

  @Test
  void no_failure_says_anything_else() {
    assertEquals(
        "/dev/?gpj.exe: gone", new RefusedException("/dev/\u202egpj.exe: gone").getMessage());
  }
}
