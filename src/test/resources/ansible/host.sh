#!/bin/bash
# A host of the tests: `host.sh FOLDER PORT`. It has namespaces for its mounts, its name and its
# processes, and an sshd on the loopback address. Its root is this machine's, and what changes there
# goes to FOLDER/upper, which is in memory; /shared is FOLDER/../shared, which all hosts have. All of
# it is gone when standard input ends.
set -euo pipefail
if [ "${3:-}" != inside ]; then
  unshare --mount --propagation private --uts --pid --fork --kill-child -- "$0" "$1" "$2" inside </dev/null &
  host=$!
  cat >/dev/null
  kill -KILL $host
  wait $host || true
  exit
fi
folder=$1 port=$2 root=$1/root
mkdir -p "$folder/memory" "$root"
mount -t tmpfs -o mode=755 none "$folder/memory"
mkdir "$folder/memory/upper" "$folder/memory/work"
mount -t overlay -o "lowerdir=/,upperdir=$folder/memory/upper,workdir=$folder/memory/work" none "$root"
mount -t proc none "$root/proc"
mount -t sysfs -o ro none "$root/sys"
mount -t tmpfs -o mode=755 none "$root/dev"
mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/shared" "$root/changed"
mount --bind /dev/pts "$root/dev/pts"
mount -t tmpfs none "$root/dev/shm"
mount -t tmpfs -o mode=755 none "$root/run"
mount -t tmpfs -o mode=1777 none "$root/tmp"
mount -t tmpfs -o mode=700 none "$root/root"
mount --bind "$folder/../shared" "$root/shared"
for node in null zero full random urandom tty ptmx; do
  cp -a "/dev/$node" "$root/dev/$node"
done
ln -s /proc/self/fd "$root/dev/fd"

# what the tests look at: all that was changed but for what is in memory anyway
mount --bind "$folder/memory/upper" "$root/changed"
rm -rf "$root"/etc/blkdelta "$root"/var/lib/blkdelta "$root"/opt/blkdelta \
  "$root"/usr/local/bin/blkdelta "$root"/etc/systemd/system/blkdelta*
mkdir -p -m 700 "$root/root/.ssh"
cp "$folder"/../keys/id "$folder"/../keys/known_hosts "$root/root/.ssh"
cp "$folder/../keys/inside" "$root/root/.ssh/config"
cp "$folder"/../keys/id.pub "$root/root/.ssh/authorized_keys"
here=$(dirname -- "$(readlink -f -- "$0")")
for name in lvs vgs lvcreate lvremove lvextend dmsetup; do
  install -m 755 "$here/volumes.py" "$root/usr/local/sbin/$name"
done
install -m 755 "$here/vm.py" "$root/usr/local/sbin/vm"
mkdir -p "$root/run/sshd"
printf '%s\n' "Port $port" 'ListenAddress 127.0.0.1' "HostKey /root/.ssh/host" 'UsePAM no' \
  'PermitRootLogin prohibit-password' 'PasswordAuthentication no' 'StrictModes no' 'PrintMotd no' \
  'AuthorizedKeysFile /root/.ssh/authorized_keys' 'MaxStartups 200' 'MaxSessions 200' \
  'Subsystem sftp internal-sftp' 'PidFile none' \
  'SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' >"$root/root/.ssh/sshd"
cp "$folder"/../keys/host "$root/root/.ssh/host"
echo 'root:*:20000::::::' >"$root/etc/shadow"
chmod 600 "$root"/root/.ssh/* "$root/etc/shadow"
hostname "$(basename -- "$folder")"
chroot "$root" /usr/sbin/sshd -D -E /run/sshd/log -f /root/.ssh/sshd
