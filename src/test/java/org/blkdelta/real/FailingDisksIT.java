package org.blkdelta.real;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Disks that fail in the middle of a run, by the kernel's own dm-flakey and dm-dust: never a
/// success, and when they are well again the same command mends it. A boot takes seconds, so each
/// test looks at several things.
@Execution(ExecutionMode.CONCURRENT)
class FailingDisksIT {

  /// `become NAME` gives a device the table on standard input; `ill FEATURE` has 1 MiB in the
  /// middle of `/dev/mapper/copy` fail by dm-flakey, `well` mends it.
  private static final String WORDS =
      LvmScripts.WORDS
          + LvmScripts.BATCH
          + """
          modprobe -a dm-flakey dm-dust
          become() {
            dmsetup suspend --nolockfs "$1"
            dmsetup load "$1"
            dmsetup resume "$1"
          }
          well() { echo "0 32768 linear /dev/ubdb 0" | become copy; }
          ill() {
            printf '%s\\n' '0 16384 linear /dev/ubdb 0' \\
              "16384 2048 flakey /dev/ubdb 16384 0 1 1 $1" \\
              '18432 14336 linear /dev/ubdb 18432' | become copy
          }
          dmsetup create copy --uuid blkdelta-copy --table '0 32768 linear /dev/ubdb 0'
          state() { cat /var/lib/blkdelta/*copy*.json; }
          """;

  @Test
  void a_destination_that_cannot_be_written_is_incomplete_until_it_can() throws IOException {
    try (var guest = LvmScripts.guest("64M", "16M")) {
      guest
          .run(
              WORDS
                  + """
                  lvm_up
                  lvcreate -qq -y -Wn -L 16M -n web vg
                  scribble /dev/vg/web old 1048576 $(seq 0 1048576 15728640)
                  lvcreate -qq -y -s -L 18M -c 64k -n pre vg/web
                  copy /dev/vg/pre /dev/mapper/copy
                  scribble /dev/vg/web new 1048576 0 4194304 8388608 15728640
                  dd if=/dev/zero of=/dev/vg/web bs=64k seek=142 count=2 oflag=direct status=none
                  batched

                  # errors; the state says so, and is in the way of everything else
                  ill error_writes
                  expect 7 'copy.*Input/output error.*; don.t use the destination until a run' \\
                    blkdelta sync vg/pre /dev/mapper/copy
                  state | grep -q '"complete": false'
                  expect 5 'Input/output error; the destination cannot be read' \\
                    blkdelta verify vg/web /dev/mapper/copy
                  expect 7 'Input/output error' blkdelta sync vg/pre /dev/mapper/copy
                  well
                  expect 0 durable blkdelta sync vg/pre /dev/mapper/copy
                  same /dev/vg/web /dev/mapper/copy
                  state | grep -q '"complete": true'

                  # a medium that says yes and forgets: only reading back finds that
                  recopy /dev/vg/pre /dev/mapper/copy
                  ill drop_writes
                  expect 8 'read-back differs' blkdelta sync --verify vg/pre /dev/mapper/copy
                  expect 3 '' blkdelta verify --extents vg/web /dev/mapper/copy
                  test "$(cat /tmp/out)" = '8388608 1048576'
                  well
                  expect 0 durable blkdelta sync --verify vg/pre /dev/mapper/copy
                  same /dev/vg/web /dev/mapper/copy

                  # while the old bytes are saved; and the way back
                  recopy /dev/vg/pre /dev/mapper/copy
                  ill error_writes
                  expect 7 'copy.*Input/output error' \\
                    blkdelta sync --undo /tmp/undo vg/pre /dev/mapper/copy
                  expect 5 'undo-of-interrupted' blkdelta apply /tmp/undo /dev/mapper/copy
                  well
                  expect 0 durable blkdelta apply --undo-of-interrupted /tmp/undo /dev/mapper/copy
                  same /dev/vg/pre /dev/mapper/copy
                  expect 0 durable blkdelta sync vg/pre /dev/mapper/copy
                  same /dev/vg/web /dev/mapper/copy

                  # on another machine
                  recopy /dev/vg/pre /dev/mapper/copy
                  far_end_up
                  ill error_writes
                  expect 7 'localhost: .*copy.*Input/output error.*; don.t use the destination until' \\
                    "$IMAGE/bin/blkdelta" sync vg/pre localhost:/dev/mapper/copy
                  well
                  expect 0 durable blkdelta sync vg/pre /dev/mapper/copy
                  same /dev/vg/web /dev/mapper/copy
                  """)
          .ok();
    }
  }

