package org.blkdelta.report;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.blkdelta.wire.Answer;
import org.junit.jupiter.api.Test;

class ExitCodeTest {

  @Test
  void the_numbers_are_those_that_scripts_rely_on() {
    assertEquals(
        "DONE 0, BUG 1, USAGE 2, DIFFERENT 3, SOURCE 4, REFUSED 5, CONNECTION 6, INCOMPLETE 7,"
            + " UNCONFIRMED 8, MOVED_ON 9, WAITING 10, ROLLED_BACK 11, STRANDED 12, HUNG_UP 129, INTERRUPTED 130, TERMINATED 143",
        Arrays.stream(ExitCode.values())
            .map(code -> code + " " + code.number())
            .collect(joining(", ")));
  }

  @Test
  void a_failure_has_the_same_number_here_and_on_the_wire() {
    for (var kind : Answer.Kind.values()) {
      assertEquals(kind.code(), ExitCode.of(kind.failure("x")).number());
    }
  }
}
