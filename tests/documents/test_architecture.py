"""Pages of docs name modules that exist, and the architecture shows the rooms of the contracts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "comicmaintainer"
ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
STATIC = PACKAGE / "web" / "static"
STARTS = (ROOT, PACKAGE, PACKAGE / "operations", PACKAGE / "web", STATIC, STATIC / "js")
"""Where the paths that pages name may begin."""
EXAMPLES = ("NAME", "polish")
"""What the guides call the thing that is to be added."""


@pytest.mark.parametrize(
    "page", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS))
)
def test_modules_that_a_page_names_exist(page: Path) -> None:
    modules = re.findall(r"`([\w./-]+/[\w-]+\.(?:py|js|css|sql))`", page.read_text("utf-8"))
    missing = [
        module
        for module in modules
        if not any((start / module).exists() for start in STARTS)
        and not any(example in module for example in EXAMPLES)
    ]
    assert missing == []


def test_architecture_draws_the_rooms_of_the_import_contracts() -> None:
    drawing = ARCHITECTURE.split("## Rooms")[1].split("```")[1]
    drawn = [line.split() for line in drawing.strip().splitlines()]
    assert drawn == _layers("comicmaintainer")


@pytest.mark.parametrize("room", ["operations", "library", "jobs", "notifications", "comics"])
def test_architecture_names_the_layers_of_a_room(room: str) -> None:
    (row,) = re.findall(rf"^\| `{room}` \| (.*→.*) \|$", ARCHITECTURE, re.MULTILINE)
    layers = _layers(f"comicmaintainer.{room}")
    named = set(re.findall(r"`(\w+)`", row))
    stores = {"history_store", "result_store", "peers", "plain_values"}
    stores |= {"job_store", "statistics"}
    assert {name for layer in layers for name in layer} - named <= stores


def _layers(container: str) -> list[list[str]]:
    """Return the layers that the contract of `container` states, from the top down."""
    document: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = [
        contract
        for contract in document["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == [container]
    ]
    return [re.findall(r"\w+", layer) for layer in contract["layers"]]
