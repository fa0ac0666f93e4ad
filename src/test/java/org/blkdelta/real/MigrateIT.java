package org.blkdelta.real;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// A job's rounds on a real kernel's LVM, over a real sshd: a classic volume and a thin one, which
/// are written to all the time.
@Execution(ExecutionMode.CONCURRENT)
class MigrateIT {

  @Test
  void rounds_keep_copies_of_two_disks_that_are_written_to() throws IOException {
    try (var guest = LvmScripts.guest("96M", "32M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + """
                  lvm_up
                  far_end_up
                  vgcreate -qq new /dev/ubdb >/tmp/made 2>&1
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y --type thin-pool -L 24M --poolmetadatasize 2M -c 64k -n pool vg
                  lvcreate -qq -y -V 8M --thinpool pool -n data vg
                  lvcreate -qq -y -Wn -L 8M -n web new
                  scribble /dev/vg/web old 65536 0 4194304
                  scribble /dev/vg/data old 65536 0 4194304
                  job() { # NAME SIDE SIZE
                    printf '%s\\n' "name = '$1'" "[$2]" 'host = "root@localhost"' \\
                      '[[disk]]' 'from = "vg/web"' 'to = "/dev/new/web"' "snapshot = { size = '$3' }" \\
                      '[[disk]]' 'from = "vg/data"' 'to = "/dev/new/data"' >/tmp/$1.toml
                  }
                  job night destination 50%
                  volumes() { lvs --noheadings -o lv_name,lv_tags,lv_size vg new | sort; }
                  held() { # ROUND
                    same /dev/vg/web-night-r$1 /dev/new/web
                    same /dev/vg/data-night-r$1 /dev/new/data
                    test "$(lvs --noheadings -o lv_name @blkdelta.job=night | wc -l)" = 2
                  }

                  # all that is wrong is told at once, and nothing is written
                  before=$(volumes)
                  job big destination 800M
                  expect 5 'volume group vg: has .* free, and two rounds of snapshots need' \\
                    blkdelta migrate plan /tmp/big.toml
                  grep -q '/dev/new/data: .*lvcreate -L ' /tmp/err
                  grep -q '2 faults to fix first; nothing was written' /tmp/err
                  lvcreate -qq -y -Wn -L 8M -n data new
                  before=$(volumes)
                  expect 0 'all checks passed' blkdelta migrate plan /tmp/night.toml
                  grep -q 'would do: here: lvcreate .* vg/data$' /tmp/err
                  test "$before" = "$(volumes)"
                  test ! -e /var/lib/blkdelta/jobs

                  perl -e '
                    use IO::Handle;
                    my @to;
                    for my $i (0, 1) {
                      open($to[$i], "+<:raw", (qw(/dev/vg/web /dev/vg/data))[$i]) or die;
                    }
                    while (! -e "/tmp/stop") {
                      for my $to (@to) {
                        sysseek($to, 4096 * int(rand(200)), 0);
                        syswrite($to, chr(rand(256)) x 4096);
                        $to->sync;
                      }
                      select(undef, undef, undef, 0.2);
                    }' &
                  writer=$!
                  expect 0 'round 1: .* durable' blkdelta migrate round /tmp/night.toml
                  held 1
                  expect 0 'round 2: .* durable; if nothing were written' \\
                    blkdelta migrate round --metrics /tmp/night.prom /tmp/night.toml
                  grep -q '^blkdelta_last_exit_code{job="night"} 0' /tmp/night.prom
                  held 2
                  # killed while it sends
                  blkdelta migrate round /tmp/night.toml >/tmp/out 2>/tmp/err &
                  until grep -q '"round":3,"step":"SEND"' /var/lib/blkdelta/jobs/night/journal.ndjson; do
                    sleep 0.1
                  done
                  expect 5 'is running already' \\
                    blkdelta migrate round --metrics /tmp/night.prom /tmp/night.toml
                  grep -q '^blkdelta_last_exit_code{job="night"} 5' /tmp/night.prom
                  kill -KILL $(pgrep -f 'Main migrate round')
                  wait $! || true
                  expect 0 'round 3 is not complete' blkdelta migrate status /tmp/night.toml
                  expect 0 'goes on with round 3' blkdelta migrate round /tmp/night.toml
                  held 3
                  touch /tmp/stop
                  wait $writer

                  # a snapshot that overflowed
                  scribble /dev/vg/web much 4194304 0 4194304
                  expect 0 'compares all of vg/web' blkdelta migrate round /tmp/night.toml
                  held 4
                  same /dev/vg/web /dev/new/web
                  expect 0 '' blkdelta migrate status --json /tmp/night.toml
                  grep -q '"job":"night","state":"rounds","running":false,"moved":false,"rounds":4' /tmp/out

                  # a snapshot that fills while its disk is sent is extended; a copy that is missing is made
                  lvcreate -qq -y -Wn -L 8M -n disk vg
                  printf '%s\\n' "name = 'grow'" '[destination]' 'host = "root@localhost"' \\
                    '[rounds]' 'bwlimit = "100K"' \\
                    '[[disk]]' 'from = "vg/disk"' 'to = "/dev/new/disk"' 'create = true' \\
                    'snapshot = { size = "50%", at = 60, extend = "+4M", keep_free = "4M" }' >/tmp/grow.toml
                  scribble /dev/vg/disk old 2097152 0
                  expect 0 'root@localhost: lvcreate .*-n disk .* -L 8388608b new' \\
                    blkdelta migrate plan /tmp/grow.toml
                  blkdelta migrate round /tmp/grow.toml >/tmp/out 2>/tmp/err &
                  round=$!
                  until grep -qs '"step":"SEND"' /var/lib/blkdelta/jobs/grow/journal.ndjson; do
                    sleep 0.1
                  done
                  for i in $(seq 0 11); do
                    scribble /dev/vg/disk w$i 262144 $((i * 524288))
                  done
                  wait $round || { cat /tmp/err >&2; exit 1; }
                  grep -q 'vg/disk-grow-r1 was .*% full, and is extended by 4 MiB' /tmp/err
                  same /dev/vg/disk-grow-r1 /dev/new/disk
                  test "$(lvs --noheadings -o lv_name @blkdelta.copy=grow | tr -d ' ')" = disk
                  expect 0 '1 snapshot removed' blkdelta migrate finish /tmp/grow.toml
                  grep -q 'root@localhost: new/disk is left' /tmp/err
                  lvremove -qq -y vg/disk new/disk

                  # the source on another machine; and what is somebody else's stays
                  lvcreate -qq -y -s -L 4M -n mine vg/web
                  expect 0 'night: finished; 2 snapshots removed' \\
                    blkdelta migrate finish /tmp/night.toml
                  grep -q "warning: vg/mine: is not this job's snapshot, and is left" /tmp/err
                  job pull source 30%
                  expect 0 'round 1: .* durable' blkdelta migrate round /tmp/pull.toml
                  scribble /dev/vg/web last 4096 40960
                  scribble /dev/vg/data last 4096 40960
                  expect 0 'round 2: .* durable' blkdelta migrate round /tmp/pull.toml
                  same /dev/vg/web /dev/new/web
                  same /dev/vg/data /dev/new/data
                  expect 0 '2 snapshots removed' blkdelta migrate finish /tmp/pull.toml

                  # begun again: nothing differs, and from then on that is where changes start
                  expect 0 'compares all of .*vg/web' blkdelta migrate round /tmp/pull.toml
                  scribble /dev/vg/web again 4096 81920
                  expect 0 'sends what changed of .*vg/web' \\
                    blkdelta migrate round /tmp/pull.toml
                  same /dev/vg/web /dev/new/web
                  expect 0 '2 snapshots removed' blkdelta migrate finish /tmp/pull.toml
                  test "$(lvs --noheadings -o lv_name -S 'lv_name=~"-r[0-9]"' vg)" = ''
                  """)
          .ok();
    }
  }
}
