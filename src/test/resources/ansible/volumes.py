#!/usr/bin/python3
"""Stands for LVM on a host of the tests that has no device-mapper: lvs, vgs, lvcreate, lvremove and
dmsetup, as far as blkdelta calls them. A volume is a file in /dev/GROUP, and a snapshot a copy of it.
A snapshot is good until there is a newer one of its origin, so each round after the first compares.
"""

import fcntl
import json
import os
import shutil
import sys

STATE = "/var/lib/volumes.json"
GROUP = "vg0"
GROUP_SIZE = 1 << 30
EXTENT = 4 << 20


def size(text):
    number = text.rstrip("bBmMkK")
    return int(number) * {"m": 1 << 20, "k": 1 << 10}.get(text[-1].lower(), 1)


def path(name):
    return "/dev/%s/%s" % (GROUP, name)


def create(volumes, words):
    volume = {"tags": [], "origin": "", "bytes": 0}
    name = None
    rest = iter(words)
    for word in rest:
        if word == "-n":
            name = next(rest)
        elif word == "--addtag":
            volume["tags"].append(next(rest))
        elif word == "-L":
            volume["bytes"] = size(next(rest))
        elif not word.startswith("-"):
            volume["origin"] = word.partition("/")[2]
    if name in volumes:
        sys.exit("  Logical Volume %s already exists in volume group %s" % (name, GROUP))
    if os.path.exists("/run/fail-lvcreate"):
        sys.exit("  Volume group %s has insufficient free space" % GROUP)
    os.makedirs("/dev/" + GROUP, exist_ok=True)
    if volume["origin"]:
        shutil.copyfile(path(volume["origin"]), path(name))
    else:
        with open(path(name), "wb") as file:
            file.truncate(volume["bytes"])
    volume["sequence"] = 1 + max([each["sequence"] for each in volumes.values()] or [0])
    volumes[name] = volume


def remove(volumes, words):
    name = words[-1].partition("/")[2]
    if name not in volumes:
        sys.exit("  Failed to find logical volume " + words[-1])
    del volumes[name]
    os.unlink(path(name))


def report(volumes, words):
    free = GROUP_SIZE - sum(each["bytes"] for each in volumes.values())
    group = {"vg_name": GROUP, "vg_size": str(GROUP_SIZE), "vg_free": str(free)}
    rows = []
    for name, each in volumes.items():
        newer = [
            other
            for other in volumes.values()
            if other["origin"] == each["origin"] and other["sequence"] > each["sequence"]
        ]
        is_snapshot = bool(each["origin"])
        rows.append(
            dict(
                group,
                lv_name=name,
                lv_attr="swi-a-s---" if is_snapshot else "owi-a-s---",
                segtype="linear",
                lv_size=str(os.path.getsize(path(name))),
                origin=each["origin"],
                pool_lv="",
                lv_tags=",".join(each["tags"]),
                lv_active="1",
                lv_snapshot_invalid="1" if is_snapshot and newer else "0" if is_snapshot else "-1",
                vg_extent_size=str(EXTENT),
                data_percent="1.00" if is_snapshot else "",
                lv_time="0",
                lv_merging="0",
            )
        )
    print(json.dumps({"report": [{"lv": rows} if "lvs" in sys.argv[0] else {"vg": [group]}]}))


def main():
    program, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    os.makedirs(os.path.dirname(STATE), exist_ok=True)
    with open(STATE, "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        volumes = json.loads(file.read() or "{}")
        if program in ("lvs", "vgs"):
            report(volumes, words)
            return
        if program == "dmsetup":
            sys.exit("no device-mapper here")
        {"lvcreate": create, "lvremove": remove}[program](volumes, words)
        file.seek(0)
        file.truncate()
        json.dump(volumes, file)


main()
