#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the blkdelta authors
# Apache License 2.0 (see LICENSE or https://www.apache.org/licenses/LICENSE-2.0)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: blkdelta_job_info
short_description: Tells how far a job of blkdelta migrate is
version_added: 0.1.0
author:
  - The blkdelta authors (@blkdelta)
description:
  - Tells what C(blkdelta migrate status --json) says of a job. Nothing is asked of the other host.
extends_documentation_fragment:
  - blkdelta.blkdelta.program
attributes:
  check_mode:
    description: It changes nothing.
    support: full
  diff_mode:
    description: It changes nothing.
    support: none
  platform:
    description: Linux on x86-64.
    support: full
    platforms: linux
seealso:
  - module: blkdelta.blkdelta.blkdelta_job
"""

EXAMPLES = r"""
- name: Ask how far the job is
  blkdelta.blkdelta.blkdelta_job_info:
    name: web
  register: web

- name: Say when the copies were current
  ansible.builtin.debug:
    msg: "{{ web.job.lastSnapshots }}"
  when: web.exists and web.job.rounds > 0
"""

RETURN = r"""
exists:
  description: Whether the job file is there.
  returned: always
  type: bool
job:
  description: What the program says; see docs/migrate.md.
  returned: if the job file is there
  type: dict
  sample:
    job: web
    state: rounds
    running: false
    moved: false
    rounds: 4
    lastSnapshots: "2026-03-02T02:10:00Z"
    lastBytes: 1048576
    lastSeconds: 2.5
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.blkdelta.blkdelta.plugins.module_utils import program


def main():
    module = AnsibleModule(argument_spec=program.arguments(), supports_check_mode=True)
    job = program.Program(module)
    if job.exists():
        module.exit_json(changed=False, exists=True, job=job.status())
    module.exit_json(changed=False, exists=False)


if __name__ == "__main__":
    main()
