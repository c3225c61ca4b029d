"""The guides of docs/contributing: on the index, one screen each, naming files that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.operations.workbench import Workbench

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "contributing").glob("*.md"))
MAX_LINES = 70
IMPORTS = """
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kind import Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType
from comicmaintainer.operations.new_tags import plan_tags
"""
EXAMPLES = ("NAME", "polish")
"""What the guides call the thing that is to be added."""


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide_is_on_the_index_and_fits_a_screen(guide: Path) -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert f"(contributing/{guide.name})" in index
    assert len(guide.read_text("utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_files_that_a_guide_names_exist(guide: Path) -> None:
    named = re.findall(r"`((?:src|docs|tests|benchmarks)/[\w./-]+)`", guide.read_text("utf-8"))
    wanted = [path for path in named if not any(example in path for example in EXAMPLES)]
    assert wanted
    assert [path for path in wanted if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_pages_that_a_guide_links_to_exist(guide: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+\.md)", guide.read_text("utf-8"))
    assert [link for link in links if not (guide.parent / link).exists()] == []


def test_the_example_of_a_kind_works(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "contributing" / "add-a-kind.md").read_text("utf-8")
    declaration, planner = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names: dict[str, Any] = {}
    exec(f"{IMPORTS}\n{declaration}\n{planner}", names)
    bench = Workbench(tmp_path)
    path = bench.comic("Rain 1.cbz", "<Title> low tide </Title>")
    plan = names["plan_polish"](bench.context, path, {"capital": True})
    bench.database.close()
    (change,) = plan.changes
    assert change.summary["fields"][0]["after"] == "Low tide"
