package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.blkdelta.uml.UmlGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The power is cut in the middle of a cutover, of both sides at once. After the next boot the
/// machine is on at one side at most, with every write that it was told was durable, and the same
/// commands move it.
///
/// `-Dblkdelta.rounds=20` cuts as often, `-Dblkdelta.seed=N` at the same moments again.
@Execution(ExecutionMode.CONCURRENT)
class MovePowerCutIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 1);

  /// From the stop to the hand-over it takes about so long in a guest.
  private static final int MAX_MILLIS = 25_000;

  /// A file system that nobody flushes is written after five seconds or more.
  private static final int MAX_MILLIS_LATE = 3_000;

  /// Disks: the source's volumes, the destination's, and a file system with what both hosts and
  /// blkdelta keep, and another one with what keeps the source's host from starting the machine by
  /// itself when it boots.
  private static final String WORDS =
      LvmScripts.WORDS
          + """
          power_up() {
            mkdir -p /keep
            mount /dev/ubdc /keep
            mount /dev/ubdd /var/lib
            mkdir -p /var/lib/blkdelta
            mkdir -p /keep/state /keep/tmp
            mount --bind /keep/state /var/lib/blkdelta
            mount --bind /keep/tmp /tmp
            far_end_up
          }
          """;

  private static final String BEFORE =
      """
      lvm_up
      volumes
      job push destination
      sed -i 's|/tmp/held|/var/lib/held|' /tmp/push.toml
      /tmp/vm-up old
      expect 0 '' blkdelta migrate round /tmp/push.toml
      sync
      log=/var/lib/blkdelta/jobs/push/guardian.ndjson
      (until grep -qs "$begins" $log; do sleep 0.05; done; touch $RESULTS/begun) &
      blkdelta migrate cutover /tmp/push.toml >/tmp/said 2>&1
      sleep 60
      """;

  private static final String AFTERWARDS =
      """
      rm -f /tmp/*.pid /tmp/both
      vgchange -qq -ay vg new
      [ -e /var/lib/held ] || /tmp/vm-up old
      state=$(sed -n '$s/.*"state":"\\([A-Z_]*\\)".*/\\1/p' \\
        /var/lib/blkdelta/jobs/push/guardian.ndjson || true)
      echo "$state, $(is_on old && echo on || echo off) at the source"
      if [ "$state" = HANDED_OVER ]; then
        not is_on old
      fi
      for i in 1 2 3; do
        status=0
        blkdelta migrate cutover /tmp/push.toml >/tmp/out 2>/tmp/err || status=$?
        test ! -e /tmp/both
        [ $status != 0 ] || break
      done
      [ $status = 0 ] || { cat /tmp/err /tmp/old.log /tmp/new.log >&2; exit 1; }
      is_on new || /tmp/vm-up new
      not is_on old
      test -e /var/lib/held
      expect 0 'finished; 2 snapshots removed' blkdelta migrate finish /tmp/push.toml
      """;

  @Test
  void it_is_on_at_one_side_and_has_all_writes_after_a_power_cut() throws IOException {
    long seed = Long.getLong("blkdelta.seed", System.nanoTime());
    System.out.println("seed of the power cuts: " + seed);
    var random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      try (var guest = LvmScripts.guest("64M", "32M", "64M", "32M")) {
        boolean isLate = round % 2 == 0;
        var begins = isLate ? "HANDED_OVER" : "STOPPING";
        int millis = random.nextInt(isLate ? MAX_MILLIS_LATE : MAX_MILLIS);
        var cut =
            guest.cut(
                "begins=%s\n%s".formatted(begins, WORDS)
                    + "mkfs.ext4 -q /dev/ubdc\nmkfs.ext4 -q /dev/ubdd\npower_up\n"
                    + CutoverIT.MACHINE
                    + BEFORE,
                Duration.ofMillis(millis));
        assertTrue(cut.status() == UmlGuest.Run.CUT, cut.toString());
        var after = guest.run(WORDS + "power_up\n" + CutoverIT.MACHINE + AFTERWARDS);
        System.out.printf("MovePowerCutIT: round %d: %s", round, after.stdout());
        after.ok();
      }
    }
  }
}
