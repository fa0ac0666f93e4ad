package org.blkdelta.real;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// What the tests on real thin pools have in common.
final class ThinScripts {

  /// Words that the scripts share: `batch_up`, then `batch COMMAND LINE` in its process, which
  /// leaves `/tmp/out` and `/tmp/err`; `held POOL`, the metadata snapshot's block or `-`; `judged
  /// POOL OLD NEW`, which syncs a copy of OLD to NEW on `/dev/ubdb`, and has `thin_delta` judge.
  static final String WORDS =
      """
      batch_up() {
        mkfifo /tmp/lines /tmp/statuses
        "$IMAGE/runtime/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
          --enable-native-access=ALL-UNNAMED "-XX:SharedArchiveFile=$IMAGE/lib/blkdelta.jsa" \\
          -cp "$IMAGE/lib/blkdelta.jar:%s" \\
          org.blkdelta.cli.Batch /tmp/out /tmp/err </tmp/lines >/tmp/statuses 2>/tmp/batch &
        exec 5>/tmp/lines 6</tmp/statuses
      }
      batch() {
        local status
        echo "$*" >&5
        read -r status <&6
        if [ "$status" != 0 ]; then
          echo "$*: status $status" >&2
          cat /tmp/err /tmp/batch >&2
          return 1
        fi
      }
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
        batch sync --since "vg/$old" "vg/$new" /dev/ubdb
        test "$(held "$pool")" = -
        cmp <(dd if="/dev/vg/$new" bs=1M iflag=direct status=none) \\
          <(dd if=/dev/ubdb bs=1M count="$new_size" iflag=direct,count_bytes status=none)
      }
      """
          .formatted(
              location("/org/blkdelta/cli/Batch.class", 4), location("/uml/thin-judge.py", 0));

  private ThinScripts() {}

  /// Returns the file of a resource, or a folder some steps above it.
  private static Path location(String resource, int steps) {
    try {
      var found = Objects.requireNonNull(ThinScripts.class.getResource(resource), resource);
      var path = Path.of(found.toURI());
      for (int i = 0; i < steps; i++) {
        path = Objects.requireNonNull(path.getParent());
      }
      return path;
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
