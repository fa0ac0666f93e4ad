package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.blkdelta.cli.MutantSubjects.Subject;
import org.blkdelta.thin.PoolImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged files of every kind: whatever they hold, a run ends in time, with an exit status that
/// says what became of it, and a success is what another reader sees too.
///
/// `-Dblkdelta.mutants=20000` makes more mutants, `-Dblkdelta.seed=N` makes others. A failure names
/// the seed that makes it again by itself. Run as a program, it has the memory that the launcher
/// gives (`-Xmx256m`).
class MutantsTest {

  private static final int MUTANTS = Integer.getInteger("blkdelta.mutants", 200);
  private static final long FIRST = Long.getLong("blkdelta.seed", 1);
  private static final int LIMIT_SECONDS = 20;
  private static final int BLOCK = 4096;

  @TempDir(factory = InMemory.class)
  private Path folder;

  @Test
  void no_mutant_is_a_bug_or_a_wrong_success() throws Exception {
    assertEquals(List.of(), failures(folder, FIRST, MUTANTS));
  }

  /// Runs the number of mutants that the first argument says, from the seed that the second says.
  public static void main(String[] words) throws Exception {
    var folder = Files.createTempDirectory(Path.of("/dev/shm"), "mutants-");
    var failures = failures(folder, Long.parseLong(words[1]), Integer.parseInt(words[0]));
    System.out.printf(
        "%d failures; %d successes agreed with another reader, which refused %d%n",
        failures.size(), Oracles.AGREED.get(), Oracles.REFUSED.get());
    clear(folder);
    System.exit(failures.isEmpty() ? 0 : 1);
  }

  private static List<String> failures(Path folder, long first, int count) throws Exception {
    var subjects = MutantSubjects.all(Files.createDirectories(folder.resolve("good ones")));
    var failures = new ArrayList<String>();
    var longest = new TreeMap<String, Long>();
    var thread = Executors.newSingleThreadExecutor(MutantsTest::daemon);
    for (long seed = first; seed < first + count; seed++) {
      var subject = subjects.get((int) (seed % subjects.size()));
      var place = Files.createDirectories(folder.resolve("mutant"));
      make(subject, place, new Random(seed));
      long start = System.nanoTime();
      var failure = failure(thread, subject, place);
      longest.merge(subject.name(), (System.nanoTime() - start) / 1_000_000, Math::max);
      if (!failure.isEmpty()) {
        failures.add("seed %d: %s: %s".formatted(seed, subject.name(), failure));
        System.out.println(failures.getLast());
        if (failure.startsWith("hangs")) {
          break; // it still has the thread
        }
      }
      clear(place);
      if ((seed - first) % 1000 == 999) {
        System.out.println(seed - first + 1 + " mutants");
      }
    }
    System.out.println("mutants from seed %d on, longest in ms: %s".formatted(first, longest));
    thread.shutdown();
    return failures;
  }

  private static Thread daemon(Runnable task) {
    return Thread.ofPlatform().daemon().name("mutant").unstarted(task);
  }

  private static String failure(ExecutorService thread, Subject subject, Path place)
      throws InterruptedException {
    var run =
        thread.submit(
            () -> {
              subject.check().run(place);
              return "";
            });
    try {
      return run.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException hangs) {
      return "hangs: "
          + Thread.getAllStackTraces().entrySet().stream()
              .filter(entry -> entry.getKey().getName().equals("mutant"))
              .map(entry -> List.of(entry.getValue()).toString())
              .toList();
    } catch (ExecutionException failed) {
      var cause = Objects.requireNonNull(failed.getCause());
      var at = cause instanceof AssertionError ? "" : " at " + List.of(cause.getStackTrace());
      return cause + at;
    }
  }

  private static void make(Subject subject, Path place, Random random) throws IOException {
    var victim = subject.damaged().get(random.nextInt(subject.damaged().size()));
    for (var file : subject.files().entrySet()) {
      var bytes = file.getValue();
      if (file.getKey().equals(victim)) {
        bytes =
            subject.name().startsWith("pool: ") && random.nextInt(4) > 0
                ? sealed(bytes, random)
                : new Mutator(random).damaged(bytes);
      }
      Files.write(place.resolve(file.getKey()), bytes);
    }
  }

  /// Damages one of the pool's blocks, whose checksum is right afterwards.
  private static byte[] sealed(byte[] pool, Random random) {
    int block = 0;
    for (int tries = 0; tries < 1000 && isEmpty(pool, block); tries++) {
      block = random.nextInt(pool.length / BLOCK);
    }
    int chosen = random.nextInt(4) == 0 ? 0 : block;
    return PoolImage.damaged(
        pool,
        chosen,
        bytes -> {
          var old = new byte[BLOCK];
          bytes.get(0, old);
          var damaged = new Mutator(random).damaged(old);
          bytes.put(0, damaged, 0, Math.min(BLOCK, damaged.length));
        });
  }

  private static boolean isEmpty(byte[] pool, int block) {
    for (int at = block * BLOCK; at < (block + 1) * BLOCK; at++) {
      if (pool[at] != 0) {
        return block == 0;
      }
    }
    return true;
  }

  private static void clear(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
