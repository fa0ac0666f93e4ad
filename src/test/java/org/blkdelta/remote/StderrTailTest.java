package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
  }

  @Test
  void no_more_lines_pass_than_a_person_can_read() {
    var clock = new AtomicLong();
    var slow = new StderrTail(lines::add, clock::get);
    var text = "line\n".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    slow.write(text, 0, text.length);
    assertEquals(200, lines.size());
    clock.addAndGet(TimeUnit.SECONDS.toNanos(2));
    slow.write(text, 0, text.length);
    assertEquals(211, lines.size());
    assertEquals("(9800 more lines came too fast, and are not shown)", lines.get(200));
    slow.close();
    assertEquals("(9990 more lines came too fast, and are not shown)", lines.getLast());
  }

  @Test
  void the_direction_of_a_line_stays_what_it_was() {
    write("exe.\u202egpj\u2028\n");
    assertEquals(List.of("exe.?gpj?"), lines);
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
