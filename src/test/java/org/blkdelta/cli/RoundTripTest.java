package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.blkdelta.lvm.StoreBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/// The whole program against a model: a volume is an array, a snapshot is its old content, and
/// whatever was written, each way of bringing the changes over must end in the new content.
class RoundTripTest {

  private static final int ROUNDS = 200;
  private static final int[] CHUNK_SIZES = {512, 1024, 4096, 8192, 65_536};

  @TempDir(factory = InMemory.class)
  Path folder;

  @Test
  void every_way_leads_to_the_new_content(TestReporter reporter) {
    long first = Long.getLong("seed", System.nanoTime());
    reporter.publishEntry("first seed", Long.toString(first));
    for (long seed = first; seed < first + ROUNDS; seed++) {
      try {
        round(new Random(seed));
      } catch (Error | RuntimeException | IOException failed) {
        throw new AssertionError("again with: -Dseed=" + seed, failed);
      }
    }
  }

  private void round(Random random) throws IOException {
    int chunkSize = CHUNK_SIZES[random.nextInt(CHUNK_SIZES.length)];
    int sectors = 1 + random.nextInt(random.nextInt(10) == 0 ? 4000 : 600);
    var old = new byte[sectors * 512];
    random.nextBytes(old);
    var content = old.clone();
    var changed = change(content, chunkSize, random);
    var store = StoreBuilder.exceptionStore().chunkSize(chunkSize);
    store.copied(changed.stream().mapToLong(Long::longValue).toArray());
    var web = Scratch.of(folder, content, old, store);

    assertEquals(listed(changed, chunkSize, old.length), run(web, "inspect", "--extents").stdout());

    run(web, "sync", web.copy, "--quiet");
    current(web, content, "sync");

    for (var format : List.of("blkdelta", "lvmsync")) {
      var stream = run(web, "dump", "--quiet", "--format=" + format).bytes();
      var undo = folder.resolve("undo");
      Files.deleteIfExists(undo);
      new Cli().reading(stream).with("apply", "-q", "-", web.copy).ok();
      current(web, content, "dump and apply, " + format);
      new Cli()
          .reading(stream)
          .with("lvmsync", "-q", "--apply", "-", "--snapback", undo, web.copy)
          .ok();
      assertArrayEquals(content, Files.readAllBytes(web.copy), format);
      Cli.run("apply", "-q", undo, web.copy).ok();
      assertArrayEquals(old, Files.readAllBytes(web.copy), "undo of " + format);
    }
  }

  private static void current(Scratch web, byte[] content, String way) throws IOException {
    assertArrayEquals(content, Files.readAllBytes(web.copy), way);
    web.copyAnew();
  }

  /// Writes here and there, as a guest would, and returns the chunks in the order of their first
  /// write; some of them are listed although the same bytes were written.
  private static List<Long> change(byte[] content, int chunkSize, Random random) {
    var chunks = new ArrayList<Long>();
    for (int write = random.nextInt(30); write > 0; write--) {
      int sector = random.nextInt(content.length / 512);
      int length = Math.min(content.length - sector * 512, 512 * (1 + random.nextInt(40)));
      switch (random.nextInt(4)) {
        case 0 -> {} // what is there already
        case 1 -> Arrays.fill(content, sector * 512, sector * 512 + length, (byte) 0);
        default -> {
          var bytes = new byte[length];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, content, sector * 512, length);
        }
      }
      for (long at = sector * 512L; at < sector * 512L + length; at += 512) {
        long chunk = at / chunkSize;
        if (!chunks.contains(chunk)) {
          chunks.add(chunk);
        }
      }
    }
    if (random.nextBoolean()) {
      Collections.shuffle(chunks, random);
    }
    return chunks;
  }

  /// Returns what `inspect --extents` must print.
  private static String listed(List<Long> chunks, int chunkSize, long size) {
    var text = new StringBuilder();
    var sorted = new TreeSet<>(chunks);
    for (long chunk : sorted) {
      if (!sorted.contains(chunk - 1)) {
        long end = chunk;
        while (sorted.contains(end)) {
          end++;
        }
        long length = Math.min(size, end * chunkSize) - chunk * chunkSize;
        text.append(chunk * chunkSize).append(' ').append(length).append(" data\n");
      }
    }
    return text.toString();
  }

  private static Cli.Run run(Scratch web, String command, Object... options) {
    var words = new ArrayList<Object>(List.of(command));
    words.addAll(Arrays.asList(web.source()));
    words.addAll(Arrays.asList(options));
    return new Cli().with(words.toArray()).ok();
  }
}