  /// A write that failed leaves a file's pages in memory, as if it had not.
  @Test
  void what_never_reached_the_medium_of_a_file_is_written_again() throws IOException {
    try (var guest = LvmScripts.guest("64M", "16M")) {
      guest
          .run(
              WORDS
                  + """
                  mkfs.ext4 -q -b 4096 /dev/mapper/copy
                  mount /dev/mapper/copy /mnt
                  pattern old 4194304 >/mnt/copy.img
                  pattern old 4194304 >/tmp/web.img
                  sync
                  # pages of zeros far from each other, of data, and a run of zeros
                  for page in $(seq 1 4 200); do
                    dd if=/dev/zero of=/tmp/web.img bs=4k seek=$page count=1 conv=notrunc status=none
                  done
                  for page in $(seq 3 4 200); do
                    pattern $page 4096 |
                      dd of=/tmp/web.img bs=4k seek=$page count=1 conv=notrunc status=none
                  done
                  dd if=/dev/zero of=/tmp/web.img bs=64k seek=20 count=4 conv=notrunc status=none

                  # where the file is, in sectors
                  set -- $(filefrag -e -b512 /mnt/copy.img | awk '$1 == "0:" { print $4, $6 }' |
                    tr -d .:)
                  test "$2" -ge 1600
                  end=$(($1 + $2))
                  ill() {
                    printf '%s\\n' "0 $1 linear /dev/ubdb 0" \\
                      "$1 $2 flakey /dev/ubdb $1 0 1 1 error_writes" \\
                      "$end $((32768 - end)) linear /dev/ubdb $end" | become copy
                  }
                  batched
                  ill "$@"
                  expect 7 'copy.img: .*; don.t use the destination until' \\
                    blkdelta copy /tmp/web.img /mnt/copy.img
                  expect 7 'copy.img: .*; don.t use the destination until' \\
                    blkdelta copy /tmp/web.img /mnt/copy.img
                  well
                  expect 0 durable blkdelta copy /tmp/web.img /mnt/copy.img
                  echo 1 >/proc/sys/vm/drop_caches
                  cmp /tmp/web.img /mnt/copy.img
                  """)
          .ok();
    }
  }

  @Test
  void what_cannot_be_read_is_never_taken_for_something() throws IOException {
    try (var guest = LvmScripts.guest("64M", "16M")) {
      guest
          .run(
              WORDS
                  + """
                  # under the source is a disk with sectors that cannot be read
                  worn() { dmsetup message worn 0 "$@"; }
                  dmsetup create worn --table "0 $(blockdev --getsz /dev/ubda) dust /dev/ubda 0 4096"
                  worn enable
                  sed -i 's/filter=\\[/&"r|^\\/dev\\/ubda$|","a|^\\/dev\\/mapper\\/worn$|",/' \\
                    $LVM_SYSTEM_DIR/lvm.conf
                  lvm_up /dev/mapper/worn
                  lvcreate -qq -y -Wn -L 16M -n web vg
                  scribble /dev/vg/web old 1048576 $(seq 0 1048576 15728640)
                  lvcreate -qq -y -s -L 18M -c 64k -n pre vg/web
                  copy /dev/vg/pre /dev/mapper/copy
                  scribble /dev/vg/web new 1048576 $(seq 0 1048576 14680064)
                  # the block of a volume's page
                  block() { echo $((($(dmsetup table $1 | cut -d' ' -f5) >> 3) + $2)); }
                  before=$(sum /dev/mapper/copy)
                  batched

                  # the list of changes, and the first of them: nothing is written
                  worn addbadblock $(block vg-pre-cow 16)
                  expect 4 'pre-cow.*Input/output error' blkdelta sync vg/pre /dev/mapper/copy
                  worn removebadblock $(block vg-pre-cow 16)
                  worn addbadblock $(block vg-web-real 3)
                  expect 4 'web.*Input/output error; the source cannot be read' \\
                    blkdelta sync vg/pre /dev/mapper/copy
                  expect 4 'web.*Input/output error; the source cannot be read' \\
                    blkdelta verify vg/web /dev/mapper/copy
                  worn removebadblock $(block vg-web-real 3)
                  test "$before" = "$(sum /dev/mapper/copy)"

                  # a later one
                  worn addbadblock $(block vg-web-real 3000)
                  expect 7 'web.*Input/output error.*; don.t use the destination until' \\
                    blkdelta sync vg/pre /dev/mapper/copy
                  state | grep -q '"complete": false'
                  far_end_up
                  expect 7 'web.*Input/output error' \\
                    "$IMAGE/bin/blkdelta" sync localhost:/dev/vg/pre /dev/mapper/copy
                  worn removebadblock $(block vg-web-real 3000)
                  expect 0 durable blkdelta sync vg/pre /dev/mapper/copy
                  same /dev/vg/web /dev/mapper/copy

                  # the destination's own: they are found by reading, and gone when written
                  recopy /dev/vg/pre /dev/mapper/copy
                  echo '0 32768 dust /dev/ubdb 0 4096' | become copy
                  dmsetup message copy 0 enable
                  dmsetup message copy 0 addbadblock 3000
                  expect 5 'copy.*Input/output error; the destination cannot be read' \\
                    blkdelta verify vg/web /dev/mapper/copy
                  expect 5 'copy.*Input/output error; the destination cannot be read' \\
                    blkdelta verify --repair vg/web /dev/mapper/copy
                  expect 7 'copy.*Input/output error.*; don.t use the destination until' \\
                    blkdelta sync --undo /tmp/undo vg/pre /dev/mapper/copy
                  expect 0 durable blkdelta apply --undo-of-interrupted /tmp/undo /dev/mapper/copy
                  dmsetup message copy 0 disable
                  same /dev/vg/pre /dev/mapper/copy
                  dmsetup message copy 0 enable
                  expect 0 durable blkdelta sync vg/pre /dev/mapper/copy
                  same /dev/vg/web /dev/mapper/copy
                  """)
          .ok();
    }
  }
}
