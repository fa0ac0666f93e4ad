# Makes testdata/thin. Runs in a guest, on a real kernel; see testdata/thin/README.md.

# pool CHUNK DATA METADATA: makes an empty pool on a disk of zeros.
pool() {
  if vgs -qq vg >/tmp/vgs 2>&1; then
    vgremove -qq -ff -y vg
  fi
  dd if=/dev/zero of=/dev/ubda bs=1M count=64 oflag=direct status=none
  lvm_up
  lvcreate -qq -y --type thin-pool -L "$2" --poolmetadatasize "$3" -c "$1" -Zn -n pool vg
}

thin() {
  lvcreate -qq -y -V "$2" --thinpool pool -n "$1" vg
}

snapshot() {
  lvcreate -qq -y -s -kn -n "$1" "vg/$2"
}

# fixture NAME NOTE FROM-TO…: takes the pool's metadata as a pool that is not active has it, with
# thin_dump's words on it, and thin_delta's on each of the pairs.
fixture() {
  local folder=$RESULTS/thin/$1 pair
  mkdir -p "$folder"
  printf '%s\n' "$2" >"$folder/note.txt"
  lvs --noheadings --units b --nosuffix --sort thin_id -o thin_id,lv_size --select 'thin_id>0' vg |
    sed 's/^ *//' >"$folder/volumes.txt"
  vgchange -qq -an vg
  lvchange -qq -ay -y vg/pool_tmeta
  for pair in "${@:3}"; do
    thin_delta --snap1 "${pair%-*}" --snap2 "${pair#*-}" /dev/mapper/vg-pool_tmeta \
      >"$folder/delta-$pair.xml"
  done
  thin_dump /dev/mapper/vg-pool_tmeta | gzip -9n >"$folder/dump.xml.gz"
  dd if=/dev/mapper/vg-pool_tmeta bs=1M iflag=direct status=none | gzip -9n >"$folder/metadata.img.gz"
  lvchange -qq -an vg/pool_tmeta
  vgchange -qq -ay vg
  echo "$1"
}

pool 64k 32M 2M
thin web 16M
snapshot one web
fixture empty 'two volumes without any block' 1-2 2-1

pool 64k 32M 2M
thin web 16M
scribble /dev/vg/web old 65536 0 1048576 4194304 4259840 4325376
scribble /dev/vg/web old 4096 8388608 8454144 8519680
snapshot one web
scribble /dev/vg/web new 4096 1048576 2097152
blkdiscard -o 4194304 -l 131072 /dev/vg/web
blkdiscard -o 8388608 -l 4096 /dev/vg/web
snapshot two one
scribble /dev/vg/two own 8192 3145728
snapshot three two
lvremove -qq -y vg/one
thin other 8M
scribble /dev/vg/other other 65536 0 65536
fixture snapshots 'writes, discards, a snapshot of a snapshot, one removed (id 2)' 1-3 3-1 3-4 4-5 1-4

pool 192k 48M 2M
thin web 10304k
scribble /dev/vg/web old 65536 0 1048576 10485760
snapshot one web
scribble /dev/vg/web new 4096 196608 10485760 5000192
blkdiscard -o 0 -l 196608 /dev/vg/web
fixture blocks-192k 'blocks that are no power of two, and a last one that is cut' 1-2 2-1

pool 64k 32M 2M
thin web 8M
scribble /dev/vg/web old 65536 0 7340032
snapshot one web
lvresize -qq -y -f -L 4M vg/web >/tmp/resized 2>&1
lvresize -qq -y -f -L 12M vg/web >/tmp/resized 2>&1
scribble /dev/vg/web new 65536 65536 9437184
fixture resized 'id 1 was made smaller than a block that it has, and larger again' 1-2 2-1

pool 64k 32M 2M
thin web 8M
scribble /dev/vg/web old 65536 0 1048576
snapshot one web
dmsetup message vg-pool-tpool 0 reserve_metadata_snap
scribble /dev/vg/web new 65536 0 2097152
fixture held 'a metadata snapshot was left in place' 1-2 2-1

pool 64k 4608M 8M
thin web 8G
perl -e '
  use Fcntl;
  sysopen(my $to, "/dev/vg/web", O_WRONLY) or die;
  for my $i (0 .. 65999) {
    sysseek($to, $i * 65536 + ($i >= 33000 ? 1 << 31 : 0), 0) or die;
    syswrite($to, "x" x 4096) == 4096 or die;
  }'
sync
snapshot one web
perl -e '
  use Fcntl;
  sysopen(my $to, "/dev/vg/web", O_WRONLY) or die;
  for my $i (0 .. 39) {
    sysseek($to, (20000 + 3 * $i) * 65536, 0) or die;
    syswrite($to, "y" x 4096) == 4096 or die;
  }'
sync
blkdiscard -o $((25000 * 65536)) -l $((300 * 65536)) /dev/vg/web
fixture many '66,000 blocks; 40 written close together since, 300 discarded' 1-2 2-1
