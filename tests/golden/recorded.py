"""Recorded values, one JSON file each in `expected/`.

`GOLDEN=write pytest tests/golden` records them anew: do so only where an answer is to change.
"""

from __future__ import annotations

import json
import os
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.operations.declared.kinds import KINDS

FOLDER = Path(__file__).with_name("expected")


def require_as_recorded(name: str, value: Any) -> None:
    """Fail where `value` (JSON) differs from what was recorded under that name.

    Recording leaves a file that has the same values as it is, in its own order.
    """
    path = FOLDER / f"{name}.json"
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    recorded = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    if _is_recording() and json.loads(text) != recorded:
        path.write_text(text, encoding="utf-8")
        return
    if json.loads(text) != recorded:
        before = json.dumps(recorded, ensure_ascii=False, indent=1).splitlines()
        pytest.fail("\n".join(unified_diff(before, text.splitlines(), name, "now", n=2)))


def new_kinds() -> frozenset[str]:
    """The kinds of job that came after the recording: nobody relies on them yet.

    Recording leaves them out too; a kind is added to the recorded `GET /api/kinds` by hand.
    """
    recorded = json.loads((FOLDER / "api.json").read_text(encoding="utf-8"))
    known = {kind["name"] for kind in recorded["GET /api/kinds"]["answer"]["kinds"]}
    return frozenset(KINDS.keys() - known)


def _is_recording() -> bool:
    return os.environ.get("GOLDEN") == "write"
