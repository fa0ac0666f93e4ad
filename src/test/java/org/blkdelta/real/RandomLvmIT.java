package org.blkdelta.real;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Random volumes, chunk sizes and writes on a real kernel's LVM: after each run, here and over a
/// real sshd, the destination is the origin, byte for byte.
class RandomLvmIT {

  private static final int SCENARIOS = Integer.getInteger("blkdelta.scenarios", 8);

  @Test
  void the_destination_equals_the_origin_whatever_was_written() {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println("RandomLvmIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    // a guest has one processor, CI has two
    var other = CompletableFuture.runAsync(() -> half(new Random(seed)));
    half(new Random(~seed));
    other.join();
  }

  private static void half(Random random) {
    try (var guest = LvmScripts.guest("256M")) {
      var run = guest.run(LvmScripts.WORDS + LvmScripts.BATCH + script(random)).ok();
      System.out.println("RandomLvmIT: half of it in " + run.took().toSeconds() + " s");
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private static String script(Random random) {
    var script =
        new StringBuilder(
            """
            lvm_up
            far_end_up
            batched
            """);
    for (int number = 0; number < SCENARIOS / 2; number++) {
      script.append(scenario(number, random));
    }
    return script.toString();
  }

  private static String scenario(int number, Random random) {
    int extents = 16 + random.nextInt(160); // of 64 KiB
    long size = extents * 65536L;
    var chunk = new String[] {"4k", "8k", "16k", "64k", "512k"}[random.nextInt(5)];
    return """
        echo 'scenario %1$d: %2$d KiB, chunks of %3$s' >&2
        lvcreate -qq -y -Wn -L %2$dk -n web vg
        lvcreate -qq -y -Wn -L %2$dk -n copy vg
        scribble /dev/vg/web old%1$d %4$d 0
        lvcreate -qq -y -s -L %5$dk -c %3$s -n pre vg/web
        copy /dev/vg/pre /dev/vg/copy
        %6$s
        expect 0 durable blkdelta sync vg/pre /dev/vg/copy
        same /dev/vg/web /dev/vg/copy
        %7$s
        expect 0 durable blkdelta sync vg/pre root@localhost:/dev/vg/copy
        same /dev/vg/web /dev/vg/copy
        lvremove -qq -y vg/pre vg/web vg/copy
        """
        .formatted(
            number,
            size / 1024,
            chunk,
            Math.min(size, 1 << 20),
            2 * size / 1024 + 2048,
            writes(number, size, random),
            writes(number + 100, size, random));
  }

  /// Returns a few writes, of which some are zeros and some go to the snapshot itself.
  private static String writes(int seed, long size, Random random) {
    var script = new StringBuilder();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      int length = 512 << random.nextInt(10);
      long offset = random.nextLong((size - length) / 512 + 1) * 512;
      switch (random.nextInt(8)) {
        case 0 ->
            script.append(
                "dd if=/dev/zero of=/dev/vg/web bs=512 seek=%d count=%d oflag=direct status=none%n"
                    .formatted(offset / 512, length / 512));
        case 1 ->
            script.append("scribble /dev/vg/pre own%d-%d 512 %d%n".formatted(seed, i, offset));
        default ->
            script.append(
                "scribble /dev/vg/web new%d-%d %d %d%n".formatted(seed, i, length, offset));
      }
    }
    return script.toString();
  }
}
