package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StderrTailTest {

  private final List<String> lines = new ArrayList<>();
  private final StderrTail tail = new StderrTail(lines::add);

  @Test
  void lines_are_passed_on_when_they_are_whole() {
    write("one\ntw");
    assertEquals(List.of("one"), lines);
    assertEquals("one\ntw", tail.text());
    write("o\r\n");
    assertEquals(List.of("one", "two"), lines);
  }

  @Test
  void a_last_line_without_an_end_is_passed_on_at_the_end() {
    write("one");
    tail.close();
    tail.close();
    assertEquals(List.of("one"), lines);
    assertEquals("one", tail.text());
  }

  @Test
  void control_characters_are_replaced_and_other_alphabets_are_not() {
    write("\u001b[31mrot\u0007 grün €\tx\n");
    assertEquals(List.of("?[31mrot? grün €\tx"), lines);
  }

  @Test
  void only_the_last_8_KiB_are_kept_in_whole_lines() {
    for (int i = 0; i < 10_000; i++) {
      write("line " + i + "\n");
    }
    assertTrue(tail.text().length() <= 8 * 1024);
    assertTrue(tail.text().startsWith("line "));
    assertTrue(tail.text().endsWith("\nline 9999"));
    assertEquals(10_000, lines.size());
  }

  @Test
  void a_line_without_end_is_bounded() {
    write("x".repeat(100_000));
    assertTrue(tail.text().length() <= 16 * 1024);
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    tail.write(bytes, 0, bytes.length);
  }
}
