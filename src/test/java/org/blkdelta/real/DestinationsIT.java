package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// A table of destinations that are somebody's, by commands that write, in a real kernel. Each is
/// refused by name, with the words of `--force` that override just that, and nothing is written.
@Execution(ExecutionMode.CONCURRENT)
class DestinationsIT {

  /// The words of a row. A row prints one line, which begins with `refused`, `accepted` or
  /// `WRONG`.
  ///
  /// `refused REASONS WORDS DEVICE COMMAND…` expects status 5, those words (a pattern of the
  /// shell), `--force=REASONS` as the advice (none if it is `-`), and nothing written: neither
  /// the device nor the volumes of `$watched` read otherwise, and no disk or mapped device of the
  /// guest has counted a sector. `each REASONS WORDS DEVICE LINE…` does so for command lines of
  /// one word each, with `@` for the device and `,` for blanks; the stand-ins have no `--force`.
  /// `forced REASONS WORDS DEVICE` expects that these words of `--force` make a dry run of a copy
  /// pass, and others do not. `accepted WORDS DEVICE COMMAND…` expects status 0, those words, and
  /// nothing written.
  private static final String WORDS =
      LvmScripts.WORDS
          + LvmScripts.BATCH
          + """
          watched=/dev/vg/src
          sectors() { # written to each device so far
            local stat words
            for stat in /sys/block/ubd*/stat /sys/block/dm-*/stat; do
              read -r -a words <"$stat"
              echo "$stat ${words[6]}"
            done
          }
          state() {
            local other volumes=$1
            for other in $watched; do
              case $other in "$1") ;; *) volumes="$volumes $other" ;; esac
            done
            case $1 in /dev/*) blockdev --flushbufs $volumes ;; esac
            sha256sum $volumes
            sectors
          }
          row() { # VERDICT STATUS REASONS WORDS COMMAND…
            local verdict=$1 want=$2 reasons=$3 words=$4 status=0 err before
            shift 4
            before=$(sectors)
            blkdelta "$@" || status=$?
            read -r -d '' err </tmp/err || :
            [[ $status = "$want" ]] || verdict="WRONG status $status"
            [[ $err = *$words* ]] || verdict="WRONG words"
            case $want:$reasons in
              5:-) [[ $err != *--force* ]] || verdict="WRONG --force" ;;
              5:*) [[ $err = *" --force=$reasons" ]] || verdict="WRONG reasons" ;;
            esac
            [[ $(sectors) = "$before" ]] || verdict="WRONG: written"
            echo "$verdict: $*"
            case $verdict in WRONG*) echo "$err" ;; esac
          }
          untouched() { # DEVICE BEFORE
            [[ $(state "$1") = "$2" ]] || echo "WRONG: $1 or another was written by one of the above"
          }
          refused() {
            local before
            before=$(state "$3")
            row refused 5 "$1" "$2" "${@:4}"
            untouched "$3" "$before"
          }
          accepted() {
            local before
            before=$(state "$2")
            row accepted 0 '' "$1" "${@:3}"
            untouched "$2" "$before"
          }
          each() {
            local reasons words=$2 device=$3 line before
            before=$(state "$device")
            for line in "${@:4}"; do
              reasons=$1 line=${line//@/$device}
              case $line in lvmsync*|vmdksync*) reasons=- ;; esac
              row refused 5 "$reasons" "$words" ${line//,/ }
            done
            untouched "$device" "$before"
          }
          forced() {
            local reason words= other=mounted before
            case $1 in *mounted*) other=raid ;; esac
            for reason in ${1//,/ }; do
              words="$words; overridden by --force=$reason*"
            done
            before=$(state "$3")
            row refused 5 "$1" "$2" copy --dry-run "--force=$other" /tmp/src.img "$3"
            row accepted 0 '' "${words}dry run" copy --dry-run "--force=$1" /tmp/src.img "$3"
            untouched "$3" "$before"
          }
          copy='copy,/tmp/src.img,@'
          rehearsal='copy,--dry-run,/tmp/src.img,@'
          repair='verify,--repair,/tmp/src.img,@'
          sync='sync,--base=assume,vg/src-pre,@'
          apply='apply,--base=assume,/tmp/delta,@'
          undo='apply,/tmp/undo,@'
          lvmsync='lvmsync,vg/src-pre,@'
          back='lvmsync,--apply,/tmp/old,@'

          lvm_up
          for name in web src copy; do
            lvcreate -qq -y -Wn -L 4M -n $name vg
          done
          scribble /dev/vg/web web 1048576 0 2097152
          scribble /dev/vg/src src 1048576 0 2097152
          lvcreate -qq -y -s -L 6M -c 4k -n src-pre vg/src
          copy /dev/vg/src-pre /dev/vg/copy
          dd if=/dev/vg/src-pre of=/tmp/src.img bs=1M status=none
          scribble /dev/vg/src new 4096 40960 1052672
          batched
          expect 0 '' blkdelta dump vg/src-pre
          cp /tmp/out /tmp/delta
          expect 0 '' blkdelta dump --format=lvmsync vg/src-pre
          cp /tmp/out /tmp/old
          """;

