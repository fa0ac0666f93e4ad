#!/usr/bin/python3
"""Runs `ansible-test sanity` without a network: its virtual environments take the tools that this
machine has, where it would fetch ones of exact versions. Arguments are handed on."""

import os
import sys

import ansible_test._internal as internal
from ansible_test._internal import venv
from ansible_test._internal.commands import sanity

make = sanity.create_virtual_environment


def make_with_ours(args, python, path, system_site_packages=False, pip=False):
    return make(args, python, path, system_site_packages=True, pip=False)


sanity.create_virtual_environment = make_with_ours
sanity.run_pip = lambda *dummy, **named: None

sys.argv = ["ansible-test", "sanity"] + sys.argv[1:]
internal.main()
