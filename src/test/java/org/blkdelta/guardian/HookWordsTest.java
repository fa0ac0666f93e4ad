package org.blkdelta.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.host.HostCommands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HookWordsTest {

  private static final int MAX_OUTPUT = 65536;

  @TempDir private Path scratch;

  private Outcome hook(String script) throws IOException {
    var words = new ArrayList<>(List.of("env", "TMPDIR=" + scratch));
    words.addAll(HookWords.of(List.of("sh", "-c", script), Map.of("BLKDELTA_JOB", "web"), 20));
    return new HostCommands().run(words);
  }

  private void assertNothingLeft() throws IOException {
    try (var left = Files.list(scratch)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void a_hook_has_its_environment_and_what_it_says_is_told() throws IOException {
    var outcome = hook("cat; echo to $BLKDELTA_JOB; echo failed >&2; exit 7");
    assertEquals(7, outcome.status());
    assertEquals("to web; failed", outcome.complaint());
    assertNothingLeft();
  }

  @Test
  void the_output_of_a_hook_takes_64_kib_at_most_meanwhile() throws IOException {
    var kept = hook("yes | head -c 10000000; exit $(($(wc -c <\"$(echo $TMPDIR/*/out)\") / 1024))");
    assertEquals(MAX_OUTPUT / 1024, kept.status());
    assertNothingLeft();
  }

  @Test
  void what_a_hook_leaves_running_keeps_nobody_waiting_and_can_go_on_printing() throws IOException {
    var alive = Files.createTempDirectory(scratch.getParent(), "alive").resolve("done");
    long start = System.nanoTime();
    var outcome = hook("(sleep 2; echo late && : >%s) & echo started; exit 0".formatted(alive));
    assertTrue(System.nanoTime() - start < 1_900_000_000L);
    assertEquals(0, outcome.status());
    assertEquals("started", outcome.complaint());
    var end = System.nanoTime() + 10_000_000_000L;
    while (!Files.exists(alive) && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertTrue(Files.exists(alive));
    assertNothingLeft();
  }
}
