package org.blkdelta.real;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Cutovers on a real kernel's LVM, over a real sshd. The machine is a program that writes numbered
/// records to a classic volume and a thin one, and finds at its start whether any is missing.
@Execution(ExecutionMode.CONCURRENT)
class CutoverIT {

  /// `vm_up SIDE` starts it at `old` or `new`. `/tmp/SIDE.pid` is there while it is on; `/tmp/both`
  /// comes if it is ever started while it is on at the other side. `/tmp/before SIDE`, if it is
  /// there, may forbid a start. `/tmp/volumes` may name others, and how many records each holds;
  /// `/tmp/pause` has the seconds between two records, `/tmp/slowly` those that a stop takes.
  static final String MACHINE =
      """
      cat >/tmp/machine.pl <<'PERL'
      use strict;
      use IO::Handle;
      my ($side, @volumes) = @ARGV;
      my $other = $side eq "old" ? "new" : "old";
      sub number { my $n = 0; if (open(my $f, "<", $_[0])) { $n = <$f> || 0; } return $n + 0; }
      sub record { return substr(sprintf("%012d ", $_[0]) x 400, 0, 4096); }
      my $last = number("/tmp/$side.acked");
      $last = number("/tmp/old.acked") if $side eq "new" && ! $last;
      my @to;
      for my $volume (@volumes) {
        my ($device, $slots) = split(/:/, $volume);
        open(my $disk, "+<:raw", $device) or die "$device: $!\\n";
        push @to, [$disk, $slots];
        for my $slot (0 .. $slots - 1) {
          sysseek($disk, 4096 * $slot, 0);
          sysread($disk, my $found, 4096) == 4096 or die;
          my $want = $last - (($last - $slot) % $slots);
          next if $want <= 0 && $found eq "\\0" x 4096;
          die "$device: slot $slot: not record $want\\n"
            if $found ne record($want) && $found ne record($want + $slots);
        }
      }
      open(my $pid, ">", "/tmp/$side.pid") or die;
      print $pid $$;
      close($pid);
      my $stop = 0;
      $SIG{TERM} = sub { $stop = 1 unless -e "/tmp/stubborn" };
      my $n = $last;
      until ($stop) {
        $n++;
        for my $volume (@to) {
          my ($disk, $slots) = @$volume;
          sysseek($disk, 4096 * ($n % $slots), 0);
          syswrite($disk, record($n)) == 4096 or die;
          $disk->sync;
        }
        open(my $acked, ">", "/tmp/$side.acked.new") or die;
        print $acked $n;
        close($acked);
        rename("/tmp/$side.acked.new", "/tmp/$side.acked");
        select(undef, undef, undef, number("/tmp/pause") || 0.3);
      }
      select(undef, undef, undef, number("/tmp/slowly"));
      close($_->[0]) for @to;
      unlink("/tmp/$side.pid");
      PERL
      cat >/tmp/vm-up <<'SH'
      #!/bin/sh
      side=$1 other=old vg=new
      [ $side = new ] || other=new vg=vg
      [ ! -e /tmp/$side.pid ] || exit 0
      [ ! -e /tmp/$other.pid ] || { : >/tmp/both; exit 1; }
      [ ! -e /tmp/before ] || sh /tmp/before $side || exit 1
      set --
      for volume in $(cat /tmp/volumes 2>/dev/null || echo web:128 data:128); do
        set -- "$@" /dev/$vg/$volume
      done
      setsid perl /tmp/machine.pl $side "$@" >>/tmp/$side.log 2>&1 </dev/null &
      for i in $(seq 100); do
        [ ! -e /tmp/$side.pid ] || exit 0
        sleep 0.1
      done
      cat /tmp/$side.log
      exit 1
      SH
      chmod +x /tmp/vm-up
      is_on() { test -e /tmp/$1.pid && ! test -e /tmp/both; }
      job() { # NAME SIDE
        sed "s/JOB/$1/; s/SIDE/$2/" >/tmp/$1.toml <<'TOML'
      name = "JOB"
      [SIDE]
      host = "root@localhost"
      [[disk]]
      from = "vg/web"
      to = "/dev/new/web"
      snapshot = { size = "50%" }
      [[disk]]
      from = "vg/data"
      to = "/dev/new/data"
      [rounds]
      max_downtime = "10m"
      [cutover]
      when = "now"
      stop_within = "20s"
      verify = "all"
      [hooks]
      stop = ["sh", "-c", "kill $(cat /tmp/old.pid)"]
      is_off = ["test", "!", "-e", "/tmp/old.pid"]
      start_source = ["/tmp/vm-up", "old"]
      hold = ["touch", "/tmp/held"]
      release = ["rm", "-f", "/tmp/held"]
      start = ["/tmp/vm-up", "new"]
      is_up = ["test", "-e", "/tmp/new.pid"]
      is_off_there = ["test", "!", "-e", "/tmp/new.pid"]
      notify = ["sh", "-c", "echo $BLKDELTA_REASON >>/tmp/notified"]
      TOML
      }
      volumes() {
        vgcreate -qq new /dev/ubdb >/tmp/made 2>&1
        lvcreate -qq -y -Wn -L 4M -n web vg
        lvcreate -qq -y --type thin-pool -L 16M --poolmetadatasize 2M -c 64k -n pool vg
        lvcreate -qq -y -V 4M --thinpool pool -n data vg
        lvcreate -qq -y -Wn -L 4M -n web new
        lvcreate -qq -y -Wn -L 4M -n data new
      }
      until_stopping() {
        until tail -n 1 /var/lib/blkdelta/jobs/push/guardian.ndjson | grep -q STOPPING; do
          sleep 0.2
        done
      }
      until_on() { # SIDE SECONDS
        for i in $(seq $2); do
          ! is_on $1 || return 0
          sleep 1
        done
        echo "not on at $1" >&2
        return 1
      }
      """;

