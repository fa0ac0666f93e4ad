package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.blkdelta.disk.Programs;
import org.blkdelta.uml.UmlGuest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The power of the destination's machine is cut in the middle of a sync. What it remembered as
/// durable must be there after the next boot; the same command must go on from it; and what was
/// saved must lead back to what was there before.
@Execution(ExecutionMode.CONCURRENT)
class PowerCutIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 2);

  /// Two flushes in the middle, and a rest.
  private static final int SIZE = 160 << 20;

  /// At the rate that the run is held to, it has six seconds to go when the first changes are
  /// durable, or more on a slow machine. The cut comes sooner.
  private static final int MAX_MILLIS = 3000;

  /// The machine's disks: a device that is a destination, a file system that has another one, and
  /// one for what is remembered and saved. `known` is how far the destination is durable; nothing
  /// where nothing was begun.
  private static final String WORDS =
      LvmScripts.WORDS
          + """
          power_up() {
            dmsetup create copy --uuid blkdelta-copy \\
              --table "0 $(blockdev --getsz /dev/ubda) linear /dev/ubda 0"
            mkdir -p /files /keep /var/lib/blkdelta
            mount /dev/ubdb /files
            mount /dev/ubdc /keep
            mount --bind /keep/state /var/lib/blkdelta
          }
          known() {
            cat /keep/state/*.json 2>/dev/null |
              sed -n 's/.*"durableUpTo": \\([0-9]*\\).*/\\1/p' | sed -n 1p || true
          }
          """;

  @TempDir private Path temp;

  private Random random = new Random();

  @BeforeEach
  void aVolumeAndItsOldCopy() throws IOException {
    long seed = Long.getLong("blkdelta.seed", random.nextInt(1_000_000));
    System.out.println("PowerCutIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    random = new Random(seed);
    Files.createDirectory(temp.resolve("files"));
    var bytes = new byte[SIZE];
    random.nextBytes(bytes);
    Files.write(old(), bytes);
    random.nextBytes(bytes);
    Arrays.fill(bytes, 20 << 20, 30 << 20, (byte) 0);
    Files.write(volume(), bytes);
    Files.writeString(
        disk(),
        "version=1\nCID=00000005\nparentCID=ffffffff\ncreateType=\"vmfs\"\nRW %d VMFS \"vm-flat.vmdk\"\n"
            .formatted(SIZE / 512));
  }

  @Test
  void what_was_durable_is_there_and_leads_on_and_back() throws IOException {
    int resumed = 0;
    try (var guest = LvmScripts.guest("160M", "192M", "224M")) {
      for (int round = 0; round < ROUNDS; round++) {
        var copy = (round + round / 2) % 2 == 0 ? "/dev/mapper/copy" : "/files/copy.img";
        restore(guest);
        boolean isUndone = round % 2 > 0;
        boolean isLate = round == 0 || random.nextInt(3) > 0;
        var run = cut(guest, copy, isLate, isUndone ? "--undo /keep/undo" : "");
        long durable = isUndone ? rollBack(guest, copy) : goOn(guest, copy);
        resumed += !isUndone && durable > 0 ? 1 : 0;
        System.out.printf(
            "PowerCutIT: round %d on %s: cut after %d s with %d bytes durable, %s%n",
            round, copy, run.took().toSeconds(), durable, isUndone ? "rolled back" : "went on");
      }
    }
    assertTrue(resumed > 0, "no run was cut between its first flush and its end");
  }

  private void restore(UmlGuest guest) throws IOException {
    Files.copy(old(), guest.disk(0), StandardCopyOption.REPLACE_EXISTING);
    Files.createDirectories(temp.resolve("keep/state"));
    fileSystem(temp.resolve("files"), guest.disk(1));
    fileSystem(temp.resolve("keep"), guest.disk(2));
  }

  private static void fileSystem(Path content, Path disk) throws IOException {
    Programs.run("mkfs.ext4", "-q", "-F", "-d", content.toString(), disk.toString());
  }

  /// Begins a sync and cuts the power: some time after the first changes are durable, or else after
  /// the first was written.
  private UmlGuest.Run cut(UmlGuest guest, String copy, boolean isLate, String options)
      throws IOException {
    var script =
        """
        power_up
        (until [ %s ]; do sleep 0.05; done; touch $RESULTS/begun) &
        blkdelta sync -q --bwlimit 16M %s '%s' %s
        """
            .formatted(isLate ? "\"$(known)0\" -gt 0" : "-n \"$(known)\"", options, disk(), copy);
    var run = guest.cut(WORDS + script, Duration.ofMillis(random.nextInt(MAX_MILLIS)));
    assertTrue(run.status() == UmlGuest.Run.CUT || run.status() == 0, run.toString());
    return run;
  }

  /// Boots, and has the command run again.
  ///
  /// @return how much was durable
  private long goOn(UmlGuest guest, String copy) throws IOException {
    var script =
        """
        expect 0 durable blkdelta sync --receipt $RESULTS/receipt '%1$s' %2$s
        test $durable = 0 || grep -q 'resuming at ' /tmp/err
        cmp '%3$s' %2$s
        """
            .formatted(disk(), copy, volume());
    long durable = afterwards(guest, copy, script);
    var receipt = Files.readString(guest.results().resolve("receipt"));
    long sent = JsonParser.parseString(receipt).getAsJsonObject().get("bytes").getAsLong();
    assertTrue(sent <= SIZE - durable, "sent %d with %d durable".formatted(sent, durable));
    return durable;
  }

  /// Boots, and rolls back what the cut run did. If the cut came before the undo was durable,
  /// nothing was overwritten.
  ///
  /// @return how much was durable
  private long rollBack(UmlGuest guest, String copy) throws IOException {
    var script =
        """
        if test -s /keep/undo; then
          expect 0 durable blkdelta apply --undo-of-interrupted /keep/undo %2$s
        fi
        cmp '%1$s' %2$s
        """
            .formatted(old(), copy);
    return afterwards(guest, copy, script);
  }

  /// Boots, looks whether what was durable is there, and runs a script with `$durable`.
  private long afterwards(UmlGuest guest, String copy, String script) throws IOException {
    var looks =
        """
        power_up
        durable=$(known)
        durable=${durable:-0}
        echo $durable
        cmp -n $durable '%s' %s
        """
            .formatted(volume(), copy);
    return Long.parseLong(guest.run(WORDS + looks + script).ok().stdout().strip());
  }

  private Path volume() {
    return temp.resolve("vm-flat.vmdk");
  }

  private Path disk() {
    return temp.resolve("vm.vmdk");
  }

  private Path old() {
    return temp.resolve("files/copy.img");
  }
}
