# What the guest runs inside its overlay: makes the machine ready for LVM, then runs the test's
# script.
set -euo pipefail
source /guest/environment.sh
export PATH=$PATH:$JAVA_HOME/bin RESULTS=/guest/results

# A home of its own: the user's start-up files can cost seconds, and hold secrets.
export HOME=/run/home USER=root
mkdir -m 700 $HOME
sed -i 's|^root:.*|root:x:0:0:root:/run/home:/bin/bash|' /etc/passwd
cd $HOME

# Without udev libdevmapper has to make the nodes itself; DM_DISABLE_UDEV is what tells it to.
export DM_DISABLE_UDEV=1 LVM_SYSTEM_DIR=/run/lvm-system LVM_SUPPRESS_FD_WARNINGS=1
mkdir -p $LVM_SYSTEM_DIR /run/lvm/backup /run/lvm/archive /run/lock/lvm
cat >$LVM_SYSTEM_DIR/lvm.conf <<'CONF'
devices {
  scan=["/dev"] use_devicesfile=0 obtain_device_list_from_udev=0
  external_device_info_source="none" filter=["a|^/dev/ubd|","a|^/dev/loop|","r|.*|"]
}
activation { udev_sync=0 udev_rules=0 verify_udev_operations=0 monitoring=0 }
backup { backup=1 archive=0 backup_dir="/run/lvm/backup" archive_dir="/run/lvm/archive" }
global { locking_dir="/run/lock/lvm" use_lvmpolld=0 }
CONF

modprobe -a dm-mod dm-snapshot dm-thin-pool
ip link set lo up

source /guest/prelude.sh
set -E
trap 'echo "script line $LINENO: status $?: $BASH_COMMAND" >&2' ERR
source /guest/script.sh