  @Test
  void a_machine_moves_and_comes_back_whoever_is_killed() throws IOException {
    try (var guest = LvmScripts.guest("64M", "32M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + MACHINE
                  + """
                  lvm_up
                  far_end_up
                  volumes
                  job push destination
                  /tmp/vm-up old

                  # one that does not stop stays on
                  touch /tmp/stubborn
                  expect 11 'did not stop within 20 s; the source is started again' \\
                    blkdelta migrate run /tmp/push.toml
                  rm /tmp/stubborn
                  is_on old
                  expect 0 '' blkdelta migrate status --json /tmp/push.toml
                  grep -q '"state":"rounds"' /tmp/out

                  # a signal while it stops: it is started again at once
                  echo 3 >/tmp/slowly
                  blkdelta migrate cutover /tmp/push.toml >/tmp/out 2>/tmp/err &
                  leader=$!
                  until_stopping
                  kill -TERM $(pgrep -f 'Main migrate cutover')
                  status=0
                  wait $leader || status=$?
                  test $status = 143
                  grep -q 'push: stopped by a signal; the source is started again' /tmp/err
                  until ! is_on old; do sleep 0.2; done
                  until_on old 30

                  # whoever leads it is killed while the machine is off: the guardian starts it again
                  echo 15 >/tmp/slowly
                  blkdelta migrate cutover /tmp/push.toml >/tmp/out 2>/tmp/err &
                  leader=$!
                  until_stopping
                  kill -KILL $(pgrep -f 'Main migrate cutover')
                  wait $leader || true
                  until ! is_on old; do sleep 0.2; done
                  rm /tmp/slowly
                  until_on old 120
                  expect 0 'the source runs again' blkdelta migrate round /tmp/push.toml

                  # the guardian is killed, and started again by its loop
                  echo 5 >/tmp/slowly
                  blkdelta migrate cutover /tmp/push.toml >/tmp/out 2>/tmp/err &
                  leader=$!
                  until_stopping
                  kill -KILL $(pgrep -f 'Main guardian')
                  wait $leader || { cat /tmp/err >&2; exit 1; }
                  grep -q 'push: moved in' /tmp/err
                  is_on new
                  not is_on old
                  test -e /tmp/held
                  test "$(cat /tmp/notified)" = "$(printf 'rolled_back\\ndone')"
                  expect 5 'its machine was moved' blkdelta migrate round /tmp/push.toml

                  # back again
                  expect 5 'stop the machine at the destination first' \\
                    blkdelta migrate rollback /tmp/push.toml
                  kill $(cat /tmp/new.pid)
                  until ! is_on new; do sleep 0.2; done
                  expect 0 'the source runs again' blkdelta migrate rollback /tmp/push.toml
                  is_on old
                  not test -e /tmp/held
                  expect 0 'compares all of vg/web' blkdelta migrate round /tmp/push.toml
                  expect 0 'finished; 2 snapshots removed' blkdelta migrate finish /tmp/push.toml

                  # the source elsewhere: its guardian is there
                  rm -f /tmp/new.acked /tmp/slowly
                  job pull source
                  expect 0 'pull: moved in' blkdelta migrate run /tmp/pull.toml
                  is_on new
                  expect 0 'finished; 2 snapshots removed' blkdelta migrate finish /tmp/pull.toml
                  kill $(cat /tmp/new.pid)
                  until ! is_on new; do sleep 0.2; done

                  # both elsewhere
                  rm -f /tmp/new.acked /tmp/held
                  /tmp/vm-up old
                  job third destination
                  sed -i '1a [source]\\nhost = "root@localhost"' /tmp/third.toml
                  expect 0 'all checks passed' blkdelta migrate plan /tmp/third.toml
                  expect 0 'third: moved in' blkdelta migrate run /tmp/third.toml
                  is_on new
                  not is_on old
                  expect 0 'finished; 2 snapshots removed' blkdelta migrate finish /tmp/third.toml
                  kill $(cat /tmp/new.pid)
                  test "$(lvs --noheadings -o lv_name -S 'lv_name=~"-r[0-9]"' vg)" = ''
                  """)
          .ok();
    }
  }

  @Test
  void a_machine_is_tried_from_snapshots_before_it_moves() throws IOException {
    try (var guest = LvmScripts.guest("64M", "32M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + MACHINE
                  + """
                  lvm_up
                  far_end_up
                  volumes
                  job push destination
                  sed -i '$a rehearse = ["sh", "/tmp/rehearse"]' /tmp/push.toml
                  /tmp/vm-up old

                  echo 'echo no kernel; exit 9' >/tmp/rehearse
                  expect 5 'rehearse exited with 9: no kernel; nothing was stopped' \\
                    blkdelta migrate run /tmp/push.toml
                  echo 'echo wrong | dd of=/dev/new/data bs=4k seek=5 conv=notrunc,fsync' >/tmp/rehearse
                  expect 3 'vg/data to root@localhost:/dev/new/data: rehearse wrote to its copy' \\
                    blkdelta migrate run /tmp/push.toml
                  is_on old
                  echo 'set -e
                    lvcreate -qq -y -s -n tried -L 4M new/web
                    dd if=/dev/urandom of=/dev/new/tried bs=64k count=1 conv=fsync
                    lvremove -qq -y new/tried' >/tmp/rehearse
                  expect 0 'push: moved in' blkdelta migrate run /tmp/push.toml
                  is_on new
                  """)
          .ok();
    }
  }
}
