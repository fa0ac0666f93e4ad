package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.blkdelta.remote.ShellWords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The main job on a real kernel's LVM: each script is what a user would type, and the kernel and
/// cmp are the judges. A boot takes seconds, so each test looks at several things.
@Execution(ExecutionMode.CONCURRENT)
class LvmSyncIT {

  @Test
  void a_snapshots_changes_arrive_under_each_of_its_names() throws IOException {
    try (var guest = LvmScripts.guest("64M")) {
      var run =
          guest
              .run(
                  LvmScripts.WORDS
                      + LvmScripts.BATCH
                      + """
                      batched
                      lvm_up /dev/ubda my-vg
                      lvcreate -qq -y -Wn -L 8M -n web--1 my-vg
                      lvcreate -qq -y -Wn -L 8M -n copy my-vg
                      scribble /dev/my-vg/web--1 old 65536 0 1048576 4194304
                      lvcreate -qq -y -s -L 4M -c 4k -n pre-1 my-vg/web--1
                      copy /dev/my-vg/pre-1 /dev/my-vg/copy

                      n=0
                      for name in my-vg/pre-1 /dev/my-vg/pre-1 /dev/mapper/my--vg-pre--1; do
                        n=$((n + 1))
                        scribble /dev/my-vg/web--1 new$n 4096 $((n * 40960)) $((8388608 - 4096))
                        not same /dev/my-vg/web--1 /dev/my-vg/copy >/tmp/differ 2>&1
                        expect 0 durable blkdelta sync $name /dev/my-vg/copy
                        same /dev/my-vg/web--1 /dev/my-vg/copy
                      done
                      expect 0 '' blkdelta inspect --extents my-vg/pre-1
                      cat /tmp/out
                      expect 0 '' blkdelta inspect --json my-vg/pre-1
                      grep '"valid":true' /tmp/out

                      # an lvm.conf and an environment by which lvs prints something else
                      mkdir /tmp/lvm
                      cp -r "$LVM_SYSTEM_DIR"/. /tmp/lvm/
                      printf '%s\n' 'log { prefix = "LVM "' 'command_names = 1' 'verbose = 3' \
                        'report_command_log = 1 }' 'report { prefixes = 1' 'compact_output = 1' \
                        'output_format = "basic" }' >>/tmp/lvm/lvm.conf
                      LVM_SYSTEM_DIR=/tmp/lvm lvs -a -o lv_name my-vg | grep LVM2_LV_NAME
                      LVM_SYSTEM_DIR=/tmp/lvm LVM_VG_NAME=other LVM_REPORT_FD=9 LC_ALL=de_DE.UTF-8 \
                        LVM_COMMAND_PROFILE=none POSIXLY_CORRECT=1 \
                        expect 0 durable "$IMAGE/bin/blkdelta" sync my-vg/pre-1 /dev/my-vg/copy

                      # a dry run, the wrong volumes, and a destination in use
                      before=$(sum /dev/my-vg/copy)
                      scribble /dev/my-vg/web--1 later 4096 2097152
                      expect 0 'dry run' blkdelta sync -n my-vg/pre-1 /dev/my-vg/copy
                      expect 4 'is an origin' blkdelta sync my-vg/web--1 /dev/my-vg/copy
                      expect 4 'not a snapshot' blkdelta sync my-vg/copy /dev/my-vg/copy
                      expect 4 'no such volume' blkdelta sync my-vg/nothing /dev/my-vg/copy
                      expect 5 'is the source' blkdelta sync my-vg/pre-1 /dev/my-vg/web--1
                      expect 5 'is the source' blkdelta sync my-vg/pre-1 /dev/my-vg/pre-1
                      expect 5 'is the source' blkdelta sync my-vg/pre-1 /dev/mapper/my--vg-pre--1-cow
                      expect 5 'is the source' blkdelta sync my-vg/pre-1 /dev/ubda
                      lvcreate -qq -y -Wn -L 4M -n small my-vg
                      expect 5 'make it larger' blkdelta sync my-vg/pre-1 /dev/my-vg/small
                      lvchange -qq -pr my-vg/small
                      expect 5 'lvchange -prw my-vg/small' blkdelta sync my-vg/pre-1 /dev/my-vg/small
                      lvchange -qq -an my-vg/small
                      expect 5 'lvchange -ay my-vg/small' blkdelta sync my-vg/pre-1 /dev/my-vg/small
                      expect 4 'lvchange -ay my-vg/small' blkdelta copy my-vg/small /dev/my-vg/copy
                      expect 5 'lvcreate -L [0-9]*b -n new my-vg' blkdelta sync my-vg/pre-1 /dev/my-vg/new
                      expect 5 'no volume group vgx' blkdelta sync my-vg/pre-1 /dev/vgx/new
                      expect 4 'no volume group vgx' blkdelta sync vgx/pre-1 /dev/my-vg/copy
                      lvcreate -qq -y -Wn -L 16M -n fs my-vg
                      mkfs.ext4 -q /dev/my-vg/fs
                      mount /dev/my-vg/fs /mnt
                      expect 5 'mounted at /mnt' blkdelta sync my-vg/pre-1 /dev/my-vg/fs
                      umount /mnt
                      dmsetup create above --table '0 8192 linear /dev/my-vg/copy 0'
                      expect 5 'held by the device above' blkdelta sync my-vg/pre-1 /dev/my-vg/copy
                      dmsetup remove above
                      test "$before" = "$(sum /dev/my-vg/copy)"
                      """)
              .ok();
      assertTrue(run.stdout().startsWith("40960 4096 data\n81920 4096 data\n"), run.toString());
    }
  }

