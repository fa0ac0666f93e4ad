"""Holds our extents against thin_delta's answer: thin-judge.py XML EXTENTS OLD_SIZE NEW_SIZE

thin_delta knows no sizes, so up to the older volume's end the two must agree, clipped to the newer
one; behind it all must be listed, because a copy of the older volume has nothing there.
"""

import sys
import xml.etree.ElementTree

xml_file, extents_file, old_size, new_size = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
superblock = xml.etree.ElementTree.parse(xml_file).getroot()
block_size = int(superblock.get('data_block_size')) * 512
whole = old_size // block_size if new_size > old_size else -(-new_size // block_size)

theirs = {}
for run in superblock.find('diff'):
    if run.tag != 'same':
        kind = 'zero' if run.tag == 'left_only' else 'data'
        begin = int(run.get('begin'))
        for block in range(begin, min(begin + int(run.get('length')), whole)):
            theirs[block] = kind

ours, end = {}, 0
for line in open(extents_file):
    offset, length, kind = line.split()
    offset, length = int(offset), int(length)
    assert offset >= end and offset % block_size == 0, line
    end = offset + length
    assert end % block_size == 0 or end == new_size, line
    assert end <= new_size, line
    for block in range(offset // block_size, -(-end // block_size)):
        assert block not in ours, line
        ours[block] = kind

for block in range(whole, -(-new_size // block_size)):
    assert block in ours, f'block {block} behind the old end is not listed'
assert {b: k for b, k in ours.items() if b < whole} == theirs, (ours, theirs)
