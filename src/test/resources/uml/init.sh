# Process 1 of the guest: `linux.uml … init=/bin/bash GUEST=DIRECTORY -- THIS_FILE`.
#
# The root is the host's, through hostfs, and read-only. Over it goes an overlay whose changes stay
# in the guest's memory, so the script sees every installed program and changes none. The host's
# DIRECTORY becomes /guest, the one place that both sides write. Whatever fails here goes to the
# kernel log; process 1 then ends, the kernel panics, and the host finds no status.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
root=/tmp/root

mount -t proc none /proc
mount -t tmpfs none /tmp
mkdir /tmp/upper /tmp/work $root
insmod "$(echo /usr/lib/uml/modules/"$(uname -r)"/kernel/fs/overlayfs/overlay.ko*)"
mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work none $root

mount -t proc none $root/proc
mount -t sysfs none $root/sys
mount -t devtmpfs none $root/dev
mkdir -p $root/dev/pts $root/dev/shm $root/guest
mount -t devpts none $root/dev/pts
mount -t tmpfs none $root/dev/shm
mount -t tmpfs -o mode=755 none $root/run
mount -t hostfs -o "$GUEST" none $root/guest

mkdir -p $root/lib/modules
ln -sfn "/usr/lib/uml/modules/$(uname -r)" "$root/lib/modules/$(uname -r)"
ln -sfn /proc/self/fd $root/dev/fd

# The script's streams. Raw, else the terminal would change line ends; set again afterwards, because
# that waits until the host has taken everything.
exec 8>$root/dev/tty1 9>$root/dev/tty2
stty raw -echo -F $root/dev/tty1
stty raw -echo -F $root/dev/tty2
status=0
chroot $root /bin/bash /guest/run.sh </dev/null >&8 2>&9 8>&- 9>&- || status=$?
stty raw -echo -F $root/dev/tty1
stty raw -echo -F $root/dev/tty2

echo $status >$root/guest/status
sync
umount $root/guest || umount -l $root/guest
echo o >/proc/sysrq-trigger
sleep 60
