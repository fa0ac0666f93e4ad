package org.blkdelta.real;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.blkdelta.uml.UmlGuest;

/// What the tests on a real kernel's LVM have in common.
final class LvmScripts {

  /// Words that the scripts share: `blkdelta`, and `far_end_up`, and `expect STATUS WORDS
  /// COMMAND…`, which wants that exit status and those words on standard error; `copy SOURCE DEST`
  /// is dd, and `recopy` is that for a destination that blkdelta remembers.
  static final String WORDS =
      """
      blkdelta() { "$IMAGE/bin/blkdelta" "$@"; }
      expect() {
        local status=0 want=$1 words=$2
        shift 2
        "$@" >/tmp/out 2>/tmp/err || status=$?
        if [ $status != "$want" ] || ! grep -q -- "$words" <(cat /tmp/err; echo); then
          echo "$*: status $status, not $want, or no \\"$words\\" in:" >&2
          cat /tmp/err >&2
          return 1
        fi
      }
      same() { cmp <(dd if="$1" bs=1M iflag=direct status=none) <(dd if="$2" bs=1M iflag=direct status=none); }
      copy() { dd if="$1" of="$2" bs=1M oflag=direct status=none; }
      # what is remembered of the destination would find that it was rolled back
      recopy() {
        blkdelta state --forget "$2" >/tmp/forgotten
        copy "$1" "$2"
      }
      # an sshd whose accounts find blkdelta in their PATH, and lvmsync, which is blkdelta's
      far_end_up() {
        sshd_up
        ln -sfn "$IMAGE/bin/blkdelta" /usr/local/bin/blkdelta
        ln -sfn "$IMAGE/compat/lvmsync" /usr/local/bin/lvmsync
        export PATH=/usr/local/bin:$PATH
        local set="BLKDELTA_JAVA_OPTIONS=$BLKDELTA_JAVA_OPTIONS DM_DISABLE_UDEV=1"
        set="$set LVM_SYSTEM_DIR=$LVM_SYSTEM_DIR PATH=$PATH"
        sed -i "s|^SetEnv .*|SetEnv $set|" /run/sshd/config
        kill "$(cat /run/sshd/pid)"
        /usr/sbin/sshd -f /run/sshd/config
      }
      sum() { dd if="$1" bs=1M iflag=direct status=none | sha256sum; }
      """;

  /// Words for many runs: `batch_up` starts one process for all, since a start costs seconds;
  /// `batch COMMAND LINE` runs one in it, and leaves `/tmp/out` and `/tmp/err`. With `batched`,
  /// `blkdelta` does that too, so that `expect` can look at it.
  static final String BATCH =
      """
      batch_up() {
        mkfifo /tmp/lines /tmp/statuses
        "$IMAGE/runtime/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
          --enable-native-access=ALL-UNNAMED "-XX:SharedArchiveFile=$IMAGE/lib/blkdelta.jsa" \\
          -Xlog:disable -Xlog:all=error,cds*=off,aot*=off:stderr \\
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
      batched() {
        batch_up
        blkdelta() {
          local status
          echo "$*" >&5
          read -r status <&6
          return "$status"
        }
      }
      """
          .formatted(location("/org/blkdelta/cli/Batch.class", 4));

  /// Returns a guest that can run the program as Maven has laid it out.
  static UmlGuest guest(String... disks) throws IOException {
    return guest(30, disks);
  }

  /// Returns one whose scripts may take so many minutes.
  static UmlGuest guest(int minutes, String... disks) throws IOException {
    return builder(minutes, disks).build();
  }

  /// Returns the description of one that may have more.
  static UmlGuest.Builder builder(int minutes, String... disks) {
    return UmlGuest.builder()
        .disks(disks)
        .memory("1G")
        .timeout(Duration.ofMinutes(minutes))
        .environment("IMAGE", System.getProperty("blkdelta.image", ""))
        .environment("BLKDELTA_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
  }

  private LvmScripts() {}

  /// Returns the file of a resource, or a folder some steps above it.
  static Path location(String resource, int steps) {
    try {
      var found = Objects.requireNonNull(LvmScripts.class.getResource(resource), resource);
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
