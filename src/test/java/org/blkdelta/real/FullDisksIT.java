package org.blkdelta.real;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// No room left: for a destination, an undo, or what is remembered. Each ends with its exit code
/// and with a name in its words, and when there is room the same command mends it. A boot takes
/// seconds, so each test looks at several things.
@Execution(ExecutionMode.CONCURRENT)
class FullDisksIT {

  /// A volume whose old half is zeros, changed everywhere but in its first MiB.
  private static final String VOLUME =
      LvmScripts.WORDS
          + LvmScripts.BATCH
          + """
          fill() { dd if=/dev/zero of="$1" bs=4k status=none 2>/tmp/filler || true; }
          tiny() {
            mkdir -p "$1"
            mount -t tmpfs -o size="$2" none "$1"
          }
          lvm_up
          lvcreate -qq -y -Wn -L 16M -n web vg
          scribble /dev/vg/web old 8388608 0
          lvcreate -qq -y -s -L 18M -c 64k -n pre vg/web
          scribble /dev/vg/web new 15728640 1048576
          """;

  @Test
  void a_destination_without_room_is_incomplete_until_there_is_some() throws IOException {
    try (var guest = LvmScripts.guest("96M", "32M")) {
      guest
          .run(
              VOLUME
                  + """
                  batched
                  # a sparse file
                  mkfs.ext4 -q /dev/ubdb
                  mount /dev/ubdb /mnt
                  truncate -s 16M /mnt/copy.img
                  dd if=/dev/vg/pre of=/mnt/copy.img bs=1M count=8 conv=notrunc status=none
                  sync
                  fill /mnt/others
                  expect 7 '/mnt/copy.img: .*No space left on device; make room; don.t use the destination until' \\
                    blkdelta sync vg/pre /mnt/copy.img
                  expect 7 'No space left on device' blkdelta sync vg/pre /mnt/copy.img
                  rm /mnt/others
                  expect 0 durable blkdelta sync vg/pre /mnt/copy.img
                  same /dev/vg/web /mnt/copy.img
                  fill /mnt/others
                  expect 7 '/mnt/new.img: .*No space left on device; make room; don.t use the destination until' \\
                    blkdelta copy --create vg/web /mnt/new.img
                  """)
          .ok();
    }
  }

  @Test
  void a_thin_pool_that_is_full_is_told_or_waited_for() throws IOException {
    try (var guest = LvmScripts.guest("96M", "16M")) {
      guest
          .run(
              VOLUME
                  + """
                  batched
                  pool() {
                    lvcreate -qq -y --type thin-pool -L 12M -c 64k -n pool vg
                    lvcreate -qq -y -V 16M --thinpool pool -n copy vg
                    dd if=/dev/vg/pre of=/dev/vg/copy bs=1M count=8 oflag=direct status=none
                  }
                  # one that fails at once, until it is enlarged
                  pool
                  lvchange -qq --errorwhenfull y vg/pool
                  expect 7 'vg/copy: .*; don.t use the destination until' \
                    blkdelta sync vg/pre /dev/vg/copy
                  lvextend -qq -L 20M vg/pool
                  expect 0 durable blkdelta sync vg/pre /dev/vg/copy
                  same /dev/vg/web /dev/vg/copy
                  lvremove -qq -y vg/pool

                  # one that lets writers wait for that
                  pool
                  (
                    until dmsetup status --noflush vg-pool-tpool | grep -q out_of_data; do
                      sleep 0.2
                    done
                    lvextend -qq -L 20M vg/pool
                  ) &
                  enlarged=$!
                  expect 0 durable blkdelta sync vg/pre /dev/vg/copy
                  wait $enlarged
                  same /dev/vg/web /dev/vg/copy
                  """)
          .ok();
    }
  }

