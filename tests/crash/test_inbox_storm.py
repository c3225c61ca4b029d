"""An inbox is filed on another disk that fills up, while workers are killed: nothing is lost.

The long form: `python -m tests.crash.inbox_storm --files 1000 --kills 40`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.inbox_storm import run
from tests.faults.test_faults import can_mount


@pytest.mark.slow
def test_comics_are_filed_and_undone_amid_kills_and_a_full_disk(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not can_mount("ext4"):
        pytest.skip("needs root and loop devices")
    report = run(files=400, kills=6, workers=2, seed=7, folder=tmp_path)
    assert report.faults == []
    assert report.full
    assert report.kills >= 3
    assert (report.filed, report.left) == (368, 48)
