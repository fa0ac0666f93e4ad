# Runs the commands of the documents that need LVM, ssh or ESXi's files, in a guest. A line `@run DOCUMENT: HEADING:
# NUMBER` stands for that block of commands; `before WORDS` ends it at these words. `@here` is the same with the
# destination on this machine, since a far end costs seconds in a guest, and `@text` is a block that is no commands.
# Volumes are smaller than in the documents, and the new machine's group is vg1.

export USER=root
far_end_up
for host in new old esx; do
  printf '%s\n' "Host $host" 'HostName localhost' 'HostKeyAlias localhost' >>~/.ssh/config
done
# a virtual machine on vg0/web, which is asked to stop, and one elsewhere
cat >/usr/local/bin/virsh <<'VIRSH'
#!/bin/bash
case $1 in
domblklist) printf 'Type Device Target Source\n---\nblock disk vda /dev/vg0/web\n' ;;
shutdown) touch /tmp/off ;;
start)
  [ "$(dmsetup info -c --noheadings -o open vg0-web)" = 0 ] || exit 1
  cmp /dev/vg0/web /dev/vg1/web && touch /tmp/started ;;
esac
VIRSH
printf '%s\n' '#!/bin/bash' 'while [[ $1 == -* ]]; do shift; done' 'exec "$@"' >/usr/local/bin/sudo
chmod 755 /usr/local/bin/{virsh,sudo}
lvcreate() { command lvcreate -qq -y "$@"; }
lvremove() { command lvremove -qq -y "$@"; }
lvm_up /dev/ubda vg0
lvm_up /dev/ubdb vg1
running() { rm -f /tmp/off; vm /dev/vg0/web 600 "$1"; }
over() {
  wait $VM
  same /dev/vg0/web /dev/vg1/web
}
holds() { cmp <(dd if="$1" bs=1M iflag=direct status=none) "$2"; }
# one process for all commands, unless `started blkdelta …` wants one of its own
batch_up
started() { "$IMAGE/bin/$1" "${@:2}"; }
blkdelta() {
  local status
  echo "$*" >&5
  read -r status <&6
  cat /tmp/err >&2
  cat /tmp/out
  return "$status"
}

