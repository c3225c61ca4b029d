"""Fixtures of all tests; a `database` of a room's own takes the place of that of the kit."""

from __future__ import annotations

import signal

pytest_plugins = ["tests.kit.databases", "tests.kit.nfs_locks"]

# A shell lets its background jobs ignore SIGINT, and so would the commands that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
