package org.blkdelta.real;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Random histories of thin volumes on a real kernel's pools: writes, discards, resizes, snapshots
/// of snapshots, volumes removed and their numbers used again. After each, two volumes are picked:
/// our extents are those of thin_delta, and a sync makes the newer one of a copy of the older.
class RandomThinIT {

  private static final int HISTORIES = Integer.getInteger("blkdelta.histories", 8);

  @Test
  void a_copy_of_the_older_volume_becomes_the_newer_whatever_happened() {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println("RandomThinIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    // a guest has one processor, CI has two
    var other = CompletableFuture.runAsync(() -> half(new Random(seed)));
    half(new Random(~seed));
    other.join();
  }

  private static void half(Random random) {
    try (var guest = LvmScripts.guest("256M", "64M")) {
      var run = guest.run(LvmScripts.WORDS + ThinScripts.WORDS + script(random)).ok();
      System.out.printf(
          "RandomThinIT: half of it in %d s; thin_delta refused %d times%n",
          run.took().toSeconds(),
          run.stderr().lines().filter(line -> line.startsWith("thin_delta failed")).count());
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private static String script(Random random) {
    var script =
        new StringBuilder(
            """
            lvm_up
            batch_up
            head -c 64M /dev/zero | tr '\\0' U >/tmp/garbage
            lvcreate -qq -y --type thin-pool -L 96M --poolmetadatasize 2M -c 64k -Zn -n a vg
            lvcreate -qq -y --type thin-pool -L 96M --poolmetadatasize 2M -c 192k -n b vg
            """);
    for (int number = 0; number < HISTORIES / 2; number++) {
      new History(number, random).tell(script);
    }
    return script.toString();
  }

  /// One history, told as a script.
  private static final class History {

    /// Extents of the group, which are the unit of a volume's size.
    private static final int EXTENT = 65_536;

    /// A volume that there is at the moment.
    private record Volume(String name, int extents) {}

    private final int number;
    private final Random random;
    private final String pool;
    private final List<Volume> volumes = new ArrayList<>();
    private final List<String> script = new ArrayList<>();
    private int made;

    History(int number, Random random) {
      this.number = number;
      this.random = random;
      this.pool = random.nextInt(3) == 0 ? "b" : "a";
    }

    void tell(StringBuilder to) {
      int extents = 8 + random.nextInt(200);
      script.add("echo 'history %d in pool %s' >&2".formatted(number, pool));
      add(extents, "lvcreate -qq -y -V %dk --thinpool %s -n %s vg");
      write();
      write();
      snapshot();
      for (int i = 4 + random.nextInt(8); i > 0; i--) {
        switch (random.nextInt(12)) {
          case 0, 1 -> snapshot();
          case 2 -> remove();
          case 3 -> resize();
          case 4, 5, 6 -> discard();
          default -> write();
        }
      }
      int older = random.nextInt(volumes.size());
      int newer = (older + 1 + random.nextInt(volumes.size() - 1)) % volumes.size();
      script.add(
          "judged %s %s %s".formatted(pool, volumes.get(older).name(), volumes.get(newer).name()));
      var left = volumes.stream().map(volume -> " vg/" + volume.name()).collect(joining());
      script.add("lvremove -qq -y" + left);
      script.forEach(line -> to.append(line).append('\n'));
    }

    private void add(int extents, String command) {
      var volume = new Volume("h%d-%d".formatted(number, made++), extents);
      volumes.add(volume);
      script.add(command.formatted(extents * (EXTENT / 1024), pool, volume.name()));
    }

    private void snapshot() {
      var of = any();
      var volume = new Volume("h%d-%d".formatted(number, made++), of.extents());
      volumes.add(volume);
      script.add("lvcreate -qq -y -s -kn -n %s vg/%s".formatted(volume.name(), of.name()));
    }

    private void remove() {
      if (volumes.size() > 2) {
        script.add("lvremove -qq -y vg/" + volumes.remove(random.nextInt(volumes.size())).name());
      }
    }

    private void resize() {
      var volume = any();
      int extents = Math.max(4, volume.extents() + random.nextInt(41) - 20);
      volumes.set(volumes.indexOf(volume), new Volume(volume.name(), extents));
      script.add(
          extents == volume.extents()
              ? ":"
              : "lvresize -qq -y -f -L %dk vg/%s >/tmp/resized 2>&1"
                  .formatted(extents * (EXTENT / 1024), volume.name()));
    }

    private void write() {
      var volume = any();
      long size = (long) volume.extents() * EXTENT;
      int length = 512 << random.nextInt(11);
      long offset = random.nextLong((size - Math.min(length, size)) / 512 + 1) * 512;
      script.add(
          "scribble /dev/vg/%s s%d-%d %d %d"
              .formatted(volume.name(), number, script.size(), Math.min(length, size), offset));
    }

    private void discard() {
      var volume = any();
      long size = (long) volume.extents() * EXTENT;
      long offset = random.nextLong(size / 4096) * 4096;
      long length = Math.min(size - offset, 4096L * (1 + random.nextInt(400)));
      script.add("blkdiscard -o %d -l %d /dev/vg/%s".formatted(offset, length, volume.name()));
    }

    private Volume any() {
      return volumes.get(random.nextInt(volumes.size()));
    }
  }
}
