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

# the help's examples
@run docs/man/blkdelta-demo.1: Examples: 1
@run docs/man/blkdelta-help.1: Examples: 1
