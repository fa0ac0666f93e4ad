#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the blkdelta authors
# Apache License 2.0 (see LICENSE or https://www.apache.org/licenses/LICENSE-2.0)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: blkdelta_job
short_description: Brings a job of blkdelta migrate to a state
version_added: 0.1.0
author:
  - The blkdelta authors (@blkdelta)
description:
  - Writes the job file of a virtual machine, does a round, compares the copies, moves the machine,
    takes it back, and ends the job. What is done already is not done again.
  - It runs on the host that the job file is on, as root. That is the machine's old host, if the job
    names the new one as its destination, or the other way round.
  - In check mode, C(blkdelta migrate plan) makes all checks at both ends, and nothing is written.
  - The program runs in a session of its own. If the connection or the controller is lost, it goes
    on to its end, and the next run of the playbook waits for that.
options:
  state:
    description:
      - C(present) writes the job file, if all checks of C(blkdelta migrate plan) pass with it.
      - C(absent) removes the job file of a job that is finished or was never begun.
      - C(synced) does a round, unless the machine was moved, or the copies are younger than
        I(max_age).
      - C(verified) compares all of the copies with the snapshots that they hold.
      - C(moved) moves the machine by I(method), unless it was moved already.
      - C(returned) takes a machine back that was moved, and is off at the destination.
      - C(finished) removes the job's snapshots, unless that was done already.
    type: str
    choices: [present, absent, synced, verified, moved, returned, finished]
    default: present
  definition:
    description:
      - What the job file has, by the names of blkdelta's docs/migrate.md. The job's name is I(name).
      - Hooks are shown by I(diff) and by the program, so they are no place for a password.
    type: dict
  method:
    description:
      - How C(moved) moves the machine.
      - C(run) does rounds until it would be off for at most C(rounds.max_downtime), and then does
        what C(cutover.when) says. If that is C(ask), it always ends with I(waiting).
      - C(cutover) moves it at once, whatever is left to send.
    type: str
    choices: [run, cutover]
    default: run
  max_age:
    description:
      - How old the copies may be, in seconds, for C(synced) to do nothing. With 0, it always does a
        round.
    type: int
    default: 0
  wait:
    description:
      - How many seconds to wait for another process that is at work on the job, such as a round of
        the timer, or a cutover that an earlier run of the playbook began.
    type: int
    default: 3600
  turns:
    description:
      - How many jobs may do rounds, comparisons and moves on this host at a time, of those that say
        this. The others wait for their turn. With 0, there is no limit.
    type: int
    default: 0
  turn_wait:
    description:
      - How many seconds to wait for a turn. After that, C(moved) ends with I(waiting), and other
        states fail. Nothing was begun then.
    type: int
    default: 86400
  metrics:
    description:
      - The file in which C(synced) tells Prometheus' node exporter of the round; it ends with
        C(.prom).
    type: path
  report:
    description:
      - The file in which a page of HTML tells what the job has done.
    type: path
  owner:
    description:
      - Who owns the job file.
    type: str
  group:
    description:
      - The job file's group.
    type: str
  mode:
    description:
      - The job file's permissions. A job file is run by root.
    type: raw
    default: "0600"
extends_documentation_fragment:
  - blkdelta.blkdelta.program
attributes:
  check_mode:
    description: Runs C(blkdelta migrate plan), which writes nothing.
    support: full
  diff_mode:
    description: Shows how the job file changes.
    support: full
  platform:
    description: Linux on x86-64.
    support: full
    platforms: linux
notes:
  - Exit code 10 is no failure; I(waiting) is true then. 11 and 12 are failures, and I(rolled_back) or
    I(stranded) is true. After 12, no other machine should be moved before a person has looked.
seealso:
  - module: blkdelta.blkdelta.blkdelta_job_info
"""

EXAMPLES = r"""
- name: Write the job of the machine web
  blkdelta.blkdelta.blkdelta_job:
    name: web
    definition:
      source:
        vm: libvirt:web
      destination:
        host: root@new1
        vm: libvirt:web
      disk:
        - from: vg0/web
          to: /dev/vg0/web
          create: true
      rounds:
        max_downtime: 60s
      cutover:
        when: 02:00-04:00

