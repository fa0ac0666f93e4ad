"""Makes testdata/lvm and testdata/demo. Runs in a guest, on a real kernel; see testdata/lvm/README.md.

What a snapshot has to list is worked out here from what was written where, never by reading a
store, and is checked against what the kernel counts and against the contents of both volumes.
"""

import gzip
import mmap
import os
import struct
import subprocess
import sys

RESULTS = sys.argv[1]
LVM = os.path.join(RESULTS, 'lvm')
DEMO = os.path.join(RESULTS, 'demo')

KIB = 1 << 10
MIB = 1 << 20
SECTOR = 512
ENTRY = 16

LVS = ('lvs -a --reportformat json --units b --nosuffix -o vg_name,lv_name,lv_uuid,lv_path,'
       'lv_dm_path,lv_attr,lv_role,segtype,lv_size,origin,origin_size,lv_active,lv_kernel_major,'
       'lv_kernel_minor,chunk_size,snap_percent,lv_snapshot_invalid,lv_merging,pool_lv,thin_id,'
       'transaction_id,data_lv,metadata_lv,lv_permissions,lv_health_status,lv_check_needed').split()


# ---- commands, devices, contents

def run(*command):
    words = ' '.join(command).split() if len(command) == 1 else list(command)
    return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True).stdout


def read(device, size=None, offset=0):
    """Reads a device past the page cache."""
    fd = os.open(device, os.O_RDONLY | os.O_DIRECT)
    try:
        size = os.lseek(fd, 0, os.SEEK_END) - offset if size is None else size
        done, parts = 0, []
        while done < size:
            buffer = mmap.mmap(-1, min(MIB, size - done + -size % 4096))
            count = os.preadv(fd, [buffer], offset + done)
            if count == 0:
                raise EOFError(f'{device}: at {offset + done}')
            parts.append(buffer[:count])
            done += count
        return b''.join(parts)[:size]
    finally:
        os.close(fd)


def write(device, offset, data):
    """Writes past the page cache, which would make whole pages of single sectors, and in order."""
    fd = os.open(device, os.O_RDWR | os.O_DIRECT)
    try:
        for at in range(0, len(data), MIB):
            piece = data[at:at + MIB]
            buffer = mmap.mmap(-1, len(piece))
            buffer[:] = piece
            assert os.pwrite(fd, buffer, offset + at) == len(piece)
    finally:
        os.close(fd)