  @Test
  void neither_a_stale_page_cache_nor_unflushed_writes_lose_changes() throws IOException {
    try (var guest = LvmScripts.guest("64M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + LvmScripts.BATCH
                  + """
                  batched
                  lvm_up
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y -Wn -L 8M -n copy vg
                  scribble /dev/vg/web old 65536 0
                  lvcreate -qq -y -s -L 4M -c 4k -n pre vg/web
                  copy /dev/vg/pre /dev/vg/copy

                  # a scanner reads the store and the origin through the page cache, and stays
                  exec 7</dev/mapper/vg-pre-cow 8</dev/vg/web
                  head -c 1M <&7 >/dev/null
                  cat <&8 >/dev/null
                  scribble /dev/vg/web new 4096 40960 409600 4096000
                  test "$(dd if=/dev/mapper/vg-pre-cow bs=4096 skip=1 count=1 status=none |
                    tr -d '\\0' | wc -c)" = 0 # this is what a buffered reader sees
                  expect 5 'is opened by bash' blkdelta sync vg/pre /dev/vg/copy
                  expect 9 '3 extents, digest' blkdelta sync -v --live vg/pre /dev/vg/copy
                  grep -q 'is opened by bash.*not final' /tmp/err
                  same /dev/vg/web /dev/vg/copy

                  # written below the cached pages of the origin
                  dmsetup create above --table '0 16384 linear /dev/vg/web 0'
                  scribble /dev/mapper/above newer 4096 1048576
                  expect 5 'is held by the device above' blkdelta sync vg/pre /dev/vg/copy
                  expect 9 '4 extents, digest' blkdelta sync -v --live vg/pre /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy
                  dmsetup remove above

                  # dirty pages that no one has flushed, with their writer still there
                  exec 9<>/dev/vg/web
                  pattern unflushed 40960 >&9
                  test "$(dmsetup status vg-pre | cut -d' ' -f4)" = 48/8192 # none of them yet
                  expect 9 '10 chunks\\|4 extents, digest\\|5 extents, digest' blkdelta sync -v --live vg/pre /dev/vg/copy
                  exec 9>&-
                  same /dev/vg/web /dev/vg/copy
                  """)
          .ok();
    }
  }