- name: Do a round, unless the copies are of the last twelve hours
  blkdelta.blkdelta.blkdelta_job:
    name: web
    state: synced
    max_age: 43200
    turns: 2

- name: Compare the copies with their snapshots
  blkdelta.blkdelta.blkdelta_job:
    name: web
    state: verified

- name: Move the machine when the rest is small
  blkdelta.blkdelta.blkdelta_job:
    name: web
    state: moved
  register: moved

- name: Remove the job's snapshots
  blkdelta.blkdelta.blkdelta_job:
    name: web
    state: finished
  when: moved.job.moved
"""

RETURN = r"""
rc:
  description: The program's exit code; see docs/scripting.md. Absent if it was not run.
  returned: when it was run
  type: int
  sample: 0
job:
  description: What C(blkdelta migrate status --json) says at the end.
  returned: if the job file is there
  type: dict
  sample:
    job: web
    state: done
    running: false
    moved: true
    rounds: 4
results:
  description: The JSON objects that the program printed, such as those of the rounds of a move.
  returned: when it was run
  type: list
  elements: dict
  sample:
    - job: web
      round: 4
      snapshots: "2026-03-02T02:10:00Z"
      bytes: 1048576
      seconds: 2.5
waiting:
  description: Whether the machine was not moved yet, and nothing went wrong.
  returned: for C(moved)
  type: bool
rolled_back:
  description: Whether the move failed, and the machine runs at the source again.
  returned: for C(moved)
  type: bool
stranded:
  description: Whether the machine is off at the source, and not up at the destination.
  returned: for C(moved) and C(returned)
  type: bool
differing:
  description: The disks whose copies differ. The next round repairs them.
  returned: for C(verified)
  type: list
  elements: dict
  sample: []
plan:
  description: What C(blkdelta migrate plan --json) says, with C(steps) and C(findings).
  returned: in check mode, and when a job file was checked
  type: dict
  sample:
    job: web
    steps:
      - "here: lvcreate -qq -y -s -n web-web-r1 -L 20971520b vg0/web"
    findings: []
stderr:
  description: What the program said to people.
  returned: when it was run
  type: str
  sample: "blkdelta: job web: finished; 2 snapshots removed"
