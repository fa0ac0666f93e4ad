#!/usr/bin/python3
"""A machine of the tests: `vm start|stop|is-off|is-up NAME`. It writes numbered records to its volume,
and at its start finds every record that it had written before, at whichever host. All hosts share
/shared: on/NAME@HOST is there while it is on, and `both` comes if it is ever on at two hosts.
/shared/stubborn/NAME keeps it from stopping, /shared/broken/NAME from starting at a host called new….
VM_HOST stands for the host's name, VM_VOLUMES for its volumes.
"""

import os
import signal
import socket
import subprocess
import sys
import time

SLOTS = 64
RECORD = 4096
HOST = os.environ.get("VM_HOST", socket.gethostname())
COMMAND, NAME = sys.argv[1:3]
VOLUME = ("/srv/" if HOST.startswith("new") else "/dev/vg0/") + NAME
VOLUMES = os.environ.get("VM_VOLUMES", VOLUME).split()
PIDFILE = "/run/vm-%s@%s.pid" % (NAME, HOST)
ON = "/shared/on/%s@%s" % (NAME, HOST)
ACKED = "/shared/acked/" + NAME


def record(number):
    return (b"%012d " % number * RECORD)[:RECORD]


def pid():
    try:
        with open(PIDFILE) as file:
            found = int(file.read())
        os.kill(found, 0)
        return found
    except (OSError, ValueError):
        return None


def last():
    try:
        with open(ACKED) as file:
            return int(file.read())
    except OSError:
        return 0


def complain(text):
    with open("/shared/wrong", "a") as file:
        file.write("%s@%s: %s\n" % (NAME, HOST, text))
    sys.exit(text)


def begin():
    if pid():
        return
    if HOST.startswith("new") and os.path.exists("/shared/broken/" + NAME):
        sys.exit("no such emulator")
    if any(each.startswith(NAME + "@") for each in os.listdir("/shared/on") if each != os.path.basename(ON)):
        open("/shared/both", "w").close()
        complain("is on elsewhere")
    child = subprocess.Popen(
        [sys.argv[0], "run", NAME],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not pid():
        if child.poll() is not None:
            sys.exit("it ended")
        time.sleep(0.02)


def run():
    disks = [os.open(volume, os.O_RDWR) for volume in VOLUMES]
    number = last()
    for disk in disks:
        for slot in range(min(SLOTS, number)):
            want = number - (number - slot) % SLOTS
            found = os.pread(disk, RECORD, slot * RECORD)
            if want > 0 and found not in (record(want), record(want + SLOTS)):
                complain("slot %d has not record %d but %r" % (slot, want, found[:12]))
    stop = []
    signal.signal(signal.SIGTERM, lambda *dummy: stop.append(1))
    open(ON, "w").close()
    with open(PIDFILE + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(PIDFILE + ".new", PIDFILE)
    while not stop or os.path.exists("/shared/stubborn/" + NAME):
        number += 1
        for disk in disks:
            os.pwrite(disk, record(number), number % SLOTS * RECORD)
            os.fsync(disk)
        with open(ACKED + ".new", "w") as file:
            file.write(str(number))
        os.rename(ACKED + ".new", ACKED)
        time.sleep(0.2)
    for disk in disks:
        os.close(disk)
    os.unlink(ON)
    os.unlink(PIDFILE)


def main():
    if COMMAND == "start":
        begin()
    elif COMMAND == "run":
        run()
    elif COMMAND == "stop":
        if pid():
            os.kill(pid(), signal.SIGTERM)
    elif COMMAND == "is-off":
        sys.exit(1 if pid() else 0)
    elif COMMAND == "is-up":
        sys.exit(0 if pid() else 1)


main()
