package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.disk.LoopDevice;
import org.blkdelta.disk.Programs;
import org.blkdelta.lvm.StoreBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs with an undo that complete or are killed, a few on top of each other, on devices and on
/// files: what was saved leads back to what was there, byte for byte.
class UndoIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 6);
  private static final int SIZE = 24 << 20;
  private static final int KILLED = 137;

  /// What takes back one run.
  private record Saved(Path undo, boolean isWhole) {}

  @TempDir private Path folder;

  private Random random = new Random();
  private int undos;

  @Test
  void what_was_there_comes_back_after_complete_and_killed_runs() throws IOException {
    LoopDevice.require("cmp");
    long seed = Long.getLong("blkdelta.seed", random.nextInt(1_000_000));
    System.out.println("UndoIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    random = new Random(seed);
    int killed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      var web = volume(round);
      var old = Files.copy(web.copy, web.folder.resolve("old.img"));
      if (round % 2 == 0) {
        killed += thereAndBack(web, web.copy, round / 2 % 2 == 0);
      } else {
        try (var device = LoopDevice.on(web.copy)) {
          killed += thereAndBack(web, device.node(), round / 2 % 2 == 0);
        }
      }
      assertEquals(-1, Files.mismatch(old, web.copy), "round " + round);
    }
    System.out.printf("UndoIT: %d rounds, %d undos, %d killed runs%n", ROUNDS, undos, killed);
    assertTrue(killed > 0, "no run was killed in the middle");
  }

  /// Returns how many runs were killed.
  private int thereAndBack(Scratch web, Path destination, boolean isCompleted) throws IOException {
    Deque<Saved> saved = new ArrayDeque<>();
    int runs = random.nextInt(3);
    for (int run = 0; run < runs; run++) {
      saved.push(killed("sync", web.source(), destination));
    }
    if (isCompleted || saved.isEmpty()) {
      saved.push(completed("sync", web.source(), destination));
      Programs.run("cmp", web.origin.toString(), destination.toString());
    }
    int killed = (int) saved.stream().filter(run -> !run.isWhole()).count();
    while (!saved.isEmpty()) {
      var last = saved.pop();
      if (random.nextInt(3) == 0) {
        // the way back is killed too, and taken back
        apply(killed("apply", words(last), destination), destination);
        killed++;
      }
      apply(last, destination);
    }
    return killed;
  }

  private void apply(Saved saved, Path destination) throws IOException {
    Cli.run(line("apply", words(saved), destination)).ok();
    undos++;
  }

  private static Object[] words(Saved saved) {
    return saved.isWhole()
        ? new Object[] {saved.undo()}
        : new Object[] {"--undo-of-interrupted", saved.undo()};
  }

  private Saved completed(String command, Object[] words, Path destination) throws IOException {
    var undo = newUndo();
    Cli.run(line(command, words, "--undo", undo, destination)).ok();
    return new Saved(undo, true);
  }

  /// Runs a command, and kills it when its undo has become so large; it may be faster.
  private Saved killed(String command, Object[] words, Path destination) throws IOException {
    var undo = newUndo();
    long size = random.nextInt(SIZE);
    var pause = Duration.ofMillis(random.nextInt(50));
    try (var run = Launched.start(folder, line(command, words, "--undo", undo, destination))) {
      while (run.isRunning() && (Files.notExists(undo) || Files.size(undo) <= size)) {
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
      LockSupport.parkNanos(pause.toNanos());
      run.kill();
      int status = run.status();
      assertTrue(status == KILLED || status == 0, run.stderr());
      return new Saved(undo, status == 0);
    }
  }

  private Path newUndo() throws IOException {
    var undo = Files.createTempFile(folder, "undo", "");
    Files.delete(undo);
    return undo;
  }

  private static Object[] line(String command, Object[] words, Object... more) {
    var line = new ArrayList<Object>(List.of(command));
    line.addAll(Arrays.asList(words));
    line.addAll(Arrays.asList(more));
    return line.toArray();
  }

  /// Makes a volume of which about two thirds changed, from zeros and to zeros too.
  private Scratch volume(int round) throws IOException {
    var old = new byte[SIZE];
    random.nextBytes(old);
    Arrays.fill(old, 5 << 20, 7 << 20, (byte) 0);
    var content = old.clone();
    var chunks = new ArrayList<Long>();
    for (long chunk = 0; chunk < SIZE / Scratch.CHUNK; chunk++) {
      if (random.nextInt(3) > 0) {
        chunks.add(chunk);
        rewrite(content, (int) chunk * Scratch.CHUNK);
      }
    }
    Collections.shuffle(chunks, random);
    var store =
        StoreBuilder.exceptionStore().copied(chunks.stream().mapToLong(Long::longValue).toArray());
    return Scratch.of(Files.createDirectory(folder.resolve("round" + round)), content, old, store);
  }

  private void rewrite(byte[] content, int offset) {
    var chunk = new byte[Scratch.CHUNK];
    if (random.nextInt(8) > 0) {
      random.nextBytes(chunk);
    }
    System.arraycopy(chunk, 0, content, offset, chunk.length);
  }
}
