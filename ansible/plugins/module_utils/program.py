# -*- coding: utf-8 -*-
# Copyright: the blkdelta authors
# Apache License 2.0 (see LICENSE or https://www.apache.org/licenses/LICENSE-2.0)

"""Runs blkdelta, and reads what it says to programs: exit codes, JSON, events. What it says to
people is handed on as it is."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import json
import os
import re
import subprocess
import tempfile
import time

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}\Z")

# docs/scripting.md
DONE = 0
DIFFERENT = 3
REFUSED = 5
WAITING = 10
ROLLED_BACK = 11
STRANDED = 12

MEANINGS = {
    1: "internal error, or Java could not start",
    2: "usage",
    3: "verify found differences",
    4: "source or stream unusable, nothing written",
    5: "refused before writing",
    6: "could not connect, authenticate or start the remote side, nothing written",
    7: "destination incomplete; run it again",
    8: "written, but not confirmed; run it again",
    9: "written and durable, but the source moved on: not final",
    10: "not cut over yet, the source runs; run it again later",
    11: "the cutover failed, and the source runs again",
    12: "the source is off, and the destination did not start; look there",
    129: "stopped by SIGHUP",
    130: "stopped by SIGINT",
    143: "stopped by SIGTERM",
}

# Every event but this one tells of a deed; docs/events.schema.json.
LAST_EVENT = "command.ended"

MAX_OUTPUT = 16 << 20
MAX_STDERR = 64 << 10
MAX_LINES = 5  # of a message
POLL_SECONDS = 0.2
LONGEST_POLL_SECONDS = 2.0


def arguments():
    """Returns the arguments that all modules have."""
    return dict(
        name=dict(type="str", required=True),
        path=dict(type="path"),
        executable=dict(type="str", default="blkdelta"),
        ssh_config=dict(type="path"),
    )


class Ended(object):
    """How a run ended."""

    def __init__(self, command, status, out, err, events):
        self.command = command
        self.status = status
        self.out = out
        self.err = err
        self.events = events

    def results(self):
        """Returns the JSON objects that it printed, one on each line."""
        return objects(self.out)

    def deeds(self):
        """Returns the events that tell of something that was done or tried."""
        return [each for each in self.events if each.get("event") != LAST_EVENT]

    def meaning(self):
        """Returns in words what the exit code says."""
        return MEANINGS.get(self.status, "killed, or an exit code that is not known")

    def message(self):
        """Returns what a person is told who only sees one line."""
        said = [line for line in self.err.splitlines() if line.strip()]
        words = "%s: exit code %s: %s" % (self.command, self.status, self.meaning())
        return words + (": " + " | ".join(said[-MAX_LINES:]) if said else "")


def objects(text):
    """Returns the JSON objects of a text that has one on each line. A last line that was cut is
    left out."""
    found = []
    for line in text.splitlines():
        try:
            each = json.loads(line)
        except ValueError:
            continue
        if isinstance(each, dict):
            found.append(each)
    return found


class Program(object):
    """blkdelta on this host, for one job."""

    def __init__(self, module):
        self.module = module
        self.name = module.params["name"]
        if not NAME.match(self.name):
            module.fail_json(
                msg="name: %s: use at most 32 of a-z, 0-9 and -, and begin with a letter or digit"
                % self.name
            )
        self.path = module.params["path"] or "/etc/blkdelta/%s.toml" % self.name
        self.executable = module.get_bin_path(
            module.params["executable"], False, ["/usr/local/bin", "/usr/bin"]
        )
        if self.executable is None:
            self.missing()

    def missing(self):
        """Says that the program is not there. A run in check mode may only be about to install it."""
        words = "%s: is not installed" % self.module.params["executable"]
        if not self.module.check_mode:
            self.module.fail_json(msg=words + "; the role blkdelta.blkdelta.install does that")
        self.module.exit_json(
            changed=self.module.params.get("state", "verified") != "verified",
            exists=False,
            msg=words + " yet, so nothing was checked",
        )

    def exists(self):
        """Returns whether the job file is there."""
        return os.path.exists(self.path)

    def status(self, path=None):
        """Returns what `migrate status` says."""
        ended = self.run("status", path)
        results = ended.results()
        if ended.status != DONE or not results:
            self.module.fail_json(msg=ended.message(), rc=ended.status, stderr=ended.err)
        return results[-1]

    def run(self, action, path=None, more=(), events=False, kept=None):
        """Runs `migrate ACTION`.

        It is in a session of its own, and all that it prints goes to files without a name: if this
        module ends early, because its connection or its controller is gone, the program goes on to
        its own end. A cutover is never cut by that.

        :arg path: of the job file, if it isn't the usual one
        :arg more: further options
        :arg events: whether its events are wanted
        :arg kept: a file that it keeps open as long as it runs
        """
        options = ["--json", "--quiet"] + list(more)
        if self.module.params.get("ssh_config"):
            options += ["-F", self.module.params["ssh_config"]]
        out, err, told = (tempfile.TemporaryFile() for dummy in range(3))
        passed = [kept] if kept is not None else []
        if events:
            passed.append(told.fileno())
            options += ["--events", "fd:%d" % told.fileno()]
        words = [self.executable, "migrate", action] + options + [path or self.path]
        environment = dict(os.environ)
        environment.setdefault("HOME", "/root")  # ssh's keys and known hosts are there
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                pass_fds=passed,
                start_new_session=True,
                cwd="/",
            )
        except OSError as fault:
            self.module.fail_json(msg="%s: cannot be started: %s" % (self.executable, fault))
        status = process.wait()
        with out, err, told:
            return Ended(
                "blkdelta migrate %s %s" % (action, path or self.path),
                status if status >= 0 else 128 - status,
                content(out, MAX_OUTPUT),
                content(err, MAX_STDERR),
                objects(content(told, MAX_OUTPUT)),
            )

    def settled(self, seconds):
        """Waits until no process is at work on the job, and returns its status then."""
        until = time.time() + seconds
        pause = POLL_SECONDS
        while True:
            status = self.status()
            if not status.get("running") or time.time() >= until:
                return status
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_SECONDS)


def content(stream, limit):
    """Returns the end of what was written to a file."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - limit))
    return stream.read(limit).decode("utf-8", "replace")


class Turn(object):
    """One of some turns that a host has: as many jobs at a time. A turn is the lock of a file,
    which the program inherits; so it ends when the program does, whoever else is killed."""

    FOLDER = "/run/blkdelta-turns"

    def __init__(self, count, seconds, folder=None):
        self.count = count
        self.seconds = seconds
        self.folder = folder or self.FOLDER
        self.descriptor = None

    def __enter__(self):
        """Waits for one. Returns the descriptor that is to be kept open, or None if none came in
        time."""
        until = time.time() + self.seconds
        pause = POLL_SECONDS
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        while not self.taken():
            if time.time() >= until:
                return None
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_SECONDS)
        return self.descriptor

    def taken(self):
        for number in range(1, self.count + 1):
            descriptor = os.open(
                os.path.join(self.folder, str(number)), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (IOError, OSError) as fault:
                os.close(descriptor)
                if fault.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
            else:
                self.descriptor = descriptor
                return True
        return False

    def __exit__(self, *dummy):
        if self.descriptor is not None:
            os.close(self.descriptor)