  @Test
  void what_snapshots_depend_on_is_refused_by_every_command_that_writes() throws IOException {
    var script =
        """
        far_end_up
        expect 0 '' blkdelta sync --undo /tmp/undo vg/src-pre /dev/vg/copy
        qemu-img create -q -f vmdk /tmp/vm-1.vmdk 4M
        qemu-img create -q -f vmdk -F vmdk -b /tmp/vm-1.vmdk /tmp/vm-2.vmdk
        qemu-io -c 'write -P 7 0 64k' /tmp/vm-2.vmdk >/tmp/qemu
        qemu-img convert -O vmdk -o subformat=streamOptimized -f raw /tmp/src.img /tmp/export.vmdk
        vmdksync='vmdksync,/tmp/vm-2.vmdk,@'
        export='apply,/tmp/export.vmdk,@'
        lvcreate -qq -y -s -L 6M -c 4k -n pre vg/web
        watched='/dev/vg/web /dev/vg/pre'

        words='is a snapshot of vg/web, which writing fills'
        each snapshot "$words" /dev/vg/pre \
          $copy $repair $sync $apply $undo $export $lvmsync $back $vmdksync
        forced snapshot "$words" /dev/vg/pre
        words='is the origin of the snapshot vg/pre, which writing fills'
        each origin "$words" /dev/vg/web $copy $repair $sync $apply $lvmsync $back
        forced origin "$words" /dev/vg/web
        dmsetup create above --table '0 8192 linear /dev/vg/pre 0'
        each snapshot 'stands on vg/pre, a snapshot of vg/web' /dev/mapper/above $copy $apply
        dmsetup remove above

        # the source's own origin, for every command
        words='is the source, or on the same device'
        refused - "$words" /dev/vg/src copy --force=origin vg/src-pre /dev/vg/src
        refused - "$words" /dev/vg/src verify --repair vg/src-pre /dev/vg/src
        refused - "$words" /dev/vg/src sync vg/src-pre /dev/vg/src
        refused - "$words" /dev/vg/src lvmsync vg/src-pre /dev/vg/src

        # over ssh: arguments that were swapped, and pushes
        refused snapshot 'is a snapshot of vg/web' /dev/vg/pre \\
          copy root@localhost:/dev/vg/copy /dev/vg/pre
        refused - "$words" /dev/vg/src copy root@localhost:/dev/vg/src-pre /dev/vg/src
        refused origin 'is the origin of the snapshot' /dev/vg/web \\
          copy /tmp/src.img root@localhost:/dev/vg/web
        refused snapshot 'is a snapshot of vg/web' /dev/vg/pre \\
          sync --base=assume vg/src-pre root@localhost:/dev/vg/pre
        refused origin 'is the origin of the snapshot' /dev/vg/web \\
          verify --repair /tmp/src.img root@localhost:/dev/vg/web
        refused - 'is a snapshot of vg/web' /dev/vg/pre lvmsync vg/src-pre root@localhost:/dev/vg/pre

        # everything at once, in a dry run too
        exec 9<>/dev/vg/web
        each origin,open 'vg/pre*; is open for writing by bash' /dev/vg/web $copy $rehearsal
        refused open 'is open for writing by bash' /dev/vg/web \\
          copy --force=origin /tmp/src.img /dev/vg/web
        exec 9>&-

        # a process of its own, and what is forced is written
        blkdelta() { "$IMAGE/bin/blkdelta" "$@" >/tmp/out 2>/tmp/err; }
        each origin 'is the origin of the snapshot vg/pre' /dev/vg/web $copy
        blkdelta copy --force=origin /tmp/src.img /dev/vg/web
        grep -q 'which writing fills; overridden by --force=origin' /tmp/err
        cmp /tmp/src.img /dev/vg/web
        """;
    verify(script, 33, 2);
  }