# installed from the tar archive
mkdir -p ~/target/blkdelta-0.1.0 /opt
ln -s "$IMAGE"/* ~/target/blkdelta-0.1.0/
tar -czf ~/target/blkdelta-0.1.0-linux-x64.tar.gz -C ~/target blkdelta-0.1.0
rm /usr/local/bin/blkdelta /usr/local/bin/lvmsync
cd ~/target
@run README.md: Install it: 1
@run docs/lvmsync.md: Scripts and old peers: 2
cd ~
test "$(readlink -f /usr/local/bin/blkdelta)" = "$(readlink -f "$IMAGE/bin/blkdelta")"
test -x /usr/local/bin/lvmsync

# the one workflow
lvcreate -Wn -L 8M -n web vg0
running 1
@run README.md: Move a volume: 1
over
test -e /tmp/started
lvremove vg1/web

# rounds; what is shown of a run; a snapshot that is made larger
running 2
@run README.md: Move a volume: 1 before # 3
@here docs/lvm.md: Look before you send: 1
@here docs/lvm.md: Keep the snapshot alive: 1
test "$(lvs --noheadings -o lv_size --units m vg0/web-pre | tr -d " ")" != 8.00m
@run docs/lvm.md: Rounds while the VM runs: 1
@run docs/lvm.md: Rounds while the VM runs: 2
over

# from the new machine, with other options, and back
over() { same /dev/vg0/web /dev/vg1/web; }
write() { scribble /dev/vg0/web "$1" 65536 1048576 5242880; }
lvremove vg0/web-2
lvcreate -s -n web-pre -L 8M vg0/web
write pull
@run docs/lvm.md: From the new machine: 1
over
write options
(
  blkdelta() { started blkdelta "$@"; }
  @run docs/lvm.md: The connection: 1
)
over
write sudo
@run docs/lvm.md: With sudo: 1
over
write undone
mkdir -p /root
before=$(sum /dev/vg1/web)
@here docs/lvm.md: Roll back: 1
over
@here docs/lvm.md: Roll back: 2
test "$before" = "$(sum /dev/vg1/web)"

# scripts
rm -f /tmp/off
@run docs/scripting.md: Stop a VM only once: 1
over
test -e /tmp/off
@here docs/scripting.md: JSON: 1
python3 -c 'import json, sys; [json.load(open(file)) for file in sys.argv[1:]]' \
  result.json snapshot.json destinations.json
(
  blkdelta() { started blkdelta "$@"; }
  @here docs/scripting.md: Progress: 1
)
python3 -c 'import json; [json.loads(line) for line in open("progress.json")]'
@here docs/scripting.md: Receipts: 1
grep -q '"exitCode": 0' web.receipt
@here docs/troubleshooting.md: Troubleshooting: 1

# as lvmsync's users know it
write lvmsync
@here docs/lvmsync.md: Coming from lvmsync: 1
over
write again
@here docs/lvmsync.md: Scripts and old peers: 1
over

# a key that may write one volume: the only one that logs in
@run docs/restricted-keys.md: Make the key: 1
cat >line <<'LINE'
@text docs/restricted-keys.md: Make the key: 1
LINE
grep -q 'ssh-ed25519 AAAA… web' line
sed -i "s|ssh-ed25519 AAAA… web|$(cat ~/.ssh/web.pub)|; s|/dev/vg0/|/dev/vg1/|" line
cp ~/.ssh/authorized_keys all-keys
cp line ~/.ssh/authorized_keys
lvremove vg0/web-pre
lvcreate -s -n web-pre -L 8M vg0/web
blkdelta copy vg0/web-pre /dev/vg1/web
write restricted
@run docs/restricted-keys.md: Use it: 1
over
expect 5 'this key may not do that' started blkdelta sync -n -i ~/.ssh/web vg0/web-pre new:/dev/vg1/other
cp all-keys ~/.ssh/authorized_keys
lvremove vg0/web-pre vg0/web

# copies that are kept up to date
lvcreate -Wn -L 8M -n web vg0
for group in vg0 vg1; do lvcreate -Wn -L 4M -n data $group; done
cat >web.toml <<'JOB'
name = "web"
[destination]
host = "new"
[[disk]]
from = "vg0/web"
to = "/dev/vg1/web"
[[disk]]
from = "vg0/data"
to = "/dev/vg1/data"
JOB
scribble /dev/vg0/data some 65536 0
@run docs/migrate.md: An example: 1
same /dev/vg0/data /dev/vg1/data
# the timer runs its service at once here
ln -s "$IMAGE/bin/blkdelta" /usr/bin/blkdelta
systemctl() {
  if [ "$1" = enable ]; then
    bash -c "$(sed -n 's/%i/web/g; s/^ExecStart=//p' "$IMAGE/share/systemd/blkdelta-round@.service")"
  fi
}
journalctl() { :; }
scribble /dev/vg0/data more 65536 131072
@run docs/migrate.md: By a timer: 1
same /dev/vg0/data /dev/vg1/data
# a machine that is a file
cat >>web.toml <<'JOB'
[rounds]
max_downtime = "10m"
[cutover]
when = "now"
[hooks]
stop = ["rm", "-f", "/tmp/old"]
is_off = ["test", "!", "-e", "/tmp/old"]
start_source = ["touch", "/tmp/old"]
hold = ["true"]
release = ["true"]
start = ["touch", "/tmp/new"]
is_up = ["test", "-e", "/tmp/new"]
JOB
touch /tmp/old
@run docs/man/blkdelta-migrate.1: Examples: 1
grep -q '^from = "vg0/web"$' db.toml
rm db.toml
test -e /tmp/new
same /dev/vg0/data /dev/vg1/data
lvremove vg0/web vg0/data vg1/data

# a VMware disk with two snapshots, its clone, and an export
for group in vg0 vg1; do lvcreate -Wn -L 8M -n vm $group; done
mkdir -p /vmfs/volumes/ds/vm /vmfs/volumes/ds2 /mnt/nfs
pattern vm 8388608 >disk.img
qemu-img convert -q -O vmdk -o subformat=monolithicFlat disk.img /vmfs/volumes/ds/vm/vm.vmdk
cp /vmfs/volumes/ds/vm/* /vmfs/volumes/ds2/
cp /vmfs/volumes/ds/vm/* /mnt/nfs/
link() {
  qemu-img create -q -f vmdk -F vmdk -b "$1" "$2"
  qemu-io -f vmdk -c "write -P $3 1M 256k" -c "write -P $3 $3M 64k" "$2" >/dev/null
}
cd /vmfs/volumes/ds/vm
link vm.vmdk vm-000001.vmdk 2
link vm-000001.vmdk vm-000002.vmdk 3
cd ~
@run docs/leaving-vmware.md: 2. Copy the base while the VM runs: 2
holds /dev/vg0/vm disk.img
@run docs/leaving-vmware.md: 3. Send the first deltas while the VM runs: 1
@run docs/leaving-vmware.md: 4. Stop the VM, send the rest: 1
@run docs/leaving-vmware.md: 4. Stop the VM, send the rest: 2
qemu-img convert -q -O raw /vmfs/volumes/ds/vm/vm-000002.vmdk newest.img
holds /dev/vg0/vm newest.img
qemu-img convert -q -O vmdk -o subformat=streamOptimized disk.img vm-disk1.vmdk
cat >vm.ovf <<'OVF'
<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
  <References><File ovf:id="file1" ovf:href="vm-disk1.vmdk"/></References>
  <DiskSection><Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="8388608"/></DiskSection>
</Envelope>
OVF
tar -cf vm.ova vm.ovf vm-disk1.vmdk
(
  blkdelta() { started blkdelta "$@"; }
  @run docs/leaving-vmware.md: Without a snapshot: an export: 1
)
holds /dev/vg1/vm disk.img

# thin volumes
lvm_up /dev/ubdc spare
vgmerge -qq vg0 spare
lvcreate --type thin-pool -L 64M --poolmetadatasize 2M -c 64k -n pool vg0

# the help's examples: a virtual machine that moves, its copy, and an ordinary user there who becomes root
lvremove vg1/web
lvcreate -Wn -L 8M -n web vg1
lvcreate -Wn -L 8M -n web vg0
running examples
@run docs/man/blkdelta.1: Examples: 1
wait $VM
over
lvcreate -s -n web-pre -L 10G vg0/web
mkdir -p /srv
@run docs/man/blkdelta-copy.1: Examples: 1
holds /dev/vg0/web-pre /srv/web.img
holds /dev/vg0/vm newest.img
lvcreate -V 8M --thinpool pool -n db vg0
lvcreate -Wn -L 8M -n db vg1
lvcreate -s -n db-1 vg0/db
command lvchange -qq -ay -K vg0/db-1
blkdelta copy vg0/db-1 /dev/vg1/db
scribble /dev/vg0/db examples 65536 1048576
lvcreate -s -n db-2 vg0/db
command lvchange -qq -ay -K vg0/db-2
echo "admin:x:0:0::$HOME:/bin/bash" >>/etc/passwd
echo 'admin:*:20000::::::' >>/etc/shadow
write examples
(
  blkdelta() { started blkdelta "$@"; }
  @run docs/man/blkdelta-sync.1: Examples: 1
)
over
same /dev/vg0/db-2 /dev/vg1/db
rm -f web.delta web.undo undo
write dumped
(
  blkdelta() { started blkdelta "$@"; }
  @run docs/man/blkdelta-dump.1: Examples: 1
  over
  @run docs/man/blkdelta-apply.1: Examples: 1
)
over
holds /dev/vg1/vm disk.img
dd if=/dev/vg0/web of=web.img bs=1M iflag=direct status=none
dd if=/dev/mapper/vg0-web--pre-cow of=web-cow.img bs=1M iflag=direct status=none
@run docs/man/blkdelta-inspect.1: Examples: 1
@here docs/man/blkdelta-lvmsync.1: Examples: 1
cp /vmfs/volumes/ds/vm/vm-000001.vmdk vm-000001-delta.vmdk
@run docs/man/blkdelta-vmdksync.1: Examples: 1
blkdelta sync vg0/web-pre /dev/vg1/web
set +e
@here docs/man/blkdelta-verify.1: Examples: 1
set -e
over
@run docs/man/blkdelta-state.1: Examples: 1
lvremove vg0/web-pre vg0/web-2 vg0/web vg0/vm vg1/vm vg0/db-1 vg0/db-2 vg0/db vg1/db

lvcreate -V 8M --thinpool pool -n web vg0
running 3
@run docs/thin.md: The steps: 1
wait $VM
over
# the state web-2 from an image of the pool's metadata, which isn't active
dd if=/dev/vg0/web-2 of=web.img bs=1M iflag=direct status=none
blkdelta copy vg0/web-1 /dev/vg1/web
lvchange -an vg0/web vg0/web-1 vg0/web-2 vg0/pool
lvchange() { command lvchange -qq "$@"; }
@here docs/thin.md: A pool that is not active: 1
holds /dev/vg1/web web.img
