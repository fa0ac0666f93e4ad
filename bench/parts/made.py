"""Makes the sources: volumes with exception stores, VMware snapshots, lvmsync streams."""

import array
import mmap
import os
import random
import struct

MIB = 1 << 20
CHUNK = 4096
SECTOR = 512


def noise(path, size):
    """Writes bytes that cannot be compressed."""
    with open(path, "wb") as out:
        for _ in range(0, size, MIB):
            out.write(os.urandom(MIB))
        out.truncate(size)


def half_zeros(path, size):
    """Writes bytes that cannot be compressed, and as many zeros."""
    with open(path, "wb") as out:
        for _ in range(size // MIB // 2):
            out.write(os.urandom(MIB))
        for _ in range(size // MIB // 2):
            out.write(bytes(MIB))


def store(path, chunks):
    """Writes the exception store of a snapshot with chunks of 4 KiB, in which these were changed, in this
    order. The saved data, which nobody reads, are a hole."""
    per_area = CHUNK // 16
    with open(path, "wb") as out:
        out.write(struct.pack("<4sIII", b"SnAp", 1, 1, CHUNK // SECTOR))
        free, areas = 2, -(-(len(chunks) + 1) // per_area)
        for area in range(areas):
            entries = array.array("Q")
            for chunk in chunks[area * per_area : (area + 1) * per_area]:
                while (free - 1) % (per_area + 1) == 0:
                    free += 1
                entries.extend((chunk, free))
                free += 1
            out.seek((1 + area * (per_area + 1)) * CHUNK)
            out.write(entries.tobytes().ljust(CHUNK, b"\0"))
        out.truncate(max(free, (areas - 1) * (per_area + 1) + 2) * CHUNK)


def scattered(count, of, seed=1):
    """Returns so many different numbers below `of`, in no order."""
    return random.Random(seed).sample(range(of), count)


def runs(size, length, gap):
    """Returns the chunks of runs of `length` bytes with gaps between, `size` bytes in all."""
    each = length // CHUNK
    step = (length + gap) // CHUNK
    return [start * step + at for start in range(size // length) for at in range(each)]


def lvmsync_stream(path, volume, chunks):
    """Writes what lvmsync would send: a line with the protocol, and a header before each chunk."""
    with open(volume, "rb") as source, open(path, "wb") as out:
        bytes_of = mmap.mmap(source.fileno(), 0, prot=mmap.PROT_READ)
        out.write(b"lvmsync PROTO[3]\n")
        for chunk in sorted(chunks):
            at = chunk * CHUNK
            out.write(struct.pack(">QI", at, CHUNK))
            out.write(bytes_of[at : at + CHUNK])


DESCRIPTOR = """# Disk DescriptorFile
version=1
CID=0a00000{cid}
parentCID={parent}
createType="{type}"
{hint}
# Extent description
RW {sectors} {kind} "{extent}"

# The Disk Data Base
#DDB
"""


def cowd(folder, size, pieces):
    """Makes a VMware snapshot: a.vmdk (flat) and a-000001.vmdk, a COWD delta of grains of 512 bytes in which
    so many pieces of 4 KiB are scattered, as ESX writes it: tables when first needed, grains in the order of
    the writes, here ascending."""
    sectors, piece, in_table, directory_at = size // SECTOR, CHUNK // SECTOR, 4096, 4
    tables = -(-sectors // in_table)
    free = directory_at + -(-4 * tables // SECTOR)
    directory = array.array("I", bytes(4 * tables))
    entries = {}
    chunk = os.urandom(MIB)
    with open(folder / "a-000001-delta.vmdk", "wb") as out:
        for number, slot in enumerate(sorted(scattered(pieces, sectors // piece))):
            table, first = divmod(slot * piece, in_table)
            if table not in entries:
                directory[table] = free
                entries[table] = array.array("I", bytes(4 * in_table))
                free += 4 * in_table // SECTOR
            entries[table][first : first + piece] = array.array("I", range(free, free + piece))
            at = number * 37 % (len(chunk) - CHUNK)
            out.seek(free * SECTOR)
            out.write(chunk[at : at + CHUNK])
            free += piece
        out.seek(0)
        out.write(array.array("I", [0x44574F43, 1, 3, sectors, 1, directory_at, tables, free]).tobytes())
        out.seek(directory_at * SECTOR)
        out.write(directory.tobytes())
        for table, grains in entries.items():
            out.seek(directory[table] * SECTOR)
            out.write(grains.tobytes())
        out.truncate(-(-free // 8) * 8 * SECTOR)
    base = dict(cid=1, parent="ffffffff", type="vmfs", hint="", kind="VMFS", extent="a-flat.vmdk")
    delta = dict(
        cid=2,
        parent="0a000001",
        type="vmfsSparse",
        hint='parentFileNameHint="a.vmdk"',
        kind="VMFSSPARSE",
        extent="a-000001-delta.vmdk",
    )
    (folder / "a.vmdk").write_text(DESCRIPTOR.format(sectors=sectors, **base))
    (folder / "a-000001.vmdk").write_text(DESCRIPTOR.format(sectors=sectors, **delta))
    with open(folder / "a-flat.vmdk", "wb") as out:
        for _ in range(size // MIB):
            out.write(chunk)
