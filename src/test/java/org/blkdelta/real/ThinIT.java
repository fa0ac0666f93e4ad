package org.blkdelta.real;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Thin volumes of a real kernel's pools, as a user would name them; the kernel, cmp and thin_delta
/// are the judges.
@Execution(ExecutionMode.CONCURRENT)
class ThinIT {

  @Test
  void a_copy_becomes_the_newer_volume_under_each_of_its_names() throws IOException {
    try (var guest = LvmScripts.guest("192M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + LvmScripts.BATCH
                  + """
                  batched
                  lvm_up /dev/ubda my-vg
                  lvcreate -qq -y --type thin-pool -L 32M --poolmetadatasize 2M -c 64k -n p-ool my-vg
                  lvcreate -qq -y --type thin-pool -L 8M --poolmetadatasize 2M -c 128k -n other my-vg
                  lvcreate -qq -y -V 8M --thinpool p-ool -n web--1 my-vg
                  lvcreate -qq -y -V 8M --thinpool other -n alien my-vg
                  lvcreate -qq -y -Wn -L 8M -n copy my-vg
                  scribble /dev/my-vg/web--1 old 65536 0 1048576 4194304
                  lvcreate -qq -y -s -n pre-1 my-vg/web--1
                  copy /dev/my-vg/web--1 /dev/my-vg/copy

                  # the snapshot itself stays inactive
                  n=0
                  for name in my-vg/pre-1 /dev/my-vg/pre-1 /dev/mapper/my--vg-pre--1; do
                    n=$((n + 1))
                    scribble /dev/my-vg/web--1 new$n 4096 $((n * 131072)) $((8388608 - 4096))
                    blkdiscard -o 4194304 -l 65536 /dev/my-vg/web--1
                    not same /dev/my-vg/web--1 /dev/my-vg/copy >/tmp/differ 2>&1
                    expect 0 durable blkdelta sync --base=full $name /dev/my-vg/copy
                    same /dev/my-vg/web--1 /dev/my-vg/copy
                  done
                  expect 0 '' blkdelta inspect my-vg/pre-1
                  cat /tmp/out
                  grep -q 'pool:      my--vg-p--ool-tpool, transaction 2$' /tmp/out
                  grep -q 'id 2 with 3 blocks, id 1 with 6; 2 are shared' /tmp/out

                  # the kernel's own words on all this are what dmsetup prints
                  "$IMAGE/runtime/bin/java" --enable-native-access=ALL-UNNAMED \\
                    -cp "$IMAGE/lib/blkdelta.jar:%s" org.blkdelta.host.MapperJudge \\
                    my--vg-p--ool-tpool my--vg-web----1 my--vg-copy

                  # from one snapshot to the next, while the volume is in use; onto the same pool
                  lvcreate -qq -y -s -kn -n two my-vg/web--1
                  lvcreate -qq -y -V 8M --thinpool p-ool -n twin my-vg
                  copy /dev/my-vg/copy /dev/my-vg/twin
                  exec 7</dev/my-vg/web--1
                  scribble /dev/my-vg/web--1 more 4096 2097152
                  expect 5 'an unknown one' blkdelta sync -n --live my-vg/pre-1 /dev/my-vg/copy
                  expect 5 'is opened by bash' blkdelta sync -n --base=full my-vg/pre-1 /dev/my-vg/copy
                  expect 0 'dry run' blkdelta sync -n --live --base=full my-vg/pre-1 /dev/my-vg/copy
                  expect 0 durable blkdelta sync --since my-vg/pre-1 my-vg/two /dev/my-vg/twin
                  not grep -q 'is opened\\|not final' /tmp/err
                  same /dev/my-vg/two /dev/my-vg/twin
                  exec 7<&-
                  expect 0 durable blkdelta sync --since my-vg/two /dev/my-vg/web--1 /dev/my-vg/twin
                  same /dev/my-vg/web--1 /dev/my-vg/twin
                  # and back: the newer one need not be the younger
                  expect 0 durable blkdelta sync --base=full --since my-vg/web--1 /dev/dm-"$(
                    dmsetup info -c --noheadings -o minor my--vg-two)" /dev/my-vg/twin
                  same /dev/my-vg/two /dev/my-vg/twin
                  # as lvmsync
                  expect 0 sent blkdelta lvmsync my-vg/two /dev/my-vg/twin
                  same /dev/my-vg/web--1 /dev/my-vg/twin
                  lvcreate -qq -y -s -kn -n three my-vg/web--1
                  scribble /dev/my-vg/web--1 later 4096 262144 2097152
                  copy /dev/my-vg/two /dev/my-vg/twin
                  exec 7</dev/my-vg/web--1 # which goes on meanwhile
                  expect 0 sent blkdelta lvmsync -r my-vg/three my-vg/two /dev/my-vg/twin
                  not grep -q 'is opened\\|not final' /tmp/err
                  same /dev/my-vg/three /dev/my-vg/twin
                  expect 0 sent blkdelta lvmsync -r /dev/my-vg/web--1 my-vg/three /dev/my-vg/twin
                  grep -q 'is opened by bash' /tmp/err
                  exec 7<&-
                  same /dev/my-vg/web--1 /dev/my-vg/twin
                  expect 4 'another pool' blkdelta lvmsync -r my-vg/alien my-vg/two /dev/my-vg/twin
                  expect 5 'is the source' blkdelta lvmsync -r my-vg/three my-vg/two /dev/my-vg/two
                  lvremove -qq -y my-vg/three

                  # a snapshot that is written to in place after its copy, and one that is taken from it
                  lvcreate -qq -y -s -kn -n first my-vg/web--1
                  lvcreate -qq -y -s -kn -n early my-vg/first
                  expect 0 durable blkdelta copy my-vg/first /dev/my-vg/twin
                  expect 0 durable blkdelta sync --since my-vg/first my-vg/early /dev/my-vg/twin
                  expect 0 durable blkdelta copy my-vg/first /dev/my-vg/twin
                  scribble /dev/my-vg/first own 4096 0
                  lvcreate -qq -y -s -kn -n second my-vg/first
                  expect 5 'first: was itself written to.*base=full' \\
                    blkdelta sync --since my-vg/first my-vg/second /dev/my-vg/twin
                  expect 5 'at byte 0: .*match the state' \\
                    blkdelta sync --base=full --since my-vg/first my-vg/second /dev/my-vg/twin
                  expect 0 durable blkdelta verify --repair my-vg/second /dev/my-vg/twin
                  same /dev/my-vg/second /dev/my-vg/twin
                  lvremove -qq -y my-vg/second my-vg/early my-vg/first

                  # what makes no sense
                  before=$(sum /dev/my-vg/copy)
                  expect 4 'say which state' blkdelta sync my-vg/web--1 /dev/my-vg/copy
                  expect 4 'another pool' blkdelta sync --since my-vg/alien my-vg/two /dev/my-vg/copy
                  expect 4 'not a thin volume' blkdelta sync --since my-vg/copy my-vg/two /dev/my-vg/copy
                  expect 4 'not active' blkdelta sync --since my-vg/two my-vg/pre-1 /dev/my-vg/copy
                  expect 2 'since OLD NEW' blkdelta sync --data-source my-vg/two my-vg/pre-1 /dev/my-vg/copy
                  expect 5 'is the source' blkdelta sync --since my-vg/two my-vg/web--1 /dev/my-vg/two
                  expect 5 'is the source' blkdelta sync my-vg/pre-1 /dev/my-vg/web--1
                  expect 5 'is the source' blkdelta sync my-vg/pre-1 /dev/mapper/my--vg-p--ool_tmeta
                  expect 4 'an active pool' blkdelta inspect --thin-metadata \\
                    /dev/mapper/my--vg-p--ool_tmeta --from 2 --to 1 /dev/my-vg/web--1
                  lvremove -qq -y my-vg/web--1
                  expect 4 'say which state' blkdelta sync my-vg/two /dev/my-vg/copy
                  test "$before" = "$(sum /dev/my-vg/copy)"

                  # a number that is used again is another volume
                  lvcreate -qq -y -V 4M --thinpool p-ool -n gone my-vg
                  scribble /dev/my-vg/gone gone 65536 0
                  used=$(lvs --noheadings -o thin_id my-vg/gone)
                  lvremove -qq -y my-vg/gone
                  lvcreate -qq -y -V 4M --thinpool p-ool -n web--1 my-vg
                  test "$(lvs --noheadings -o thin_id my-vg/web--1)" = "$used"
                  copy /dev/my-vg/two /dev/my-vg/twin
                  expect 0 durable blkdelta sync --base=full --since my-vg/two my-vg/web--1 /dev/my-vg/twin
                  cmp <(head -c 4M /dev/zero) <(dd if=/dev/my-vg/twin bs=1M count=4 iflag=direct status=none)

                  # an image of the metadata, when the pool is not active
                  dd if=/dev/my-vg/two of=/tmp/two bs=1M iflag=direct status=none
                  copy /dev/my-vg/two /dev/my-vg/copy
                  lvchange -qq -an my-vg/two my-vg/twin my-vg/web--1 my-vg/p-ool
                  lvchange -qq -ay -y my-vg/p-ool_tmeta
                  expect 0 durable blkdelta sync --thin-metadata /dev/mapper/my--vg-p--ool_tmeta \\
                    --from 2 --to 3 /tmp/two /dev/my-vg/copy
                  cmp /tmp/two <(dd if=/dev/my-vg/copy bs=1M iflag=direct status=none)
                  """
                      .formatted(LvmScripts.location("/org/blkdelta/host/MapperJudge.class", 4)))
          .ok();
    }
  }

