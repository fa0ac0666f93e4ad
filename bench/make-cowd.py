#!/usr/bin/env python3
"""Makes a VMware snapshot for the benchmarks: FOLDER/a.vmdk (base, flat), FOLDER/a-000001.vmdk and its
COWD delta of 512-byte grains, as ESX writes it: tables are made when first needed, grains follow in
the order of the writes. Pieces of 4 KiB are scattered over the disk.

usage: make-cowd.py FOLDER [DISK_MIB [PIECES [ascending|random]]]
"""

import array
import os
import random
import sys

SECTOR = 512
PIECE = 8  # sectors
TABLE_ENTRIES = 4096
TABLE_SECTORS = 32
GD_SECTOR = 4

BASE = """# Disk DescriptorFile
version=1
CID=0a000001
parentCID=ffffffff
createType="vmfs"

# Extent description
RW {sectors} VMFS "a-flat.vmdk"

# The Disk Data Base
#DDB
"""

DELTA = """# Disk DescriptorFile
version=1
CID=0a000002
parentCID=0a000001
createType="vmfsSparse"
parentFileNameHint="a.vmdk"

# Extent description
RW {sectors} VMFSSPARSE "a-000001-delta.vmdk"

# The Disk Data Base
#DDB
"""


def main():
    folder = sys.argv[1]
    sectors = int(sys.argv[2] if len(sys.argv) > 2 else 2048) * 2048
    pieces = int(sys.argv[3]) if len(sys.argv) > 3 else 131072
    order = sys.argv[4] if len(sys.argv) > 4 else "ascending"
    random.seed(1)
    slots = random.sample(range(sectors // PIECE), pieces)
    if order == "ascending":
        slots.sort()

    tables = -(-sectors // TABLE_ENTRIES)
    free = GD_SECTOR + -(-4 * tables // SECTOR)
    directory = array.array("I", bytes(4 * tables))
    entries = {}
    chunk = os.urandom(1 << 20)
    with open(os.path.join(folder, "a-000001-delta.vmdk"), "wb") as out:
        for number, slot in enumerate(slots):
            sector = slot * PIECE
            table = sector // TABLE_ENTRIES
            if table not in entries:
                directory[table] = free
                entries[table] = array.array("I", bytes(4 * TABLE_ENTRIES))
                free += TABLE_SECTORS
            first = sector % TABLE_ENTRIES
            entries[table][first : first + PIECE] = array.array("I", range(free, free + PIECE))
            at = number * 37 % (len(chunk) - PIECE * SECTOR)
            out.seek(free * SECTOR)
            out.write(chunk[at : at + PIECE * SECTOR])
            free += PIECE
        header = array.array("I", [0x44574F43, 1, 3, sectors, 1, GD_SECTOR, tables, free])
        out.seek(0)
        out.write(header.tobytes())
        out.seek(GD_SECTOR * SECTOR)
        out.write(directory.tobytes())
        for table, grains in entries.items():
            out.seek(directory[table] * SECTOR)
            out.write(grains.tobytes())
        out.truncate(-(-free // 8) * 8 * SECTOR)
    with open(os.path.join(folder, "a.vmdk"), "w") as out:
        out.write(BASE.format(sectors=sectors))
    with open(os.path.join(folder, "a-000001.vmdk"), "w") as out:
        out.write(DELTA.format(sectors=sectors))
    with open(os.path.join(folder, "a-flat.vmdk"), "wb") as out:
        for _ in range(sectors // 2048):
            out.write(chunk)


main()
