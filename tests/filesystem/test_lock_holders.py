"""Which process holds a byte of a file, and whether it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from comicmaintainer.filesystem import byte_locks
from comicmaintainer.filesystem.lock_holders import holders

HOLD = """
import sys
from comicmaintainer.filesystem import byte_locks
with open(sys.argv[1], "r+b") as file:
    byte_locks.lock(file.fileno(), 1)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_holder_of_a_byte_is_named_with_whether_it_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    path.touch()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        [found] = holders(path, 1)
        assert (found.pid, found.is_stopped) == (process.pid, False)
        assert str(path) in found.command
        assert holders(path, 0) == []
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        [found] = holders(path, 1)
        assert found.is_stopped
        process.send_signal(signal.SIGCONT)
        process.kill()
    assert holders(path, 1) == []


def test_a_process_that_waits_for_a_byte_does_not_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    path.touch()
    with path.open("r+b") as file:
        byte_locks.lock(file.fileno(), 1)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as waiting:
            assert [holder.pid for holder in holders(path, 1)] == [os.getpid()]
            waiting.kill()


def test_missing_file_has_no_holders(tmp_path: Path) -> None:
    assert holders(tmp_path / "none", 0) == []
