#!/usr/bin/env python3
"""Applies a COWD delta as vmdksync does it: for each grain of 512 bytes seek, read, seek, write; with its
faults mended, so that it writes in place and to the end. usage: vmdksync-loop.py DELTA DESTINATION"""

import array
import sys

with open(sys.argv[1], "rb") as delta, open(sys.argv[2], "r+b", buffering=0) as out:
    header = array.array("I", delta.read(32))
    sectors, directory_at = header[3], header[5]
    tables = -(-sectors // 4096)
    delta.seek(directory_at * 512)
    directory = array.array("I", delta.read(4 * tables))
    source = open(sys.argv[1], "rb", buffering=0)
    for number, at in enumerate(directory):
        if at == 0:
            continue
        delta.seek(at * 512)
        for entry, grain in enumerate(array.array("I", delta.read(4 * 4096))):
            if grain:
                source.seek(grain * 512)
                data = source.read(512)
                out.seek((number * 4096 + entry) * 512)
                out.write(data)