  @Test
  void a_snapshot_that_cannot_be_trusted_is_refused() throws IOException {
    try (var guest = LvmScripts.guest("64M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + LvmScripts.BATCH
                  + """
                  batched
                  lvm_up
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y -Wn -L 8M -n copy vg
                  lvcreate -qq -y -s -L 256k -c 4k -n full vg/web
                  lvcreate -qq -y -s -L 4M -c 4k -n pre vg/web
                  before=$(sum /dev/vg/copy)
                  scribble /dev/vg/web new 4096 $(seq 0 4096 400000)
                  expect 4 'invalid' blkdelta sync vg/full /dev/vg/copy
                  expect 4 'invalid' blkdelta inspect vg/full
                  expect 4 'an active snapshot' blkdelta inspect --origin /dev/vg/web /dev/mapper/vg-full-cow
                  lvremove -qq -y vg/full

                  # bare devices of it, and a suspended one
                  expect 4 'an active snapshot' blkdelta inspect --origin /dev/vg/web /dev/mapper/vg-pre-cow
                  dmsetup suspend vg-pre-cow
                  expect 4 'is suspended' blkdelta inspect vg/pre
                  dmsetup resume vg-pre-cow

                  # a merge that waits for the next activation
                  exec 7</dev/vg/web
                  lvconvert -qq --merge vg/pre
                  expect 4 'merged' blkdelta sync vg/pre /dev/vg/copy
                  exec 7<&-

                  # a store that passes discards on; one that is kept in memory
                  dmsetup create org --table '0 2048 linear /dev/ubda 100000'
                  dmsetup create cow --table '0 2048 linear /dev/ubda 110000'
                  dmsetup create o --table '0 2048 snapshot-origin /dev/mapper/org'
                  dmsetup create s --table \\
                    '0 2048 snapshot /dev/mapper/org /dev/mapper/cow P 8 2 discard_zeroes_cow discard_passdown_origin'
                  expect 4 'discard_passdown_origin' blkdelta sync /dev/mapper/s /dev/vg/copy
                  dmsetup remove s
                  dmsetup create s --table '0 2048 snapshot /dev/mapper/org /dev/mapper/cow N 8'
                  expect 4 'memory' blkdelta sync /dev/mapper/s /dev/vg/copy
                  dmsetup remove s
                  # of nothing: a copy is right, but there is no origin
                  lvcreate -qq -y --type snapshot -L 4M --virtualsize 8M -n virt vg
                  scribble /dev/vg/virt some 4096 0 40960
                  truncate -s 8M /tmp/virt
                  expect 0 durable blkdelta copy vg/virt /tmp/virt
                  cmp /tmp/virt /dev/vg/virt
                  expect 4 'made it with --virtualsize' blkdelta sync vg/virt /tmp/virt
                  cmp /tmp/virt /dev/vg/virt
                  lvremove -qq -y vg/virt

                  # overflow by its own writes: the list is complete
                  dd if=/dev/zero of=/dev/mapper/cow bs=4096 count=1 oflag=direct status=none
                  dmsetup remove cow
                  dmsetup create cow --table '0 128 linear /dev/ubda 110000'
                  dmsetup create s --table '0 2048 snapshot /dev/mapper/org /dev/mapper/cow PO 8'
                  scribble /dev/mapper/o new 4096 8192
                  dd if=/dev/urandom of=/dev/mapper/s bs=4096 seek=100 count=60 oflag=direct 2>/dev/null || true
                  dmsetup status s | grep -q Overflow
                  expect 0 'overflowed by writes to itself' blkdelta sync /dev/mapper/s /dev/vg/copy

                  expect 0 '' blkdelta inspect --extents /dev/mapper/s
                  test "$(head -1 /tmp/out)" = '8192 4096 data'
                  """)
          .ok();
    }
  }