"""

import calendar
import os
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible_collections.blkdelta.blkdelta.plugins.module_utils import jobfile, program

# Where a job's machine is between both sides: its job file says how it gets out of there.
BETWEEN = ("cutting-over", "handed-over", "going-back")


# What of a job's status says what to do with it.
DECIDING = ("state", "moved", "rounds", "lastSnapshots")


class Overtaken(Exception):
    """Another process was at work on the job after its status was read."""


class Job(object):
    """One run of the module."""

    def __init__(self, module):
        self.module = module
        self.params = module.params
        self.program = program.Program(module)
        self.result = dict(changed=False)

    def run(self):
        state = self.params["state"]
        deeds = dict(
            present=self.present,
            absent=self.absent,
            synced=self.synced,
            verified=self.verified,
            moved=self.moved,
            returned=self.returned,
            finished=self.finished,
        )
        if state not in ("present", "absent") and not self.program.exists():
            if not self.module.check_mode:
                self.fail("%s: there is no such job file" % self.program.path)
            self.result["changed"] = state != "verified"
            self.result["msg"] = "%s: is not there yet, so nothing was checked" % self.program.path
        else:
            while self.is_overtaken(deeds[state]):
                pass
        # Ansible takes any rc but 0 for a failure, unless it is told otherwise.
        self.module.exit_json(failed=False, **self.result)

    @staticmethod
    def is_overtaken(deed):
        """Does a deed. Returns whether another process came between the look at the job and the
        deed, so that what to do is to be decided anew."""
        try:
            deed()
            return False
        except Overtaken:
            return True

    def fail(self, message):
        self.result.pop("msg", None)
        self.module.fail_json(msg=message, **self.result)

    # the job file

    def present(self):
        definition = self.params["definition"]
        try:
            wanted = jobfile.text(self.program.name, definition)
        except ValueError as fault:
            self.fail(str(fault))
        before = self.text()
        if before != wanted:
            self.diff(before, wanted)
            self.write(wanted, before)
            self.result["changed"] = True
        if self.program.exists():
            arguments = self.module.load_file_common_arguments(self.params, path=self.program.path)
            self.result["changed"] = self.module.set_fs_attributes_if_different(
                arguments, self.result["changed"]
            )
            self.result["job"] = self.program.status()

    def text(self):
        if not self.program.exists():
            return ""
        with open(self.program.path, "rb") as file:
            return to_text(file.read(), errors="surrogate_or_replace")

    def write(self, wanted, before):
        """Has the program check a job file, and puts it in its place."""
        descriptor, candidate = tempfile.mkstemp(suffix=".toml", dir=self.module.tmpdir)
        self.module.add_cleanup_file(candidate)
        with os.fdopen(descriptor, "wb") as file:
            file.write(to_bytes(wanted))
            file.flush()
            os.fsync(file.fileno())
        if before and self.settled()["state"] in BETWEEN:
            self.fail("job %s: its machine is between both sides; end that first" % self.program.name)
        self.plan(candidate)
        if not self.module.check_mode:
            folder = os.path.dirname(self.program.path)
            if not os.path.isdir(folder):
                os.makedirs(folder, mode=0o700)
            self.module.atomic_move(candidate, self.program.path)

    def absent(self):
        if not self.program.exists():
            return
        status = self.program.settled(0 if self.module.check_mode else self.params["wait"])
        self.result["job"] = status
        if status["running"] or status["state"] not in ("new", "finished"):
            self.fail(
                "job %s: is %s; finish it first" % (self.program.name, self.said(status))
            )
        self.diff(self.text(), "")
        self.result["changed"] = True
        if not self.module.check_mode:
            os.unlink(self.program.path)

    def diff(self, before, after):
        path = self.program.path
        self.result["diff"] = dict(
            before_header=path if before else path + " (absent)",
            after_header=path if after else path + " (absent)",
            before=before,
            after=after,
        )

    # what is done with it

    def synced(self):
        status = self.settled()
        if status["moved"]:
            self.result["msg"] = "job %s: its machine was moved" % self.program.name
        elif not self.is_young(status):
            if self.module.check_mode:
                self.plan()
                self.result["changed"] = True
            else:
                more = ["--metrics", self.params["metrics"]] if self.params["metrics"] else []
                self.check(self.act("round", more))

    def is_young(self, status):
        last = status.get("lastSnapshots")
        if not last or status["state"] != "rounds" or "interrupted" in status:
            return False
        moment = calendar.timegm(time.strptime(last.split(".")[0].rstrip("Z"), "%Y-%m-%dT%H:%M:%S"))
        return 0 <= time.time() - moment < self.params["max_age"]

    def verified(self):
        self.settled()
        if self.module.check_mode:
            return
        ended = self.act("verify")
        self.result["changed"] = False
        disks = [disk for each in ended.results() for disk in each.get("disks", [])]
        self.result["differing"] = [disk for disk in disks if not disk["same"]]
        self.check(ended)

    def moved(self):
        self.result.update(waiting=False, rolled_back=False, stranded=False)
        status = self.settled()
        if status["moved"]:
            self.result["msg"] = "job %s: its machine was moved" % self.program.name
            return
        if self.module.check_mode:
            if status["state"] not in BETWEEN:
                self.plan()
            self.result["changed"] = True
            return
        ended = self.act(self.params["method"])
        if ended is None:
            return
        self.result.update(
            waiting=ended.status == program.WAITING,
            rolled_back=ended.status == program.ROLLED_BACK,
            stranded=ended.status == program.STRANDED,
        )
        self.check(ended, program.WAITING)
        if self.result["waiting"]:
            self.result["msg"] = ended.message()

    def returned(self):
        self.result["stranded"] = False
        status = self.settled()
        if not status["moved"] and status["state"] not in BETWEEN:
            return
        if status["state"] == "finished":
            self.fail("job %s: is finished, and takes nothing back any more" % self.program.name)
        if self.module.check_mode:
            self.result["changed"] = True
            return
        ended = self.act("rollback")
        self.result["stranded"] = ended.status == program.STRANDED
        self.check(ended)

    def finished(self):
        status = self.settled()
        if status["state"] in ("new", "finished"):
            return
        if self.module.check_mode:
            if status["state"] in BETWEEN:
                self.fail(
                    "job %s: its machine is between both sides; end that first" % self.program.name
                )
            self.result["changed"] = True
            return
        self.check(self.act("finish"))

    # how

    def settled(self):
        """Returns the job's status when no other process is at work on it."""
        status = self.program.settled(0 if self.module.check_mode else self.params["wait"])
        self.result["job"] = status
        if status["running"] and not self.module.check_mode:
            self.fail(
                "job %s: another process is at work on it, and was so for %d seconds; see: blkdelta migrate status %s"
                % (self.program.name, self.params["wait"], self.program.path)
            )
        return status

    def act(self, action, more=()):
        """Runs something that changes the world, in turn, and takes down what came of it. Returns
        None if no turn came for a move."""
        more = list(more)
        if self.params["report"]:
            more += ["--report", self.params["report"]]
        if not self.params["turns"]:
            return self.told(action, more, None)
        with program.Turn(self.params["turns"], self.params["turn_wait"]) as turn:
            if turn is None:
                words = "job %s: no turn came within %d seconds; nothing was begun" % (
                    self.program.name,
                    self.params["turn_wait"],
                )
                if self.params["state"] != "moved":
                    self.fail(words)
                self.result.update(waiting=True, msg=words)
                return None
            return self.told(action, more, turn)

    def told(self, action, more, turn):
        before = self.result["job"]
        ended = self.program.run(action, more=more, events=True, kept=turn)
        # What is refused, such as for another process that came first, has no event, not even of
        # its end. That process may be a timer's, or of a play whose controller was killed.
        if ended.status == program.REFUSED and not ended.events:
            now = self.program.status()
            if now["running"] or any(now.get(key) != before.get(key) for key in DECIDING):
                raise Overtaken()
        self.result.update(
            changed=bool(ended.deeds()),
            rc=ended.status,
            results=ended.results(),
            stderr=ended.err,
            job=self.program.status(),
        )
        return ended

    def check(self, ended, *fine):
        if ended.status != program.DONE and ended.status not in fine:
            self.fail(ended.message())

    def plan(self, path=None):
        ended = self.program.run("plan", path)
        results = ended.results()
        self.result.update(rc=ended.status, stderr=ended.err, plan=results[-1] if results else {})
        self.check(ended)

    @staticmethod
    def said(status):
        return "running" if status["running"] else status["state"]


def main():
    module = AnsibleModule(
        argument_spec=dict(
            program.arguments(),
            state=dict(
                type="str",
                default="present",
                choices=[
                    "present",
                    "absent",
                    "synced",
                    "verified",
                    "moved",
                    "returned",
                    "finished",
                ],
            ),
            definition=dict(type="dict"),
            method=dict(type="str", default="run", choices=["run", "cutover"]),
            max_age=dict(type="int", default=0),
            wait=dict(type="int", default=3600),
            turns=dict(type="int", default=0),
            turn_wait=dict(type="int", default=86400),
            metrics=dict(type="path"),
            report=dict(type="path"),
            owner=dict(type="str"),
            group=dict(type="str"),
            mode=dict(type="raw", default="0600"),
        ),
        required_if=[("state", "present", ("definition",))],
        supports_check_mode=True,
    )
    Job(module).run()


if __name__ == "__main__":
    main()
