"""The index of decisions names each of them."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"


def test_every_decision_has_a_date_a_status_and_a_line_in_the_index() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    decisions = sorted(FOLDER.glob("[0-9]*.md"))
    assert len(decisions) == len(re.findall(r"^\| \[\d{4}\]", index, re.MULTILINE))
    for decision in decisions:
        head = decision.read_text(encoding="utf-8").split("\n")[:3]
        assert head[0].startswith(f"# {decision.name[:4]}: ")
        assert re.fullmatch(r"Date: \d{4}-\d\d-\d\d · Status: \S.*", head[2])
        assert f"({decision.name})" in index