  /// Each read of the metadata takes a second, so that the run can be met in the middle.
  @Test
  void the_metadata_snapshot_never_stays() throws IOException {
    try (var guest = LvmScripts.guest("192M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + LvmScripts.BATCH
                  + """
                  modprobe dm-delay
                  held() { dmsetup status --noflush vg-pool-tpool | cut -d' ' -f7; }
                  reload() {
                    dmsetup suspend vg-pool_tmeta
                    dmsetup load vg-pool_tmeta --table "$1"
                    dmsetup resume vg-pool_tmeta
                  }
                  meet() {
                    exec "$IMAGE/bin/blkdelta" "$@" >/tmp/out 2>/tmp/err &
                    until [ "$(held)" != - ]; do
                      kill -0 $! || return 1
                      sleep 0.1
                    done
                  }
                  ended() {
                    local status=0
                    wait $! || status=$?
                    test $status = "$1" || { echo "status $status" >&2; cat /tmp/err >&2; return 1; }
                  }
                  batched
                  lvm_up
                  lvcreate -qq -y --type thin-pool -L 32M --poolmetadatasize 2M -c 64k -n pool vg
                  lvcreate -qq -y -V 8M --thinpool pool -n web vg
                  lvcreate -qq -y -Wn -L 8M -n copy vg
                  scribble /dev/vg/web old 65536 0 1048576 4194304
                  copy /dev/vg/web /dev/vg/copy
                  lvcreate -qq -y -s -n pre vg/web
                  scribble /dev/vg/web new 65536 0 1048576 2097152
                  fast=$(dmsetup table vg-pool_tmeta)
                  set -- $fast
                  slow="0 $2 delay $4 $5 1000 $4 $5 0"
                  before=$(sum /dev/vg/copy)

                  # a signal
                  reload "$slow"
                  for signal in TERM HUP; do
                    meet sync vg/pre /dev/vg/copy
                    kill -$signal $!
                    ended $((128 + $(kill -l $signal)))
                    test "$(held)" = -
                    grep -q 'before anything was written' /tmp/err
                  done
                  test "$before" = "$(sum /dev/vg/copy)"
                  notes=(/run/blkdelta/*.note)
                  test ! -e "${notes[0]}"

                  # two at a time: one waits for the other
                  meet inspect --json vg/pre
                  first=$!
                  "$IMAGE/bin/blkdelta" inspect --json vg/pre >/tmp/second 2>/tmp/second-err
                  wait $first
                  cmp /tmp/out /tmp/second
                  test "$(held)" = -

                  # killed outright
                  meet sync vg/pre /dev/vg/copy
                  kill -KILL $!
                  ended 137
                  left=$(held)
                  test "$left" != -
                  reload "$fast"
                  scribble /dev/vg/web newer 65536 3145728
                  expect 0 'an earlier run that was killed' blkdelta sync vg/pre /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy
                  test "$(held)" = -

                  # somebody else's
                  dmsetup message vg-pool-tpool 0 reserve_metadata_snap
                  left=$(held)
                  expect 4 'not ours' blkdelta sync vg/pre /dev/vg/copy
                  test "$(held)" = "$left"
                  dmsetup message vg-pool-tpool 0 release_metadata_snap
                  # taken away in the middle
                  reload "$slow"
                  meet sync vg/pre /dev/vg/copy
                  until grep -qs '^[0-9]' /run/blkdelta/*.note; do sleep 0.1; done
                  dmsetup message vg-pool-tpool 0 release_metadata_snap
                  ended 4
                  grep -q 'by somebody else' /tmp/err
                  reload "$fast"

                  # metadata that has grown: the superblock goes on naming the old size
                  lvextend -qq -y --poolmetadatasize +2M vg/pool >/tmp/grown 2>&1
                  lvcreate -qq -y -V 24M --thinpool pool -n fill vg
                  for i in $(seq 0 12); do
                    lvcreate -qq -y -s -n "s$i" vg/fill
                    scribble /dev/vg/fill $i 4096 $((i * 1048576))
                  done
                  expect 0 '' blkdelta inspect --json vg/s0
                  grep -q '"metadataTotal":1024' /tmp/out
                  """)
          .ok();
    }
  }

