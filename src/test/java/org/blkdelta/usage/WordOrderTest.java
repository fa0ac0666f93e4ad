package org.blkdelta.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordOrderTest {

  @ParameterizedTest
  @CsvSource({
    "sync a b, sync a b",
    "-v sync a b, sync -v a b",
    "-v --json sync a b, sync -v --json a b",
    "--progress none -q sync a, sync --progress none -q a",
    "--progress=json:3 sync a, sync --progress=json:3 a",
    "sync -v a, sync -v a",
    "-n sync a, -n sync a",
    "--help, --help",
    "--help copy, copy --help",
    "-v -h, -h"
  })
  void what_every_run_has_may_be_typed_before_the_command(String typed, String parsed) {
    assertEquals(List.of(parsed.split(" ")), WordOrder.of(List.of(typed.split(" "))));
  }

  @ParameterizedTest
  @CsvSource({"-v", "--quiet --json"})
  void options_alone_are_no_command(String typed) {
    assertEquals(List.of(), WordOrder.of(List.of(typed.split(" "))));
  }
}