  @Test
  void a_running_volume_is_synced_from_a_newer_snapshot() throws IOException {
    try (var guest = LvmScripts.guest("64M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + LvmScripts.BATCH
                  + """
                  batched
                  lvm_up
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y -Wn -L 8M -n copy vg
                  lvcreate -qq -y -Wn -L 8M -n other vg
                  scribble /dev/vg/web old 1048576 0 4194304
                  lvcreate -qq -y -s -L 4M -c 4k -n one vg/web
                  lvcreate -qq -y -s -L 2M -c 4k -n alien vg/other
                  copy /dev/vg/one /dev/vg/copy
                  scribble /dev/vg/web new 8192 0 1048576 8380416
                  sleep 1 # LVM's clock counts seconds
                  lvcreate -qq -y -s -L 1M -c 64k -n two vg/web
                  scribble /dev/vg/web newer 8192 0 2097152 6291456

                  expect 4 'the snapshot itself' blkdelta sync --data-source vg/one vg/one /dev/vg/copy
                  expect 4 'another origin' blkdelta sync --data-source vg/alien vg/one /dev/vg/copy
                  expect 4 'neither a snapshot' blkdelta sync --data-source vg/other vg/one /dev/vg/copy
                  expect 4 'older' blkdelta sync --data-source vg/one vg/two /dev/vg/copy
                  lvcreate -qq -y -s -L 2M -c 4k -n back vg/copy
                  expect 5 'origin of the snapshot vg/back' \\
                    blkdelta sync --data-source vg/two vg/one /dev/vg/copy
                  expect 0 durable blkdelta sync --force=origin --data-source vg/two vg/one /dev/vg/copy
                  not grep -q 'is opened\\|not final' /tmp/err
                  same /dev/vg/two /dev/vg/copy
                  # LVM rolls the copy back: what is remembered of it is too new
                  lvconvert --merge vg/back >/tmp/merged 2>&1
                  same /dev/vg/one /dev/vg/copy
                  expect 5 'it was rolled back' blkdelta sync /dev/vg/two /dev/vg/copy
                  same /dev/vg/one /dev/vg/copy
                  expect 0 durable blkdelta verify --repair vg/two /dev/vg/copy
                  same /dev/vg/two /dev/vg/copy
                  # the next round: from the newer snapshot to the origin
                  expect 0 durable blkdelta sync /dev/vg/two /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy

                  # the origin grows while it is inactive; the snapshot keeps its size
                  lvremove -qq -y vg/two
                  vgchange -qq -an vg
                  lvextend -qq -L +1M vg/web
                  expect 4 'not active' blkdelta sync vg/one /dev/vg/copy
                  vgchange -qq -ay vg
                  scribble /dev/vg/web grown 4096 8388608 9000960
                  expect 5 'make it larger' blkdelta sync vg/one /dev/vg/copy
                  lvextend -qq -L +1M vg/copy
                  expect 5 'to an unknown one' blkdelta sync vg/one /dev/vg/copy
                  expect 0 durable blkdelta sync --base=full vg/one /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy

                  # the snapshot overflows while it is read: a pipe holds the reader up, and of 14 MiB
                  # two batches of 4 may have been read
                  lvremove -qq -y vg/alien vg/one vg/copy vg/other
                  lvcreate -qq -y -Wn -L 24M -n big vg
                  lvcreate -qq -y -s -L 16M -c 4k -n tight vg/big
                  scribble /dev/vg/big some 14680064 0
                  mkfifo /tmp/pipe
                  "$IMAGE/bin/blkdelta" dump vg/tight >/tmp/pipe 2>/tmp/err &
                  exec 7</tmp/pipe
                  head -c 200000 <&7 >/dev/null
                  scribble /dev/vg/big more 1048576 14680064 16777216 18874368
                  cat <&7 >/dev/null
                  status=0
                  wait $! || status=$?
                  test $status = 7
                  grep -q 'invalid' /tmp/err
                  """)
          .ok();
    }
  }

