# Runs the commands of the documents that need only files, on the host and without root. See guest.sh for what the lines
# that begin with @ stand for.

# the build's own program, as in the README
mkdir target
ln -s "$IMAGE" target/blkdelta
mvn() { test "$*" = '-q -DskipTests package'; }
@run README.md: Try it: 1
rm target/blkdelta

# whole volumes
truncate -s 4M disk.img
printf 'first' | dd of=disk.img bs=1M seek=1 conv=notrunc status=none
@run docs/whole-volumes.md: Copy: 1
cmp disk.img copy.img
@run docs/whole-volumes.md: Compare and repair: 1
printf 'other' | dd of=disk.img bs=1M seek=3 conv=notrunc status=none
set +e
@run docs/whole-volumes.md: Compare and repair: 1
set -e
cmp disk.img copy.img

# a snapshot's exception store, and a stream of it
rm -f copy.img
gunzip -c "$REPOSITORY/testdata/demo/after.img.gz" >web.img
gunzip -c "$REPOSITORY/testdata/demo/store.img.gz" >web-cow.img
gunzip -c "$REPOSITORY/testdata/demo/before.img.gz" >copy.img
@run docs/lvm.md: A snapshot that is not active: 1
cmp web.img copy.img
rm -f copy.img
gunzip -c "$REPOSITORY/testdata/demo/before.img.gz" >copy.img
@run docs/whole-volumes.md: Without a connection: 1
cmp web.img copy.img

# another format
qemu-img convert -O qcow2 disk.img disk.qcow2
@run docs/whole-volumes.md: Files of other formats: 1
cmp disk.img new.img

# disks of QEMU
qemu-img create -q -f qcow2 vm.qcow2 16M
qemu-io -f qcow2 -c 'write -P 1 1M 2M' vm.qcow2 >qemu.log
@run docs/kvm.md: An image by its name: 1
qemu-img convert -O raw vm.qcow2 expected.img
cmp expected.img vm.img
rm vm.img
@run docs/kvm.md: An image that no VM uses: 1
qemu-img convert -O raw vm.qcow2 expected.img
cmp expected.img vm.img
qemu-img create -q -f qcow2 -b vm.qcow2 -F qcow2 vm-1.qcow2
qemu-io -f qcow2 -c 'write -P 2 2M 2M' -c 'write -z 1M 64k' vm-1.qcow2 >qemu.log
cp vm.img base.img
@run docs/kvm.md: An image by its name: 2
qemu-img convert -O raw vm-1.qcow2 expected.img
cmp expected.img vm.img
mv base.img vm.img
@run docs/kvm.md: What an overlay holds: 1
qemu-img convert -O raw vm-1.qcow2 expected.img
cmp expected.img vm.img
qemu-img bitmap --add vm-1.qcow2 b0
qemu-io -f qcow2 -c 'write -P 3 9M 1M' vm-1.qcow2 >qemu.log
@run docs/kvm.md: What a dirty bitmap has: 1
qemu-img convert -O raw vm-1.qcow2 expected.img
cmp expected.img vm.img
@run docs/kvm.md: An export as the destination: 1
qemu-img compare -q -f raw -F qcow2 vm.img new.qcow2
rm new.qcow2
@run docs/kvm.md: An image as the destination: 1
qemu-img compare -q -f raw -F qcow2 vm.img new.qcow2
rm vm.img new.qcow2
truncate -s 16M raw.img
printf 'first' | dd of=raw.img bs=1M seek=1 conv=notrunc status=none
qemu-storage-daemon --daemonize --pidfile "$PWD/qmp.pid" --blockdev driver=file,node-name=disk,filename="$PWD/raw.img" \
  --chardev socket,id=qmp,path="$PWD/vm.qmp",server=on,wait=off --monitor chardev=qmp
@run docs/kvm.md: A running disk, by QMP: 1
cmp raw.img vm.img
kill "$(cat qmp.pid)"
rm vm.img

# the help's examples
@run docs/man/blkdelta-demo.1: Examples: 1
@run docs/man/blkdelta-help.1: Examples: 1
