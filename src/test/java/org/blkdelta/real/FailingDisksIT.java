package org.blkdelta.real;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Disks that fail in the middle of a run, by the kernel's own dm-flakey: never a success, and when
/// they are well again the same command mends it.
@Execution(ExecutionMode.CONCURRENT)
class FailingDisksIT {

  /// `become NAME` gives a device the table on standard input; `well` mends `/dev/mapper/copy`.
  private static final String WORDS =
      LvmScripts.WORDS
          + LvmScripts.BATCH
          + """
          modprobe dm-flakey
          become() {
            dmsetup suspend --nolockfs "$1"
            dmsetup load "$1"
            dmsetup resume "$1"
          }
          well() { echo "0 32768 linear /dev/ubdb 0" | become copy; }
          dmsetup create copy --uuid blkdelta-copy --table '0 32768 linear /dev/ubdb 0'
          """;

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
                  expect 7 'copy.img: .*; the destination is incomplete' \\
                    blkdelta copy /tmp/web.img /mnt/copy.img
                  expect 7 'copy.img: .*; the destination is incomplete' \\
                    blkdelta copy /tmp/web.img /mnt/copy.img
                  well
                  expect 0 durable blkdelta copy /tmp/web.img /mnt/copy.img
                  echo 1 >/proc/sys/vm/drop_caches
                  cmp /tmp/web.img /mnt/copy.img
                  """)
          .ok();
    }
  }
}
