package org.blkdelta.real;

import java.io.IOException;
import java.time.Duration;
import org.blkdelta.uml.UmlGuest;

/// What the tests on a real kernel's LVM have in common.
final class LvmScripts {

  /// Words that the scripts share: `blkdelta`, and `far_end_up`, and `expect STATUS WORDS
  /// COMMAND…`, which wants that exit status and those words on standard error.
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

  /// Returns a guest that can run the program as Maven has laid it out.
  static UmlGuest guest(String... disks) throws IOException {
    return UmlGuest.builder()
        .disks(disks)
        .memory("1G")
        .timeout(Duration.ofMinutes(20))
        .environment("IMAGE", System.getProperty("blkdelta.image", ""))
        .environment("BLKDELTA_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
        .build();
  }

  private LvmScripts() {}
}
