"""Workers killed and stopped at random moments: nothing is lost, nothing counted twice.

The long form: `python benchmarks/kill_storm.py --items 10000 --workers 4 --kills 2000`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STORM = Path(__file__).parents[2] / "benchmarks" / "kill_storm.py"

pytestmark = pytest.mark.slow


def storm(*options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, STORM, *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PYTHONPATH": str(STORM.parents[1] / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_killed_workers_lose_no_item_and_double_no_result() -> None:
    report = storm("--items", "1000", "--workers", "3", "--kills", "20")
    assert report["faults"] == []
    assert report["kills"] == 20
    assert report["runs"] > report["items"]  # kills did hit in the middle of items


def test_results_of_stopped_workers_are_refused_once_others_have_taken_over() -> None:
    report = storm(
        "--items", "1000", "--item-ms", "15", "--workers", "4", "--stops", "4", "--rescue-at-once"
    )
    assert report["faults"] == []
    assert report["rescued_from_stopped"] > 0
    assert report["late_results_accepted"] == 0