  @Test
  void what_is_in_use_is_refused_by_the_name_of_its_user() throws IOException {
    var script =
        """
        # mounted, swap, held
        lvcreate -qq -y -Wn -L 4M -n fs vg
        mkfs.ext4 -q /dev/vg/fs
        mount -o ro /dev/vg/fs /mnt
        each mounted,signature 'is mounted at /mnt; holds a file system (ext4)' /dev/vg/fs \\
          $copy $repair
        each mounted 'is mounted at /mnt' /dev/vg/fs $apply $back
        forced mounted,signature 'is mounted at /mnt' /dev/vg/fs
        umount /mnt
        lvcreate -qq -y -Wn -L 4M -n swap vg
        mkswap -q /dev/vg/swap
        swapon /dev/vg/swap
        each swap 'is in use as swap' /dev/vg/swap $copy $rehearsal
        swapoff /dev/vg/swap
        each held,pv 'is held by the device vg-web' /dev/ubda $copy
        dmsetup create above --table '0 8192 linear /dev/vg/copy 0'
        each held 'is held by the device above' /dev/vg/copy $copy $apply
        forced held 'is held by the device above' /dev/vg/copy
        dmsetup remove above

        # open without O_EXCL, as QEMU opens devices
        scribble /dev/vg/copy other 4096 2048000
        exec 9<>/dev/vg/copy
        each open 'is open for writing by bash' /dev/vg/copy $copy $repair $sync $back
        forced open 'is open for writing by bash' /dev/vg/copy
        exec 9>&-
        exec 9</dev/vg/copy
        accepted 'dry run' /dev/vg/copy copy --dry-run /tmp/src.img /dev/vg/copy
        exec 9<&-
        # in a container, whose processes are not seen here
        sleep 600 9<>/dev/vg/copy &
        hidden=$!
        mount -t tmpfs none /proc/$hidden
        words='is open once more than the processes here show'
        each open "$words" /dev/vg/copy $copy $apply
        forced open "$words" /dev/vg/copy
        umount /proc/$hidden
        kill $hidden

        # files, by any name, and the loop device of one
        cp /tmp/src.img /tmp/busy.img
        scribble /tmp/busy.img other 4096 2048000
        ln /tmp/busy.img /tmp/other.img
        exec 9<>/tmp/busy.img
        each open 'is open for writing by bash' /tmp/other.img $copy $apply
        forced open 'is open for writing by bash' /tmp/busy.img
        exec 9>&-
        modprobe loop
        loop=$(losetup -f --show /tmp/busy.img)
        each held 'is held by the device loop' /tmp/busy.img $copy
        exec 9<>/tmp/busy.img
        each open 'is open for writing by bash' $loop $copy
        exec 9>&-
        losetup -d $loop
        mkfifo /tmp/qemu
        qemu_up() { # opens the file as a VM does
          qemu-io "$@" -f raw /tmp/busy.img </tmp/qemu >/tmp/said 2>&1 &
          qemu=$!
          exec 8>/tmp/qemu
          until grep -q "OFDLCK .*:$(stat -c %i /tmp/busy.img) " /proc/locks; do sleep 0.1; done
        }
        qemu_up
        each open 'is open for writing by qemu-io (process [0-9]*); free it' /tmp/busy.img \\
          $copy $apply
        exec 8>&-
        wait $qemu
        qemu_up -r
        words='is open exclusively, or locked, by another program, perhaps qemu-io'
        each held "$words" /tmp/busy.img $copy $repair
        forced held "$words" /tmp/busy.img
        exec 8>&-
        wait $qemu
        accepted 'dry run' /tmp/busy.img copy --dry-run /tmp/src.img /tmp/busy.img
        """;
    verify(script, 29, 8);
  }

