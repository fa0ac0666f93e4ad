package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

  @TempDir private Path folder;

  @Test
  void one_run_has_it_at_a_time() throws IOException {
    try (var first = RunLock.take(folder.resolve("new"), "pool").orElseThrow()) {
      assertEquals(Optional.empty(), first.note());
      assertTrue(RunLock.take(folder.resolve("new"), "pool").isEmpty());
      try (var other = RunLock.take(folder.resolve("new"), "other").orElseThrow()) {
        assertEquals(Optional.empty(), other.note());
      }
    }
    try (var next = RunLock.take(folder.resolve("new"), "pool").orElseThrow()) {
      assertEquals(Optional.empty(), next.note());
    }
  }

  @Test
  void who_only_looks_keeps_nobody_away() throws IOException {
    assertFalse(RunLock.isTaken(folder.resolve("new"), "pool"));
    assertFalse(Files.exists(folder.resolve("new")));
    try (var first = RunLock.take(folder, "pool").orElseThrow()) {
      assertTrue(RunLock.isTaken(folder, "pool"));
      assertEquals(Optional.empty(), first.note());
    }
    assertFalse(RunLock.isTaken(folder, "pool"));
    try (var next = RunLock.take(folder, "pool").orElseThrow()) {
      assertEquals(Optional.empty(), next.note());
    }
  }

  @Test
  void a_note_stays_for_the_next_run_until_it_is_taken_away() throws IOException {
    try (var first = RunLock.take(folder, "pool").orElseThrow()) {
      first.leave("a longer note");
      first.leave("52");
      assertTrue(RunLock.take(folder, "pool").isEmpty(), "the note must not cost the lock");
    }
    try (var next = RunLock.take(folder, "pool").orElseThrow()) {
      assertEquals(Optional.of("52"), next.note());
      next.clear();
      next.clear();
      assertEquals(Optional.empty(), next.note());
    }
  }
}