  @Test
  void a_pool_under_load_gives_exact_snapshots() throws IOException {
    try (var guest = LvmScripts.guest("192M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + LvmScripts.BATCH
                  + """
                  batched
                  lvm_up
                  lvcreate -qq -y --type thin-pool -L 64M --poolmetadatasize 4M -c 64k -Zn -n pool vg
                  lvcreate -qq -y -V 16M --thinpool pool -n web vg
                  lvcreate -qq -y -Wn -L 20M -n copy vg
                  scribble /dev/vg/web old 1048576 0 4194304
                  lvcreate -qq -y -s -kn -n s0 vg/web
                  copy /dev/vg/s0 /dev/vg/copy
                  perl -e '
                    use IO::Handle;
                    open(my $to, "+<:raw", "/dev/vg/web") or die;
                    while (! -e "/tmp/stop") {
                      sysseek($to, 4096 * int(rand(4096)), 0);
                      syswrite($to, chr(rand(256)) x 4096);
                      $to->sync;
                    }' &
                  writer=$!
                  for i in 1 2 3 4; do
                    sleep 1
                    lvcreate -qq -y -s -kn -n s$i vg/web
                    expect 0 durable blkdelta sync --since vg/s$((i - 1)) vg/s$i /dev/vg/copy
                    cmp <(dd if=/dev/vg/s$i bs=1M iflag=direct status=none) \\
                      <(dd if=/dev/vg/copy bs=1M count=16 iflag=direct status=none)
                    lvremove -qq -y vg/s$((i - 1))
                  done
                  touch /tmp/stop
                  wait $writer
                  test "$(dmsetup status --noflush vg-pool-tpool | cut -d' ' -f7)" = -

                  # an external origin: what is unmapped shows its bytes
                  lvcreate -qq -y -Wn -L 4M -n base vg
                  scribble /dev/vg/base base 1048576 0 3145728
                  lvchange -qq -an vg/base
                  lvchange -qq -pr vg/base
                  lvcreate -qq -y -s --thinpool vg/pool -n clone vg/base
                  lvchange -qq -ay -K vg/clone
                  scribble /dev/vg/clone own 65536 0 1048576
                  lvcreate -qq -y -s -kn -n c1 vg/clone
                  copy /dev/vg/c1 /dev/vg/copy
                  scribble /dev/vg/clone new 65536 2097152
                  blkdiscard -o 0 -l 65536 /dev/vg/clone
                  expect 0 durable blkdelta sync --base=full vg/c1 /dev/vg/copy
                  cmp <(dd if=/dev/vg/clone bs=1M iflag=direct status=none) \\
                    <(dd if=/dev/vg/copy bs=1M count=4 iflag=direct status=none)
                  expect 4 'another external origin' \\
                    blkdelta sync --since vg/web vg/clone /dev/vg/copy
                  lvcreate -qq -y -s -kn -n c2 vg/c1
                  lvremove -qq -y vg/c1
                  expect 0 durable blkdelta sync --base=full --since vg/c2 vg/clone /dev/vg/copy
                  lvremove -qq -y vg/pool vg/base vg/copy >/tmp/removed

                  # zeros over what a thin volume holds give its blocks back; the edges are written
                  lvcreate -qq -y --type thin-pool -L 16M --poolmetadatasize 2M -c 64k -n pool vg
                  lvcreate -qq -y -V 8M --thinpool pool -n thin vg
                  mapped() { dmsetup status --noflush "$1" | cut -d' ' -f4; }
                  used() { dmsetup status --noflush vg-pool-tpool | cut -d' ' -f6; }
                  scribble /dev/vg/thin old 8388608 0
                  lvcreate -qq -y -s -kn -n kept vg/thin
                  before=$(sum /dev/vg/kept)
                  truncate -s 8M /tmp/holes
                  printf x | dd of=/tmp/holes bs=1 seek=$((65536 * 3 + 100)) conv=notrunc status=none
                  test "$(used)" = 128/256
                  expect 0 durable blkdelta copy --undo /tmp/undo /tmp/holes /dev/vg/thin
                  cmp /tmp/holes <(dd if=/dev/vg/thin bs=1M iflag=direct status=none)
                  test "$(mapped vg-thin)" = 128
                  test "$(used)" = 129/256
                  test "$before" = "$(sum /dev/vg/kept)"
                  expect 0 durable blkdelta apply /tmp/undo /dev/vg/thin
                  same /dev/vg/kept /dev/vg/thin
                  lvremove -qq -y vg/kept vg/thin

                  # a pool that doesn't zero new blocks shows what others left, but not because of us
                  lvcreate -qq -y -V 16M --thinpool pool -n old vg
                  scribble /dev/vg/old secret 16777216 0
                  lvchange -qq --discards nopassdown vg/pool
                  lvchange -qq -Zn vg/pool
                  lvremove -qq -y vg/old
                  lvcreate -qq -y -V 2M --thinpool pool -n shown vg
                  dd if=/dev/urandom of=/dev/vg/shown bs=4096 count=1 oflag=direct status=none
                  test -n "$(dd if=/dev/vg/shown bs=64k count=1 iflag=direct status=none | tail -c 32768 | tr -d '\\0' | head -c 1)"
                  lvcreate -qq -y -V 2M --thinpool pool -n part vg
                  truncate -s 2M /tmp/part
                  printf x | dd of=/tmp/part bs=1 seek=$((65536 * 3 + 100)) conv=notrunc status=none
                  expect 0 'lvchange -Zy vg/pool' blkdelta copy /tmp/part /dev/vg/part
                  cmp /tmp/part <(dd if=/dev/vg/part bs=1M iflag=direct status=none)
                  test "$(mapped vg-part)" = 4096
                  """)
          .ok();
    }
  }
}