  @Test
  void what_a_destination_is_or_holds_is_refused_and_changes_for_it_are_warned_about()
      throws IOException {
    var script =
        """
        lvcreate -qq -y --type thin-pool -L 8M --poolmetadatasize 2M -c 64k -n pool vg
        lvcreate -qq -y -V 4M --thinpool pool -n thin vg
        each pool 'is the thin pool vg/pool' /dev/mapper/vg-pool $copy $apply $back
        each held,pool 'has the data of the thin pool vg/pool' /dev/mapper/vg-pool_tdata $copy
        each held,pool 'has the metadata of the thin pool vg/pool' /dev/mapper/vg-pool_tmeta \\
          $apply
        forced held,pool 'has the data of the thin pool vg/pool' /dev/mapper/vg-pool_tdata
        # a thin snapshot keeps what it holds: a warning
        lvcreate -qq -y -s -kn -n thin-pre vg/thin
        accepted 'is the origin of vg/thin-pre, which keeps what it was' /dev/vg/thin \\
          copy --dry-run /tmp/src.img /dev/vg/thin
        before=$(sum /dev/vg/thin-pre)
        expect 0 'is the origin of vg/thin-pre' blkdelta copy /tmp/src.img /dev/vg/thin
        cmp /tmp/src.img /dev/vg/thin
        test "$before" = "$(sum /dev/vg/thin-pre)"

        # one of several paths, and the multipath device itself
        modprobe -a dm-multipath dm-round-robin
        dmsetup create -u mpath-test paths \\
          --table '0 8192 multipath 0 0 1 1 round-robin 0 1 1 /dev/ubdb 1000'
        words='is a path of the multipath device paths'
        each held,multipath "$words" /dev/ubdb $copy $sync $lvmsync
        forced held,multipath "$words" /dev/ubdb
        accepted 'dry run' /dev/mapper/paths copy --dry-run /tmp/src.img /dev/mapper/paths
        dmsetup remove paths

        for name in pv raid luks swap fs; do
          lvcreate -qq -y -Wn -L 4M -n $name vg
        done
        # LVM does not look for physical volumes in volumes, so it does not hold this one
        pvcreate -qq /dev/ubdb
        dd if=/dev/ubdb of=/dev/vg/pv bs=1M status=none
        # md's superblock, version 1.2, of a mirror
        perl -e '
          my $block = pack("V4 a16 a32", 0xa92b4efc, 1, 0, 0, "0123456789abcdef", "host:0");
          $block .= "\\0" x (256 - length($block));
          substr($block, 144, 8) = pack("Q<", 8);
          my $sum = 0;
          $sum += $_ for unpack("V64", $block);
          substr($block, 216, 4) = pack("V", ($sum & 0xffffffff) + ($sum >> 32));
          print $block' | dd of=/dev/vg/raid bs=4096 seek=1 conv=notrunc status=none
        printf 'LUKS\\272\\276\\0\\002' | dd of=/dev/vg/luks conv=notrunc status=none
        mkswap -q /dev/vg/swap
        mkfs.ext4 -q -L precious /dev/vg/fs
        printf 'label: dos\\nstart=2048\\n' | sfdisk -q /dev/ubdc
        sync

        is_held() { # WORD WORDS DEVICE [REASON]
          local words="$2, and is not known as a copy that blkdelta made"
          each $1 "$words${4-}" $3 $copy
          forced $1 "$2" $3
        }
        is_held pv 'is a physical volume of LVM' /dev/vg/pv
        is_held raid 'is a member of a RAID (linux_raid_member) labelled host:0' /dev/vg/raid
        is_held luks 'holds a LUKS volume' /dev/vg/luks
        is_held swap 'holds swap space' /dev/vg/swap
        is_held signature 'holds a file system (ext4) labelled precious' /dev/vg/fs
        is_held partitions 'has a partition table (dos)' /dev/ubdc ': it has no stable identity'
        each signature precious /dev/vg/fs $repair
        accepted 'is a physical volume of LVM; overridden by --force=signature' /dev/vg/pv \
          copy --dry-run --force=signature /tmp/src.img /dev/vg/pv

        # changes for a copy: the sample knows better than a signature, and without it this is said
        for name in pv luks; do
          refused - 'match the state that these changes start from' /dev/vg/$name sync vg/src-pre /dev/vg/$name
        done
        for name in pv raid luks swap; do
          expect 0 'is not known as a copy that blkdelta made; it is taken for one' \\
            blkdelta lvmsync --apply /tmp/old /dev/vg/$name
        done
        expect 0 'overridden by --force=signature' \\
          blkdelta copy --force=signature /tmp/src.img /dev/vg/fs
        cmp /tmp/src.img /dev/vg/fs
        """;
    verify(script, 25, 11);
  }

  private static void verify(String script, int refused, int accepted) throws IOException {
    try (var guest = LvmScripts.guest("64M", "4M", "4M")) {
      var table = guest.run(WORDS + script).ok().stdout();
      assertEquals(0, count(table, "WRONG"), table);
      assertEquals(refused, count(table, "refused: "), table);
      assertEquals(accepted, count(table, "accepted: "), table);
    }
  }

  private static long count(String table, String verdict) {
    return table.lines().filter(line -> line.startsWith(verdict)).count();
  }
}
