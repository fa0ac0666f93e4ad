# Words for the tests' scripts. The scripts run under `set -euo pipefail`.

# not COMMAND…: wants it to fail. A `!` would not end a script under `set -e`.
not() { ! "$@"; }

# lvm_up [DISK [GROUP]]: makes a volume group with extents of 64 KiB, so that volumes may be small
# and of odd sizes.
lvm_up() {
  pvcreate -qq "${1:-/dev/ubda}"
  vgcreate -qq -s 64k "${2:-vg}" "${1:-/dev/ubda}"
}

# pattern SEED BYTES: prints bytes that look random and are the same each time.
pattern() {
  head -c "$2" /dev/zero | openssl enc -aes-128-ctr -pass "pass:$1" -nosalt -pbkdf2 -iter 1
}

# scribble FILE SEED LENGTH OFFSET…: writes LENGTH bytes of pattern at each of the offsets, in this
# order, each on the device before the next one. No two of the pieces are alike.
scribble() {
  local file=$1 seed=$2 length=$3
  shift 3
  pattern "$seed" $((length * $#)) | perl -MIO::Handle -e '
    my ($file, $length, @offsets) = @ARGV;
    open(my $to, "+<:raw", $file) or die "$file: $!\n";
    for my $offset (@offsets) {
      read(STDIN, my $bytes, $length) == $length or die "no more pattern\n";
      defined(sysseek($to, $offset, 0)) or die "$file: $offset: $!\n";
      syswrite($to, $bytes) == $length && $to->sync or die "$file: $offset: $!\n";
    }' "$file" "$length" "$@"
}

# image DEVICE FILE: copies what is on the device, past the page cache.
image() {
  dd if="$1" of="$2" bs=64k iflag=direct conv=sparse status=none
}

# sshd_up: lets `ssh localhost` in, and any other client that reads ~/.ssh.
sshd_up() {
  mkdir -p -m 700 ~/.ssh
  mkdir -p -m 755 /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
  ssh-keygen -q -t ed25519 -N '' -f /run/sshd/host_key
  cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys
  sed 's/^/localhost,127.0.0.1 /' /run/sshd/host_key.pub >~/.ssh/known_hosts
  # An account without a password is locked to sshd; this one only has none that fits.
  rm -f /etc/shadow && echo 'root:*:20000::::::' >/etc/shadow
  printf '%s\n' 'ListenAddress 127.0.0.1' 'HostKey /run/sshd/host_key' 'UsePAM no' \
    'PidFile /run/sshd/pid' 'PasswordAuthentication no' 'PrintMotd no' \
    'Subsystem sftp internal-sftp' \
    "SetEnv JAVA_HOME=$JAVA_HOME PATH=$PATH DM_DISABLE_UDEV=1 LVM_SYSTEM_DIR=$LVM_SYSTEM_DIR" \
    >/run/sshd/config
  /usr/sbin/sshd -f /run/sshd/config
}