  @Test
  void lvmsyncs_grammar_and_stream_go_on_working() throws IOException {
    try (var guest = LvmScripts.guest("64M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + """
                  lvm_up
                  far_end_up
                  lvcreate -qq -y -Wn -L 4M -n web vg
                  lvcreate -qq -y -Wn -L 4M -n copy vg
                  scribble /dev/vg/web old 1048576 0 2097152
                  lvcreate -qq -y -s -L 4M -c 4k -n pre vg/web
                  copy /dev/vg/pre /dev/vg/copy
                  before=$(sum /dev/vg/copy)
                  scribble /dev/vg/web new 8192 0 1048576 4186112
                  dd if=/dev/zero of=/dev/vg/web bs=4096 seek=512 count=4 oflag=direct status=none

                  # a reader of the format that is none of ours
                  expect 0 sent lvmsync /dev/vg/pre --stdout
                  test "$(head -1 /tmp/out | tr -d '\0')" = 'lvmsync PROTO[3]'
                  dd if=/dev/vg/copy of=/tmp/copy bs=1M status=none
                  perl -e '
                    open(my $to, "+<:raw", "/tmp/copy") or die; binmode STDIN; <STDIN>;
                    while (read(STDIN, my $head, 12)) {
                      my ($high, $low, $length) = unpack("NNN", $head);
                      read(STDIN, my $data, $length) == $length or die "cut\n";
                      sysseek($to, $high * 4294967296 + $low, 0); syswrite($to, $data);
                    }' </tmp/out
                  cmp /tmp/copy /dev/vg/web

                  # here, with an undo; over ssh, with an undo there; both undone
                  expect 0 sent lvmsync -b /tmp/undo1 /dev/vg/pre /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy
                  expect 5 'already exists' lvmsync -b /tmp/undo1 /dev/vg/pre /dev/vg/copy
                  expect 0 'no end mark' lvmsync --apply /tmp/undo1 /dev/vg/copy
                  test "$before" = "$(sum /dev/vg/copy)"
                  expect 0 sent lvmsync /dev/vg/pre root@localhost:/dev/vg/copy --snapback /tmp/undo2
                  same /dev/vg/web /dev/vg/copy
                  cmp /tmp/undo1 /tmp/undo2
                  expect 0 '' blkdelta lvmsync -q --server /dev/vg/copy </tmp/undo2
                  test "$before" = "$(sum /dev/vg/copy)"
                  expect 0 sent lvmsync -e 'LC_ALL=C ssh -q' -v -d -r /dev/vg/web vg/pre localhost:/dev/vg/copy x
                  grep -q 'x: ignored' /tmp/err
                  same /dev/vg/web /dev/vg/copy
                  # names that begin in the home folder there; nothing is told, here or there
                  ln -s /dev/vg/copy /run/home/link
                  expect 0 '' lvmsync -q -q -b '~/a $(undo)' vg/pre 'root@localhost:~/link'
                  not grep -v warning /tmp/err
                  rm /run/home/link /run/home/'a $(undo)'
                  expect 0 '' lvmsync --no-verbose --app /tmp/undo2 /dev/vg/copy
                  test "$before" = "$(sum /dev/vg/copy)"
                  expect 0 sent lvmsync vg/pre /dev/vg/copy ignored --stdout
                  test "$(head -1 /tmp/out | tr -d '\\0')" = 'lvmsync PROTO[3]'
                  expect 0 sent lvmsync vg/pre /dev/vg/copy

                  # what cannot be right
                  head -c 9000 /tmp/undo1 >/tmp/cut
                  expect 7 'cut off' lvmsync --apply /tmp/cut /dev/vg/copy
                  expect 2 'destination' lvmsync /dev/vg/pre
                  expect 6 'not found' blkdelta lvmsync -e 'sh -c nowhere' /dev/vg/pre here:/dev/vg/copy
                  for shell in false true 'ssh -p 1'; do
                    expect 6 '' lvmsync -e "$shell" /dev/vg/pre localhost:/dev/vg/copy
                    not grep -q ' sent ' /tmp/err
                  done
                  lvcreate -qq -y -Wn -L 2M -n small vg
                  expect 7 'beyond the destination' lvmsync --apply /tmp/undo1 /dev/vg/small
                  expect 7 'beyond the destination' lvmsync /dev/vg/pre root@localhost:/dev/vg/small
                  """)
          .ok();
    }
  }

  /// Runs where lvmsync is at hand, as LvmsyncGrammarTest does, and its suite as it is. That hides
  /// the program's exit status, so the file that it calls by lvmsync's name keeps it, and compares
  /// what was sent at once.
  @Test
  void lvmsyncs_own_suite_passes() throws IOException {
    var program = System.getenv("BLKDELTA_LVMSYNC");
    assumeTrue(program != null, "BLKDELTA_LVMSYNC names no folder of lvmsync's");
    try (var guest = LvmScripts.guest("200M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + """
                  pvcreate -qq /dev/ubda
                  vgcreate -qq -s 1M vg /dev/ubda
                  mkdir -p /tmp/suite/bin
                  cp -r %s/test /tmp/suite/test
                  cat >/tmp/suite/bin/lvmsync <<'END'
                  #!/bin/bash
                  status=0
                  "$IMAGE/compat/lvmsync" "$@" || status=$?
                  case "$* " in
                    /dev/*--stdout\\ ) ;;
                    /dev/*) cmp <(dd if=/dev/vg/__lvmsynctest_src bs=1M iflag=direct status=none) \
                      <(dd if=/dev/vg/__lvmsynctest_dest bs=1M iflag=direct status=none) || status=99 ;;
                  esac
                  echo "$status $*" >>/tmp/statuses
                  exit $status
                  END
                  chmod 755 /tmp/suite/bin/lvmsync
                  bash /tmp/suite/test/run >/tmp/suite/out 2>&1 || { cat /tmp/suite/out /tmp/statuses; false; }
                  cat /tmp/suite/out /tmp/statuses >&2
                  grep -qx 'ALL TESTS PASSED' /tmp/suite/out
                  test "$(grep -c '^OK: ' /tmp/suite/out)" = 3
                  test "$(grep -c '^0 ' /tmp/statuses)" = 5
                  test "$(wc -l </tmp/statuses)" = 5
                  """
                      .formatted(ShellWords.quote(program)))
          .ok();
    }
  }
}
