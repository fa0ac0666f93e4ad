# -*- coding: utf-8 -*-
# Copyright: the blkdelta authors
# Apache License 2.0 (see LICENSE or https://www.apache.org/licenses/LICENSE-2.0)

"""Writes job files: TOML 1.0 of what a playbook says. What a key means is the program's business."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import re

HEADING = "# Made by Ansible, by blkdelta.blkdelta.blkdelta_job: what is changed here is overwritten.\n"

BARE = re.compile(r"[A-Za-z0-9_-]+\Z")

# In the order of docs/migrate.md; what else there is comes after them.
ORDER = ("name", "source", "destination", "rounds", "cutover", "hooks", "disk")


def text(name, definition):
    """Returns a job file. The same definition gives the same text.

    :arg definition: a dictionary of what the file has beside the name
    :raises ValueError: if TOML has no such value
    """
    top = dict(definition)
    if top.setdefault("name", name) != name:
        raise ValueError("definition.name: is not the job's name, %s; leave it out" % name)
    lines = [HEADING.rstrip("\n")]
    plain = sorted((key for key in top if not is_table(top[key])), key=place)
    lines += ["%s = %s" % (word(key), value(top[key], key)) for key in plain]
    for key in sorted((key for key in top if is_table(top[key])), key=place):
        tables = top[key] if isinstance(top[key], list) else [top[key]]
        brackets = "[[%s]]" if isinstance(top[key], list) else "[%s]"
        for table in tables:
            lines += ["", brackets % word(key)]
            lines += [
                "%s = %s" % (word(inner), value(table[inner], "%s.%s" % (key, inner)))
                for inner in table
                if table[inner] is not None
            ]
    return "\n".join(lines) + "\n"


def place(key):
    return (ORDER.index(key) if key in ORDER else len(ORDER), key)


def is_table(found):
    return isinstance(found, dict) or (
        isinstance(found, list) and found and all(isinstance(each, dict) for each in found)
    )


def word(key):
    return key if BARE.match(key) else quoted(key)


def quoted(found):
    # A basic string of TOML has the escapes of JSON, and wants one for DEL, too.
    return json.dumps(found, ensure_ascii=False).replace("\x7f", "\\u007f")


def value(found, where):
    """Returns a value as TOML has it."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, (int, float)):
        return json.dumps(found)
    if isinstance(found, dict):
        pairs = [
            "%s = %s" % (word(key), value(found[key], "%s.%s" % (where, key)))
            for key in found
            if found[key] is not None
        ]
        return "{ %s }" % ", ".join(pairs) if pairs else "{}"
    if isinstance(found, (list, tuple)):
        return "[%s]" % ", ".join(value(each, where) for each in found)
    if found is None:
        raise ValueError("definition.%s: has no value; leave it out" % where)
    return quoted(str(found))
