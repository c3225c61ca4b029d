"""An engine is waited for, ended when it takes too long, and reported with what it wrote."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from benchmarks.engine_process import EngineFailed, started

WORKS = """
import subprocess, sys
print("ready", flush=True)
sys.stdin.readline()
burn = "import time\\nwhile time.process_time() < 0.5: pass"
subprocess.run([sys.executable, "-c", burn], check=True)
print("done", flush=True)
sys.stdin.readline()
"""
FAILS = """
import sys
print("ready", flush=True)
sys.exit("the disk is on fire")
"""
HANGS = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print("ready", flush=True)
time.sleep(600)
"""


def test_an_engine_works_when_told_and_its_children_count() -> None:
    with started([sys.executable, "-c", WORKS], {}, limit_s=60) as engine:
        engine.wait_until_ready()
        seconds, processor_s = engine.work()
    assert processor_s >= 0.4  # in ticks, each rounded down
    assert seconds > 0


def run(program: str, *arguments: str, limit_s: float) -> None:
    with started([sys.executable, "-c", program, *arguments], {}, limit_s=limit_s) as engine:
        engine.wait_until_ready()
        engine.work()


def test_an_engine_that_fails_is_reported_with_its_words() -> None:
    with pytest.raises(EngineFailed, match="the disk is on fire"):
        run(FAILS, limit_s=60)


def test_an_engine_that_hangs_is_ended(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    with pytest.raises(EngineFailed, match="took more than 3 s"):
        run(HANGS, str(noted), limit_s=3)
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)
