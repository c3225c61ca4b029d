"""Workers and the source's server killed while comics are identified: it ends as without kills.

The long form: `python benchmarks/identify_storm.py --comics 2000 --kills 50`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STORM = Path(__file__).parents[2] / "benchmarks" / "identify_storm.py"


@pytest.mark.slow
def test_kills_while_comics_are_identified_lose_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, STORM, "--comics", "60", "--kills", "5", "--folder", tmp_path],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "PYTHONPATH": str(STORM.parents[1] / "src")},
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["faults"] == []
    assert report["kills"] >= 3  # a quick machine is done before all five
    assert report["tagged"] > 50