def text(label, offset, length, unit=4096):
    """Bytes that say where they belong, and compress well."""
    out = bytearray()
    for at in range(offset, offset + length, unit):
        line = f'{label} {at:08x}\n'.encode()
        out += (line * (unit // len(line) + 1))[:unit]
    return bytes(out[:length])


def likely_entries():
    """Rubbish of the worst kind: a page that reads as a metadata area full of likely entries."""
    return b''.join(struct.pack('<QQ', 3 * i + 1, i + 2) for i in range(256))


# ---- results

def save(directory, name, data):
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, name)
    data = data.encode() if isinstance(data, str) else data
    if name.endswith('.gz'):
        data = gzip.compress(data, 9, mtime=0)
    with open(path, 'wb') as file:
        file.write(data)


def kernel_says(store, properties):
    """Has the kernel load a store, as it would after a reboot: the status, or that it refused."""
    if len(store) < SECTOR:
        return None  # there is no such device
    with open('/dev/shm/store', 'wb') as file:
        file.write(store)
    loop = run('losetup --show --find /dev/shm/store').strip()
    sectors = properties['snapshotSize'] // SECTOR
    try:
        run('dmsetup', 'create', 'loaded', '--table', f'0 {sectors} snapshot /dev/ubdb {loop} P 8')
        status = run('dmsetup status --noflush loaded').strip()
        run('dmsetup remove loaded')
        return status
    except subprocess.CalledProcessError:
        return 'refuses'
    finally:
        run('losetup', '-d', loop)


def save_fixture(name, store, extents, **properties):
    directory = os.path.join(LVM, name)
    properties['kernel'] = kernel_says(store, properties)
    save(directory, 'store.img.gz', store)
    if extents is not None:
        save(directory, 'expected.txt', ''.join(f'{o} {n} data\n' for o, n in extents))
    save(directory, 'fixture.properties',
         ''.join(f'{key}={value}\n' for key, value in properties.items() if value is not None))
    print(name, flush=True)


def save_commands(name, group='vg'):
    directory = os.path.join(LVM, 'commands', name)
    save(directory, 'table.txt', run('dmsetup table'))
    save(directory, 'status.txt', run('dmsetup status --noflush'))
    save(directory, 'lvs.json', run(*LVS, group))
    print('commands/' + name, flush=True)


def joined(pieces):
    out = []
    for begin, end in sorted(pieces):
        if out and begin <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([begin, end])
    return [(begin, end - begin) for begin, end in out]


# ---- an origin and its snapshot

class Pair:
    """An origin, its snapshot, and a diary of what was written to either since."""

    def __init__(self, origin_size, chunk, store_size, content=None, rubbish=None,
                 by_hand=None, origin='o', snapshot='s', group='vg'):
        self.size = self.snapshot_size = origin_size
        self.chunk = chunk
        self.group, self.names = group, (origin, snapshot)
        self.unit = min(chunk, 4096)
        self.chunks = []  # in the order of their first write
        self.by_hand = by_hand
        dm = group.replace('-', '--') + '-'
        self.origin_dm = dm + origin.replace('-', '--')
        self.snapshot_dm = dm + snapshot.replace('-', '--')
        run(f'lvcreate -qq -y -Wn -L {origin_size}b -n {origin} {group}')
        write(f'/dev/{group}/{origin}', 0, content or text('origin', 0, origin_size, self.unit))
        if rubbish:
            run(f'lvcreate -qq -y -Wn -L {store_size}b -n old {group}')
            write(f'/dev/{group}/old', 0, rubbish * (store_size // len(rubbish)))
            run(f'lvremove -qq -y {group}/old')
        if by_hand:
            self._load_by_hand(store_size)
        else:
            run(f'lvcreate -qq -y -s -c {chunk}b -L {store_size}b -n {snapshot} {group}/{origin}')
            self.store = f'/dev/mapper/{self.snapshot_dm}-cow'
        self.origin = f'/dev/mapper/{self.origin_dm}'
        self.snapshot = f'/dev/mapper/{self.snapshot_dm}'

    def _load_by_hand(self, store_size):
        """For what LVM does not offer: other store types, features and chunk sizes."""
        base, sectors = f'/dev/vg/{self.names[0]}', self.size // SECTOR
        run(f'lvcreate -qq -y -Wn -L {store_size}b -n store vg')
        self.store = '/dev/vg/store'
        write(self.store, 0, bytes(4096))
        self.origin_dm, self.snapshot_dm = 'origin', 'snapshot'
        run('dmsetup', 'create', 'snapshot', '--table',
            f'0 {sectors} snapshot {base} {self.store} {self.by_hand}')
        run('dmsetup', 'create', 'origin', '--table', f'0 {sectors} snapshot-origin {base}')

    def write(self, offset, length, data=None):
        """Writes to the origin, by default text that differs from what was there."""
        write(self.origin, offset, data or text('newer!', offset, length, self.unit))
        self.note(offset, length)

    def write_chunk(self, number, length=None):
        offset = number * self.chunk
        self.write(offset, min(length or self.chunk, self.size - offset))

    def write_snapshot(self, offset, length):
        write(self.snapshot, offset, text('in the snapshot', offset, length, self.unit))
        self.note(offset, length)

    def note(self, offset, length):
        end = min(offset + length, self.snapshot_size)
        if offset >= end:
            return  # a chunk that straddles the snapshot's end is saved only for what is before
        for number in range(offset // self.chunk, -(-end // self.chunk)):
            if number not in self.chunks:
                self.chunks.append(number)

    def grow(self, size):
        group, origin = self.group, self.names[0]
        run(f'lvchange -qq -y -an {group}/{origin}')
        run(f'lvextend -qq -y -L {size}b {group}/{origin}')
        run(f'lvchange -qq -y -ay {group}/{origin}')
        self.size = size
        write(self.origin, self.snapshot_size,
              text('origin', self.snapshot_size, size - self.snapshot_size, self.unit))

    def status(self):
        return run(f'dmsetup status --noflush {self.snapshot_dm}').strip()

    def table(self):
        return run(f'dmsetup table {self.snapshot_dm}').strip()

    def extents(self):
        pieces = [(n * self.chunk, min((n + 1) * self.chunk, self.size)) for n in self.chunks]
        if self.size > self.snapshot_size:
            pieces.append((self.snapshot_size, self.size))
        return joined(pieces)

    def check(self):
        """Asks the kernel: does it count as many, and are these all the differences?"""
        if '/' in self.status():
            allocated, _, metadata = (int(n) for n in self.status().replace('/', ' ').split()[3:])
            assert (allocated - metadata) * SECTOR == len(self.chunks) * self.chunk, self.status()
        new = read(self.origin)
        mended = bytearray(read(self.snapshot)) + bytes(self.size - self.snapshot_size)
        for offset, length in self.extents():
            mended[offset:offset + length] = new[offset:offset + length]
        assert mended == new, 'a difference that is not listed'

    def used(self):
        """Returns the size of the store up to the next free chunk: what is behind was not written
        and is not to be read."""
        return int(self.status().replace('/', ' ').split()[3]) * SECTOR

    def facts(self, **more):
        return {'originSize': self.size, 'snapshotSize': self.snapshot_size,
                'chunkSize': self.chunk, 'exceptions': len(self.chunks), 'valid': 1,
                'table': self.table(), 'tableStatus': self.status(), 'outcome': 'ok'} | more

    def save(self, name, note, whole=False):
        self.check()
        store = read(self.store)
        save_fixture(name, store if whole else store[:self.used()], self.extents(),
                     **self.facts(note=note))
        loaded_count = loaded(name)[2]['kernel'].split('/')[0].split()[-1]
        assert int(loaded_count) * SECTOR == self.used(), 'the kernel reads another list'
        self.remove()
        return store

    def remove(self):
        if self.by_hand:
            run('dmsetup remove origin')
            run('dmsetup remove snapshot')
            run('lvremove -qq -y vg/store')
        run(f'lvremove -qq -y {self.group}/{self.names[0]}')


# ---- stores as the kernel leaves them

def plain_stores():
    pair = Pair(4 * MIB, 4 * KIB, MIB)
    pair.save('empty', 'nothing was written since the snapshot')

    pair = Pair(4 * MIB, 4 * KIB, MIB)
    pair.write_chunk(1023)
    pair.write_chunk(0)
    pair.save('first-and-last-chunk', 'the last chunk was written first; old chunk 0 is not the end')

    for size in 4, 8, 64, 512:
        chunk = size * KIB
        pair = Pair(16 * chunk, chunk, 16 * chunk)
        for number in 5, 6, 9, 15, 2:
            pair.write_chunk(number, 4096)
        pair.save(f'chunk-{size}k', 'chunks 5, 6, 9, 15, 2 were written, in this order')

    pair = Pair(MIB, 4 * KIB, MIB)
    for number in 200, 3, 201, 2, 199, 7, 255, 1:
        pair.write_chunk(number)
    pair.save('unsorted-writes', 'the list is in the order of the writes; neighbours have to join')

    pair = Pair(MIB, 4 * KIB, MIB)
    for number in 7, 8, 7, 7:
        pair.write_chunk(number)
    pair.write(7 * 4096 + 512, 512)
    pair.save('same-chunk-twice', 'the second write to a chunk makes no exception')

    pair = Pair(MIB, 4 * KIB, MIB)
    pair.write(5 * 4096, 4096, text('origin', 5 * 4096, 4096))
    pair.write(9 * 4096 + 1024, 512)
    pair.write(20 * 4096 - 512, 1024)
    run(f'blkdiscard -z -o {40 * 4096} -l {3 * 4096} {pair.origin}')
    pair.note(40 * 4096, 3 * 4096)
    pair.save('any-write-counts', 'the same data again; one sector; two sectors over a chunk border; '
              'three chunks of zeros by blkdiscard -z')

    pair = Pair(MIB, 4 * KIB, MIB)
    pair.write_chunk(10)
    pair.write_snapshot(50 * 4096, 8192)
    pair.write_chunk(51)
    pair.save('written-snapshot', 'chunk 10 was written in the origin, 50 in the snapshot, 51 in both')

    pair = Pair(1088 * KIB, 512 * KIB, 4 * MIB)
    pair.write_chunk(2, 4096)
    pair.save('odd-end', 'of the last chunk only 64 KiB exist')


def full_areas():
    for count in 255, 256, 512, 700:
        pair = Pair(4 * MIB, 4 * KIB, 4 * MIB)
        for i in range(count):
            pair.write_chunk((i * 13 + 5) % 1024, 512)
        pair.save(f'entries-{count}', f'{count} exceptions where an area holds 256')

    for count in 255, 256:
        pair = Pair(4 * MIB, 4 * KIB, 4 * MIB // 2, rubbish=likely_entries())
        for i in range(count):
            pair.write_chunk((i * 13 + 5) % 1024, 512)
        store = pair.save(
            f'rubbish-{count}', 'the disk was full of what reads as entries; ' +
            ('area 1 still is' if count == 255 else 'area 1 is zeroed, area 2 still is'),
            whole=True)
        area1 = store[258 * 4096:259 * 4096]
        assert area1 == (likely_entries() if count == 255 else bytes(4096)), 'area 1'

    pair = Pair(MIB, 512, 128 * KIB, by_hand='P 1')
    for i in range(70):
        pair.write(((i * 11 + 3) % 2048) * 512, 512)
    pair.save('chunk-512', 'chunks of one sector, 32 entries to an area; LVM does not offer this')


def grown_origins():
    pair = Pair(2 * MIB, 4 * KIB, MIB)
    pair.write_chunk(3)
    pair.write_chunk(511)
    pair.grow(3 * MIB)
    pair.write(2 * MIB + 40960, 8192)
    pair.save('grown-origin', 'the origin is 1 MiB larger than the snapshot, which records nothing '
              'there; the last chunk of the snapshot and the new part are neighbours')

    pair = Pair(1088 * KIB, 512 * KIB, 4 * MIB)
    pair.write_chunk(0, 4096)
    pair.grow(2112 * KIB)
    pair.write(1100 * KIB, 4096)
    pair.save('grown-origin-inside-a-chunk', 'the snapshot ends in the middle of chunk 2; a write '
              'in that chunk behind the end made no exception')


def overflows():
    pair = Pair(MIB, 4 * KIB, 256 * KIB)
    for number in range(0, 240, 3):
        pair.write_chunk(number)
    assert pair.status().endswith('Invalid'), pair.status()
    save_commands('invalid')
    room = 256 * KIB // pair.chunk - 2
    pair.chunks = pair.chunks[:room]
    save_fixture('overflowed', read(pair.store), None,
                 **pair.facts(valid=0, outcome='refused', reason='the snapshot overflowed',
                              note='80 chunks were written, the store has room for 62; those are '
                                   'still listed'))
    pair.remove()

    pair = Pair(MIB, 4 * KIB, 64 * KIB, by_hand='PO 8')
    for number in 3, 100, 101:
        pair.write_chunk(number)
    written = 0
    try:
        for number in range(200, 256):
            pair.write_snapshot(number * 4096, 4096)
            written += 1
    except OSError:
        pass
    assert written == 64 // 4 - 2 - 3 and pair.status().endswith('Overflow'), pair.status()
    save_commands('overflowed-by-snapshot-writes')
    pair.check()
    save_fixture('overflowed-by-snapshot-writes', read(pair.store), pair.extents(),
                 **pair.facts(note='store type PO, filled by writes to the snapshot: the header '
                                   'stays valid, the list is complete'))
    pair.remove()

    pair = Pair(MIB, 4 * KIB, 64 * KIB, by_hand='P 8 2 discard_zeroes_cow discard_passdown_origin')
    pair.write_chunk(7)
    save_commands('discard-passdown-origin')
    pair.remove()


# ---- merging

def merging():
    """On a disk whose writes are slow, so that a merge can be caught half-way."""
    sectors = int(run('blockdev --getsz /dev/ubdb'))

    def delay(milliseconds):
        return f'0 {sectors} delay /dev/ubdb 0 0 /dev/ubdb 0 {milliseconds}'

    run('dmsetup', 'create', 'slow', '--table', delay(0))
    conf = os.environ['LVM_SYSTEM_DIR'] + '/lvm.conf'
    with open(conf) as file:
        changed = file.read().replace('filter=[', 'filter=["a|^/dev/mapper/slow$|","r|^/dev/ubdb$|",')
    with open(conf, 'w') as file:
        file.write(changed)
    run('pvcreate -qq /dev/mapper/slow')
    run('vgcreate -qq -s 64k slowvg /dev/mapper/slow')

    pair = Pair(4 * MIB, 4 * KIB, 4 * MIB, group='slowvg')
    for i in range(300):
        pair.write_chunk((i * 13 + 5) % 1024, 4096)
    with open(pair.origin, 'rb'):
        run('lvconvert -qq -y --merge slowvg/s')
        save_commands('merge-pending', 'slowvg')

    run('lvchange -qq -y -an slowvg/o')
    run('dmsetup', 'reload', 'slow', '--table', delay(50))
    run('dmsetup suspend slow')
    run('dmsetup resume slow')
    run('lvchange -qq -y -ay slowvg/o')
    while read(pair.store, 4096, 258 * 4096)[30 * ENTRY:] != bytes(4096 - 30 * ENTRY):
        pass
    save_commands('merge-running', 'slowvg')
    run('dmsetup suspend --noflush --nolockfs slowvg-o')
    status = run('dmsetup status --noflush slowvg-o').strip()
    table = run('dmsetup table slowvg-o').strip()

    # A chunk that was merged has its old content again below the merging target.
    real = read('/dev/mapper/slowvg-o-real')
    pair.chunks = [n for n in pair.chunks
                   if real[n * 4096:(n + 1) * 4096] == text('newer!', n * 4096, 4096)]
    assert 0 < len(pair.chunks) < 300
    save_fixture('merging', read(pair.store), pair.extents(),
                 **{'originSize': pair.size, 'snapshotSize': pair.size, 'chunkSize': pair.chunk,
                    'exceptions': len(pair.chunks), 'valid': 1, 'table': table,
                    'tableStatus': status, 'outcome': 'refused', 'storeAlone': 'ok',
                    'reason': 'the snapshot is being merged into its origin',
                    'note': '300 exceptions, caught on their way back. Only the table tells: the '
                            'store by itself is a good one with a shorter list, which is '
                            'expected.txt'})
    allocated, _, metadata = (
        int(n) for n in loaded('merging')[2]['kernel'].replace('/', ' ').split()[3:])
    assert allocated - metadata == len(pair.chunks) * 8, 'the kernel reads another list'
    run('dmsetup resume slowvg-o')


# ---- what the commands say

def commands():
    run('vgcreate -qq -s 64k my-vg /dev/ubdc')
    pair = Pair(16 * MIB, 4 * KIB, 6 * MIB, group='my-vg', origin='o-r--g', snapshot='s-n')
    pair.write_chunk(5)
    pair.write_chunk(6)
    save_commands('hyphens', 'my-vg')
    run('lvchange -qq -y -an my-vg/o-r--g')
    save_commands('inactive', 'my-vg')
    run('lvremove -qq -y my-vg/o-r--g')

    run('lvcreate -qq -y -L 8M --poolmetadatasize 2M -c 64k --type thin-pool -n p-ool my-vg')
    run('lvcreate -qq -y -V 48M --thinpool p-ool -n th-in my-vg')
    write('/dev/my-vg/th-in', 0, text('thin', 0, 256 * KIB))
    run('lvcreate -qq -y -s -n s1 my-vg/th-in')
    write('/dev/my-vg/th-in', 65536, text('thin 2', 0, 4096))
    save_commands('thin-pair', 'my-vg')
    run('lvchange -qq -y -ay -K my-vg/s1')
    save_commands('thin-pair-both-active', 'my-vg')

    run('lvcreate -qq -y -s -L 1M -c 8k -n classic my-vg/th-in')
    save_commands('classic-of-thin', 'my-vg')
    run('lvremove -qq -y my-vg/classic my-vg/s1 my-vg/th-in')

    run('lvcreate -qq -y -Wn -L 1M -n image my-vg')
    run('lvchange -qq -y -an my-vg/image')
    run('lvchange -qq -y -pr my-vg/image')
    run('lvcreate -qq -y -s --thinpool p-ool -n clone my-vg/image')
    save_commands('thin-external-origin', 'my-vg')
    run('lvremove -qq -y my-vg/clone my-vg/image my-vg/p-ool')

    run('lvcreate -qq -y -Wn -L 1M -n o my-vg')
    run('lvcreate -qq -y -Wn -L 64k -n between my-vg')
    run('lvextend -qq -y -L 2M my-vg/o')
    run('lvcreate -qq -y -s -L 1M -n s my-vg/o')
    save_commands('several-segments', 'my-vg')
    run('vgremove -qq -y -ff my-vg')


# ---- damaged stores

def loaded(name):
    directory = os.path.join(LVM, name)
    with open(os.path.join(directory, 'fixture.properties')) as file:
        facts = dict(line.rstrip('\n').split('=', 1) for line in file)
        facts = {key: int(value) if value.isdigit() else value for key, value in facts.items()}
    with open(os.path.join(directory, 'expected.txt')) as file:
        extents = [tuple(int(n) for n in line.split()[:2]) for line in file]
    with gzip.open(os.path.join(directory, 'store.img.gz')) as file:
        return bytearray(file.read()), extents, facts


def damaged(name, note, base='chunk-4k', reason=None, patch=lambda store: None, cut=None,
            extents=None, **facts):
    """A store made from a good one by changing it: refused if there is a reason, else good."""
    store, good, properties = loaded(base)
    for fact in 'table', 'tableStatus':
        del properties[fact]
    patch(store)
    properties |= {'outcome': 'refused' if reason else 'ok', 'reason': reason,
                   'note': f'{base}: {note}'} | facts
    save_fixture('damaged-' + name, store[:cut],
                 None if reason else good if extents is None else extents, **properties)


def entry(number, old=None, new=None):
    """A patch of an entry in area 0, with 4 KiB chunks."""
    def patch(store):
        for at, value in (0, old), (8, new):
            if value is not None:
                struct.pack_into('<Q', store, 4096 + number * ENTRY + at, value)
    return patch


def header(field, value):
    return lambda store: struct.pack_into('<I', store, field, value)


def damaged_stores():
    magic, valid, version, chunk_size = 0, 4, 8, 12
    damaged('no-header', 'the first 15 bytes only', cut=15, reason='too short for a header')
    damaged('nothing', 'a store of 0 bytes', cut=0, reason='too short for a header')
    damaged('header-only', 'cut behind the header', cut=4096, reason='area 0 is missing')
    damaged('area-0-cut', 'cut inside area 0', cut=4096 + 2048, reason='area 0 is cut off')
    damaged('magic-0', 'magic 0: the kernel would take it for new', patch=header(magic, 0),
            reason='not an exception store')
    damaged('magic-wrong', 'one bit of the magic changed', patch=header(magic, 0x70416e52),
            reason='not an exception store')
    damaged('magic-swapped', 'magic in the other byte order', patch=header(magic, 0x536e4170),
            reason='not an exception store')
    damaged('version-2', 'version 2', patch=header(version, 2), reason='unknown version')
    damaged('valid-0', 'valid 0', patch=header(valid, 0), valid=0, reason='the snapshot overflowed')
    damaged('valid-2', 'valid 2, which the kernel takes for usable', patch=header(valid, 2), valid=2,
            warning='valid is neither 0 nor 1')
    damaged('chunk-size-0', 'chunk size 0', patch=header(chunk_size, 0), chunkSize=0,
            reason='impossible chunk size')
    damaged('chunk-size-12', 'chunk size 12 sectors, not a power of two',
            patch=header(chunk_size, 12), chunkSize=12 * 512, reason='impossible chunk size')
    damaged('chunk-size-2g', 'chunk size 2^22 sectors, one more than the kernel takes',
            patch=header(chunk_size, 1 << 22), chunkSize=2 << 30, reason='impossible chunk size')
    damaged('chunk-size-2-31', 'chunk size 2^31 sectors, negative as an int',
            patch=header(chunk_size, 1 << 31), chunkSize=1 << 40, reason='impossible chunk size')
    damaged('chunk-size-too-large', 'chunk size 2^21 sectors, possible, but area 0 is outside',
            patch=header(chunk_size, 1 << 21), chunkSize=1 << 30, reason='area 0 is missing')

    damaged('area-1-missing', 'area 0 is full, cut before area 1', base='entries-256',
            cut=258 * 4096, reason='area 1 is missing')
    damaged('area-1-cut', 'area 0 is full, cut inside area 1', base='entries-256',
            cut=258 * 4096 + 2048, reason='area 1 is cut off')
    damaged('area-2-missing', 'areas 0 and 1 are full, cut before area 2', base='entries-512',
            cut=515 * 4096, reason='area 2 is missing')

    # chunk-4k has 16 chunks in the origin and 7 in the cut store, 5 of them data.
    damaged('old-chunk-beyond', 'an old chunk just behind the snapshot\'s end', patch=entry(1, old=16),
            reason='an old chunk beyond the snapshot')
    damaged('old-chunk-huge', 'old chunk 2^52: 2^52 * 4096 wraps to 0', patch=entry(1, old=1 << 52),
            reason='an old chunk beyond the snapshot')
    damaged('old-chunk-negative', 'old chunk 2^64-1', patch=entry(1, old=(1 << 64) - 1),
            reason='an old chunk beyond the snapshot')
    damaged('new-chunk-1', 'new chunk 1, which is area 0', patch=entry(1, new=1),
            reason='a new chunk at the place of metadata')
    damaged('new-chunk-area-1', 'new chunk 258, which is area 1', base='entries-256',
            patch=entry(9, new=258), reason='a new chunk at the place of metadata')
    damaged('new-chunk-beyond', 'a new chunk just behind the store\'s end', patch=entry(1, new=7),
            reason='a new chunk beyond the store')
    damaged('new-chunk-huge', 'new chunk 2^63', patch=entry(1, new=1 << 63),
            reason='a new chunk beyond the store')

    damaged('entries-behind-the-end', 'entries 6 to 255 hold rubbish behind the end of the list',
            patch=lambda store: store.__setitem__(
                slice(4096 + 6 * ENTRY, 8192), likely_entries()[6 * ENTRY:]),
            reason='something follows the end of the list')
    damaged('end-with-an-old-chunk', 'the entry that ends the list has an old chunk, 12',
            patch=entry(5, old=12), reason='something follows the end of the list')
    damaged('old-chunk-twice', 'the second entry names the old chunk of the first, 5',
            patch=entry(1, old=5), reason='an old chunk is listed twice')
    damaged('new-chunk-twice', 'two old chunks with the same new chunk', patch=entry(1, new=2),
            reason='two old chunks have the same new chunk')

    def hole(store):
        store.extend(bytes(3 * 4096))
        entry(4, new=9)(store)
    damaged('hole', 'new chunks 6 to 8 are in no entry, as may be after a crash', patch=hole)

    def too_many(store):
        for i in range(12):
            entry(i, old=i, new=2 + i % 5)(store)
    damaged('too-many-entries', '12 entries in a store of 5 data chunks', patch=too_many,
            exceptions=12, reason='more entries than data chunks')


# ---- the demonstration

def demo():
    """A volume that looks a bit like one in use, and a day's work on it."""
    content = bytearray(32 * MIB)
    for begin, end in (0, 1), (2, 9), (11, 20), (24, 27):
        content[begin * MIB:end * MIB] = text(
            'a volume of 32 MiB, before', begin * MIB, (end - begin) * MIB)
    pair = Pair(len(content), 4 * KIB, 4 * MIB, content=content, origin='demo', snapshot='before')

    def change(first, count, step=1, data='the same volume, after'):
        for number in range(first, first + count * step, step):
            page = text(data, number * 4096, 4096) if data else bytes(4096)
            pair.write(number * 4096, 4096, page)

    change(0, 4)
    change(640, 72)
    change(1300, 24, step=5)
    change(3328, 90)
    change(4096, 64, data=None)
    change(6200, 16, step=2)
    change(7000, 30)
    change(8188, 4)
    pair.check()
    save(DEMO, 'before.img.gz', read(pair.snapshot))
    save(DEMO, 'after.img.gz', read(pair.origin))
    save(DEMO, 'store.img.gz', read(pair.store)[:pair.used()])
    pair.remove()
    print('demo', flush=True)


run('pvcreate -qq /dev/ubda /dev/ubdc')
run('vgcreate -qq -s 64k vg /dev/ubda')
plain_stores()
full_areas()
grown_origins()
overflows()
damaged_stores()
demo()
commands()
run('vgremove -qq -y -ff vg')
merging()
