"""Runs a module as on a host whose clock is wrong: `wrong_clock.py SECONDS MODULE ARGUMENT...`.

A time namespace shifts no wall clock, so Python's own is replaced, before anything keeps it. The
kernel's, which gives files their times, stays right.
"""

from __future__ import annotations

import runpy
import sys
import time


def main() -> None:
    """Run the module."""
    ahead_s = float(sys.argv[1])
    right = time.time
    vars(time)["time"] = lambda: right() + ahead_s
    vars(time)["time_ns"] = lambda: int(time.time() * 1e9)
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
