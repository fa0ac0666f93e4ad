package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// A source that somebody still writes to, on a real kernel's LVM: the exit code is 0 only if the
/// copy is the volume. A virtual machine is a process that has the volume open, writes to it as a
/// guest does (some blocks again and again, not all of it flushed), and takes its time to stop.
@Execution(ExecutionMode.CONCURRENT)
class SourceMovedIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 4);

  /// A guest has twenty minutes.
  private static final int ROUNDS_OF_A_GUEST = 25;

  private static final Pattern STATUS = Pattern.compile("(?m)^round .*: (\\d+), then");

  /// Words: `vm DEVICE SECONDS SEED`, which writes until the time is over or `/tmp/off` exists, and
  /// then for 3 seconds more; `/tmp/up` says that it has begun.
  static final String MACHINE =
      """
      vm() {
        rm -f /tmp/up
        perl -MIO::Handle -MTime::HiRes=time,sleep -e '
          my ($file, $seconds, $seed) = @ARGV;
          srand($seed);
          open(my $to, "+<:raw", $file) or die "$file: $!";
          my $end = time + $seconds;
          my $off = 0;
          for (my $i = 0; $i == 0 || time < $end; $i++) {
            my $block = int(rand(rand() < 0.7 ? 16 : 2048));
            sysseek($to, $block * 4096, 0) or die;
            syswrite($to, pack("NN", $seed, $i) x 512) == 4096 or die "$file: $!";
            $to->sync if rand() < 0.4;
            if ($i == 0) { open(my $up, ">", "/tmp/up"); }
            if (!$off && -e "/tmp/off") { $off = 1; $end = time + 3; }
            sleep(rand(0.06));
          }' "$@" &
        VM=$!
        until [ -e /tmp/up ]; do sleep 0.05; done
      }
      """;

  private static final String WORDS = LvmScripts.WORDS + MACHINE;

  @Test
  void every_way_says_that_the_source_moved_on() throws IOException {
    try (var guest = LvmScripts.guest("96M")) {
      guest
          .run(
              WORDS
                  + LvmScripts.BATCH
                  + """
                  far_end_up
                  batched
                  lvm_up
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y -Wn -L 8M -n copy vg
                  scribble /dev/vg/web old 1048576 0 4194304
                  lvcreate -qq -y -s -L 8M -c 4k -n pre vg/web
                  copy /dev/vg/pre /dev/vg/copy
                  scribble /dev/vg/web new 1048576 0
                  before=$(sum /dev/vg/copy)

                  # refused, here and where the source is elsewhere; waiting has an end
                  rm -f /tmp/off
                  vm /dev/vg/web 600 1
                  expect 5 'is opened by perl (process [0-9]*), so' blkdelta sync vg/pre /dev/vg/copy
                  expect 5 'perl.*after 1 s' blkdelta sync --wait-closed=1s vg/pre /dev/vg/copy
                  expect 5 'is opened by perl' blkdelta dump vg/pre
                  expect 5 'is opened by perl' blkdelta sync localhost:vg/pre /dev/vg/copy
                  test "$before" = "$(sum /dev/vg/copy)"
                  # not those who only look
                  expect 0 '' blkdelta inspect vg/pre
                  expect 0 'is opened by perl' blkdelta sync -n --wait-closed vg/pre /dev/vg/copy

                  # sent as it is: pushed, pulled, over ssh, as that program
                  live() { blkdelta sync --live "$@"; }
                  expect 9 'not final; run it again' live --json --receipt /tmp/receipt vg/pre /dev/vg/copy
                  grep -q '"sourceMovedOn":true' /tmp/out
                  grep -q '"exitCode": 9' /tmp/receipt
                  grep -q '"failure": "/dev/mapper/vg-web: .*not final' /tmp/receipt
                  expect 9 'not final' live vg/pre localhost:/dev/vg/copy
                  expect 9 'localhost: .*not final' live --verify localhost:vg/pre /dev/vg/copy
                  expect 9 'not final' blkdelta dump --live vg/pre
                  expect 0 'warning: .*was written to while it was read' blkdelta lvmsync vg/pre /dev/vg/copy
                  # whole volumes in use: told at the beginning, and by the exit code
                  expect 9 'was written to while it was read' blkdelta copy --bwlimit 8M vg/web /dev/vg/copy
                  grep -q 'is opened by perl' /tmp/err
                  expect 9 'not final' blkdelta copy localhost:/dev/vg/web /dev/vg/copy
                  expect 9 'not final' blkdelta verify --repair vg/web /dev/vg/copy
                  # a snapshot of it stays as it is
                  lvcreate -qq -y -s -L 8M -c 4k -n two vg/web
                  expect 0 durable blkdelta copy vg/two /dev/vg/copy
                  same /dev/vg/two /dev/vg/copy
                  lvremove -qq -y vg/two

                  # and what follows when it stops: by the same command
                  copy /dev/vg/pre /dev/vg/copy
                  "$IMAGE/bin/blkdelta" sync --wait-closed --base=full vg/pre /dev/vg/copy 2>/tmp/err &
                  run=$!
                  until grep -q 'waiting until it is closed' /tmp/err; do
                    kill -0 $run
                    sleep 0.2
                  done
                  touch /tmp/off
                  wait $run
                  same /dev/vg/web /dev/vg/copy
                  wait $VM

                  # a write in the middle of a run, of a block that is listed already; one that stays open
                  rm -f /tmp/off
                  used=$(dmsetup status vg-pre | cut -d' ' -f4)
                  "$IMAGE/bin/blkdelta" sync --base=assume --bwlimit 400K \\
                    vg/pre /dev/vg/copy 2>/tmp/err &
                  run=$!
                  until grep -q . /sys/block/dm-*/dm/name && [ "$(dmsetup info -c --noheadings -o open vg-web)" = 1 ]; do sleep 0.1; done
                  sleep 0.5
                  scribble /dev/vg/web again 4096 0
                  test "$used" = "$(dmsetup status vg-pre | cut -d' ' -f4)"
                  status=0
                  wait $run || status=$?
                  cat /tmp/err >&2
                  test $status = 9
                  grep -q 'vg-web: was written to while it was read: what was sent is not final' /tmp/err
                  expect 0 durable blkdelta sync vg/pre /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy

                  # a file with its writer, and a store that is an image
                  dd if=/dev/vg/web of=/tmp/web bs=1M status=none
                  dd if=/dev/mapper/vg-pre-cow of=/tmp/cow bs=1M iflag=direct status=none
                  truncate -s 8M /tmp/copy
                  exec 9<>/tmp/web
                  expect 5 'is opened by bash' blkdelta sync --base=assume --origin /tmp/web /tmp/cow /tmp/copy
                  exec 9>&-
                  expect 0 durable blkdelta sync --base=assume --origin /tmp/web /tmp/cow /tmp/copy
                  """)
          .ok();
    }
  }

  /// `-Dblkdelta.rounds=50` for many.
  @Test
  void only_a_copy_that_is_the_volume_ends_with_0() throws IOException {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println(
        "SourceMovedIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    var random = new Random(seed);
    var firsts = new ArrayList<String>();
    for (int first = 0; first < ROUNDS; first += ROUNDS_OF_A_GUEST) {
      var rounds = new StringBuilder();
      for (int round = first; round < Math.min(ROUNDS, first + ROUNDS_OF_A_GUEST); round++) {
        rounds.append(round(round, random));
      }
      var said = rounds(rounds.toString());
      System.out.println(said);
      STATUS.matcher(said).results().forEach(status -> firsts.add(status.group(1)));
    }
    assertEquals(ROUNDS, firsts.size());
    if (ROUNDS >= ROUNDS_OF_A_GUEST) {
      assertEquals(Set.of("0", "5", "9"), Set.copyOf(firsts), "what the first runs ended with");
    }
  }

  private static String rounds(String rounds) throws IOException {
    try (var guest = LvmScripts.guest("192M")) {
      return guest
          .run(
              WORDS
                  + LvmScripts.BATCH
                  + """
                  lvm_up
                  lvcreate -qq -y --type thin-pool -L 48M --poolmetadatasize 2M -c 64k -n pool vg
                  batched
                  # how long a run takes here, in ms, once the program is warm
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y -Wn -L 8M -n copy vg
                  scribble /dev/vg/web old 1048576 0
                  lvcreate -qq -y -s -L 12M -c 4k -n pre vg/web
                  for run in 1 2 3; do
                    copy /dev/vg/pre /dev/vg/copy
                    begun=${EPOCHREALTIME/./}
                    blkdelta sync --base=full vg/pre /dev/vg/copy
                    took=$(((${EPOCHREALTIME/./} - begun) / 1000))
                  done
                  echo "a run takes $took ms"
                  lvremove -qq -y vg/pre vg/web vg/copy
                  # share PERMILLE: that much of it, in seconds
                  share() { printf '%d.%03d' $((took * $1 / 1000000)) $((took * $1 / 1000 % 1000)); }
                  """
                  + rounds)
          .ok()
          .stdout();
    }
  }

  /// One round: a volume, a copy of its snapshot, a machine that stops before, during or after the
  /// run, and the run that ends with 0 at last, by the means that the exit code asks for.
  private static String round(int round, Random random) {
    boolean isThin = random.nextBoolean();
    int uptime = random.nextInt(2000);
    int delay = random.nextInt(700);
    var how = List.of("", "--wait-closed", "--wait-closed=20s", "--live").get(random.nextInt(4));
    return """
        round='%1$d: %2$s "%3$s", %4$d permille with the machine, begun after %5$d, at %6$dK'
        lvcreate -qq -y -Wn -L 8M -n copy vg
        %7$s
        copy /dev/vg/pre /dev/vg/copy
        scribble /dev/vg/web new%1$d 65536 $((%1$d %% 8 * 65536)) 4194304
        before=$(sum /dev/vg/copy)
        rm -f /tmp/off
        vm /dev/vg/web "$(share %4$d)" %1$d
        sleep "$(share %5$d)"
        status=0
        blkdelta sync %3$s --bwlimit %6$dK vg/pre /dev/vg/copy || status=$?
        case $status in
        0) same /dev/vg/web /dev/vg/copy || { echo "round $round: 0, and not the volume" >&2; exit 1; } ;;
        5) test "$before" = "$(sum /dev/vg/copy)" || { echo "round $round: 5, and written" >&2; exit 1; } ;;
        9) ;;
        *) echo "round $round: status $status" >&2; cat /tmp/err >&2; exit 1 ;;
        esac
        again=none
        if [ $status != 0 ]; then
          again=0
          blkdelta sync --wait-closed --base=full vg/pre /dev/vg/copy || again=$?
          test $again = 0 || { echo "round $round: then $again" >&2; cat /tmp/err >&2; exit 1; }
          same /dev/vg/web /dev/vg/copy || { echo "round $round: then 0, and not the volume" >&2; exit 1; }
        fi
        wait $VM
        same /dev/vg/web /dev/vg/copy || { echo "round $round: written to after 0" >&2; exit 1; }
        echo "round $round: $status, then $again"
        lvremove -qq -y vg/pre vg/web vg/copy
        """
        .formatted(
            round,
            isThin ? "thin" : "classic",
            how,
            uptime,
            delay,
            200 + random.nextInt(1800),
            isThin
                ? """
                lvcreate -qq -y -V 8M --thinpool pool -n web vg
                scribble /dev/vg/web old 1048576 0
                lvcreate -qq -y -s -kn -n pre vg/web"""
                : """
                lvcreate -qq -y -Wn -L 8M -n web vg
                scribble /dev/vg/web old 1048576 0
                lvcreate -qq -y -s -L 12M -c 4k -n pre vg/web""");
  }
}
