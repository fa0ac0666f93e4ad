# -*- coding: utf-8 -*-
# Copyright: the blkdelta authors
# Apache License 2.0 (see LICENSE or https://www.apache.org/licenses/LICENSE-2.0)

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):

    DOCUMENTATION = r"""
options:
  name:
    description:
      - The job's name.
      - At most 32 of C(a-z), C(0-9) and C(-); the first one is a letter or a digit.
    type: str
    required: true
  path:
    description:
      - The job file.
      - If not given, it is C(/etc/blkdelta/NAME.toml), which the systemd units read, too.
    type: path
  executable:
    description:
      - The program, by its path or by a name that is in C(PATH), C(/usr/local/bin) or C(/usr/bin).
    type: str
    default: blkdelta
  ssh_config:
    description:
      - The SSH configuration by which the other host is reached, instead of root's own.
    type: path
requirements:
  - python >= 3.6
  - blkdelta of this collection's version, on this host and on the other one
"""
