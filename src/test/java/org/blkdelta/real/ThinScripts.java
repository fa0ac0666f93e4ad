package org.blkdelta.real;

/// What the tests on real thin pools have in common.
final class ThinScripts {

  /// Words that the scripts share, besides those of a batch: `held POOL`, the metadata snapshot's
  /// block or `-`; `judged POOL OLD NEW`, which syncs a copy of OLD to NEW on `/dev/ubdb`, and has
  /// `thin_delta` judge.
  static final String WORDS =
      LvmScripts.BATCH
          + """
      held() { dmsetup status --noflush "vg-$1-tpool" | cut -d' ' -f7; }
      judged() {
        local pool=$1 old=$2 new=$3 old_size new_size old_id new_id ids
        old_size=$(blockdev --getsize64 "/dev/vg/$old")
        new_size=$(blockdev --getsize64 "/dev/vg/$new")
        ids=$(lvs --noheadings -o lv_name,thin_id vg)
        old_id=$(awk -v name="$old" '$1 == name { print $2 }' <<<"$ids")
        new_id=$(awk -v name="$new" '$1 == name { print $2 }' <<<"$ids")
        batch inspect --extents --since "vg/$old" "vg/$new"
        test "$(held "$pool")" = -
        dmsetup message "vg-$pool-tpool" 0 reserve_metadata_snap
        if thin_delta -m --snap1 "$old_id" --snap2 "$new_id" "/dev/mapper/vg-${pool}_tmeta" \\
          >/tmp/xml 2>/tmp/complaint; then
          python3 %s /tmp/xml /tmp/out "$old_size" "$new_size"
        else
          echo "thin_delta failed: $(cat /tmp/complaint)" >&2
        fi
        dmsetup message "vg-$pool-tpool" 0 release_metadata_snap
        dd if=/tmp/garbage of=/dev/ubdb bs=1M oflag=direct status=none
        copy "/dev/vg/$old" /dev/ubdb
        batch sync --base=full --since "vg/$old" "vg/$new" /dev/ubdb
        test "$(held "$pool")" = -
        cmp <(dd if="/dev/vg/$new" bs=1M iflag=direct status=none) \\
          <(dd if=/dev/ubdb bs=1M count="$new_size" iflag=direct,count_bytes status=none)
      }
      """
              .formatted(LvmScripts.location("/uml/thin-judge.py", 0));

  private ThinScripts() {}
}
