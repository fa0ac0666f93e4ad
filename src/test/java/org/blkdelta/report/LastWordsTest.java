package org.blkdelta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.remote.Questions;
import org.junit.jupiter.api.Test;

class LastWordsTest {

  private final List<String> shown = new ArrayList<>();
  private final LastWords words = new LastWords(Questions.telling(shown::add));

  @Test
  void what_becomes_part_of_a_message_is_not_shown_as_well() {
    words.tell("Welcome to this host");
    words.tell("blkdelta: warning: vg/pre: is 92 % full");
    words.tell("blkdelta: vg/pre: is in use");
    assertEquals(List.of("Welcome to this host", "blkdelta: warning: vg/pre: is 92 % full"), shown);
    assertEquals(Optional.of("vg/pre: is in use"), words.take());
    words.close();
    assertEquals(2, shown.size());
    assertEquals(Optional.empty(), words.take());
  }

  @Test
  void what_nobody_takes_is_shown_in_its_place() {
    words.tell("blkdelta: 12 MiB of 40 MiB");
    assertEquals(List.of(), shown);
    words.tell("more");
    assertEquals(List.of("blkdelta: 12 MiB of 40 MiB", "more"), shown);
    words.tell("blkdelta: 40 MiB of 40 MiB");
    words.close();
    assertEquals(3, shown.size());
  }
}
