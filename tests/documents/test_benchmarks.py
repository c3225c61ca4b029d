"""Every benchmark starts, so that a name that moved is noticed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PARTS = {
    "archive_driver.py",
    "comic_copies.py",
    "comicmaintainer_run.py",
    "comictagger_identify.py",
    "comictagger_run.py",
    "delayed_server.py",
    "drawn_covers.py",
    "drawn_library.py",
    "emulated_disks.py",
    "engine_process.py",
    "fast_services.py",
    "named_kinds.py",
    "procrastinate_host.py",
    "replay_process.py",
    "rivals.py",
}


@pytest.mark.parametrize("script", sorted({path.name for path in BENCHMARKS.glob("*.py")} - PARTS))
def test_every_benchmark_prints_its_help(script: str) -> None:
    command = [sys.executable, str(BENCHMARKS / script), "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("usage:")
