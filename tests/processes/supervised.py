"""A supervisor in a process of its own, over programs that note in a folder what happens to them.

python supervised.py FOLDER PROGRAM... where a program is a name of `PROGRAMS`.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import textwrap
from pathlib import Path

from comicmaintainer.processes.supervisor import Program, Supervisor

NOTE = """
    import os, signal, sys, time
    folder, name = sys.argv[1:3]
    def note(word):
        with open(os.path.join(folder, "notes"), "a") as file:
            file.write(f"{name} {word} {os.getpid()} {os.getpgrp()}\\n")
    def end(number, frame):
        note("stopped")
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    note("started")
"""
PROGRAMS = {
    "steady": "while True: time.sleep(60)",
    "brief": "sys.exit(3)",
    "stubborn": "signal.signal(signal.SIGTERM, lambda *_: note('ignored'))\n"
    "while True: time.sleep(60)",
    "reloading": "signal.signal(signal.SIGHUP, lambda *_: note('reloaded'))\n"
    "while True: time.sleep(60)",
    "beating": "count = 0\n"
    "while True:\n"
    "    count += 1\n"
    "    open(os.path.join(folder, f'beat-{os.getpid()}'), 'w').write(str(count))\n"
    "    time.sleep(0.05)",
}
# Programs that beat only while they hold a lock, as workers do the turn to write.
PROGRAMS["locking"] = PROGRAMS["locking-too"] = (
    "import fcntl\n"
    "lock = open(os.path.join(folder, 'lock'), 'w')\n"
    "count = 0\n"
    "while True:\n"
    "    fcntl.flock(lock, fcntl.LOCK_EX)\n"
    "    count += 1\n"
    "    open(os.path.join(folder, 'holder'), 'w').write(str(os.getpid()))\n"
    "    open(os.path.join(folder, f'beat-{os.getpid()}'), 'w').write(str(count))\n"
    "    time.sleep(0.05)\n"
    "    fcntl.flock(lock, fcntl.LOCK_UN)\n"
    "    time.sleep(0.01)"
)
BEATING = {"beating", "locking", "locking-too"}


def main() -> None:
    folder = Path(sys.argv[1])
    logging.basicConfig(filename=folder / "log", level=logging.INFO)

    def beats(pid: int) -> object:
        path = folder / f"beat-{pid}"
        return path.read_text("utf-8") if path.exists() else None

    programs = [
        Program(
            name,
            (sys.executable, "-c", textwrap.dedent(NOTE) + PROGRAMS[name], str(folder), name),
            reload_signal=signal.SIGHUP if name == "reloading" else signal.SIGTERM,
            has_heartbeat=name in BEATING,
        )
        for name in sys.argv[2:]
    ]
    (folder / "supervisor").write_text(f"{os.getpid()} {os.getpgrp()}", encoding="utf-8")
    Supervisor(programs, beats, hung_after_s=2.0, look_every_s=0.1, stop_within_s=2.0).run()


main()