  @Test
  void without_room_for_an_undo_nothing_is_overwritten_that_is_not_saved() throws IOException {
    try (var guest = LvmScripts.guest("96M", "16M")) {
      guest
          .run(
              VOLUME
                  + """
                  batched
                  copy /dev/vg/pre /dev/ubdb
                  # no room for anything, for less than is saved together, and for a part
                  tiny /full 4k
                  fill /full/others
                  expect 5 '/full/undo: the undo cannot be written: ' \\
                    blkdelta sync --undo /full/undo vg/pre /dev/ubdb
                  test ! -e /full/undo
                  same /dev/vg/pre /dev/ubdb
                  tiny /some 4M
                  expect 7 '/some/undo: the undo cannot be written: No space left on device; make room; don.t use' \\
                    blkdelta sync --undo /some/undo vg/pre /dev/ubdb
                  same /dev/vg/pre /dev/ubdb
                  tiny /more 8M
                  scribble /dev/ubdb mine 2097152 12582912
                  dd if=/dev/ubdb of=/tmp/before bs=1M status=none
                  expect 7 '/more/undo: the undo cannot be written: No space left on device; make room; don.t use' \\
                    blkdelta sync --undo /more/undo vg/pre /dev/ubdb
                  not cmp /tmp/before /dev/ubdb >/tmp/differs
                  expect 0 'is rolled back' \\
                    blkdelta apply --undo-of-interrupted /more/undo /dev/ubdb
                  cmp /tmp/before /dev/ubdb
                  mount -o remount,size=32M /more
                  expect 0 durable \\
                    blkdelta sync --undo /more/again vg/pre /dev/ubdb
                  same /dev/vg/web /dev/ubdb
                  expect 0 durable blkdelta apply /more/again /dev/ubdb
                  cmp /tmp/before /dev/ubdb
                  """)
          .ok();
    }
  }

  @Test
  void what_cannot_be_remembered_is_said_or_refused() throws IOException {
    try (var guest = LvmScripts.guest("96M", "16M")) {
      guest
          .run(
              VOLUME
                  + """
                  tiny /var/lib/blkdelta 64k
                  batched
                  dmsetup create copy --uuid blkdelta-copy --table '0 32768 linear /dev/ubdb 0'
                  copy /dev/vg/pre /dev/mapper/copy
                  state=/var/lib/blkdelta
                  room() { rm -f $state/others; }

                  # nothing is known yet: a warning
                  fill $state/others
                  expect 0 "save this destination.s state: $state/.*No space left.*BLKDELTA_STATE" \\
                    blkdelta sync vg/pre /dev/mapper/copy
                  test "$(ls $state)" = others
                  room
                  mount -o remount,ro $state
                  expect 0 'save this destination.s state: .*Read-only file system' \\
                    blkdelta sync vg/pre /dev/mapper/copy
                  mount -o remount,rw $state
                  expect 0 durable blkdelta sync vg/pre /dev/mapper/copy
                  ls $state | grep -q json

                  # what is known would become wrong: refused
                  expect 0 durable blkdelta copy vg/pre /dev/mapper/copy
                  before=$(sum /dev/mapper/copy)
                  fill $state/others
                  expect 5 'save this destination.s state: .*No space left' \\
                    blkdelta sync vg/pre /dev/mapper/copy
                  room
                  mount -o remount,ro $state
                  expect 5 'save this destination.s state: .*Read-only' blkdelta sync vg/pre /dev/mapper/copy
                  mount -o remount,rw $state
                  test "$before" = "$(sum /dev/mapper/copy)"

                  # no more room in the middle
                  blkdelta dump vg/pre
                  cp /tmp/out /tmp/delta
                  half() {
                    head -c 8M /tmp/delta
                    until grep -q '"complete": false' $state/*.json; do sleep 0.1; done
                    fill $state/others
                    tail -c +8388609 /tmp/delta
                  }
                  expect 7 'save this destination.s state: .*No space left.*; don.t use the destination until' \\
                    "$IMAGE/bin/blkdelta" apply - /dev/mapper/copy < <(half)
                  grep -q '"complete": false' $state/*.json
                  room
                  expect 0 durable blkdelta apply /tmp/delta /dev/mapper/copy
                  grep -q '"complete": true' $state/*.json
                  same /dev/vg/web /dev/mapper/copy

                  # a receipt is no part of what was done
                  tiny /full 4k
                  fill /full/others
                  expect 8 '/full/receipt: .*No space left.*; everything else is done' \\
                    blkdelta sync --receipt /full/receipt vg/pre /dev/mapper/copy
                  """)
          .ok();
    }
  }
}
