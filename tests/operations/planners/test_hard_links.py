"""Every kind that writes, on a file with a second name, as HARDLINKS says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.settings import HardLinks
from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot

WRITING = [
    ("process", {}),
    ("tag", {"set": {"series": "Storm"}}),
    ("remove-pages", {"mode": "mark", "pages": [1]}),
    ("remove-pages", {"mode": "remove", "pages": [1]}),
    ("compact", {}),
]


def linked(folder: Path) -> tuple[Path, Path]:
    """Make a comic with dead bytes, and give it a second name outside the library."""
    bench = Workbench(folder)
    path = bench.comic("Batman/Batman 5 (2011).cbz", "<Series>Robin</Series>")
    bench.run("tag", [path], {"set": {"series": "Batman"}})
    bench.database.close()
    other = folder / "seeded.cbz"
    other.hardlink_to(path)
    return path, other


@pytest.mark.parametrize(("kind", "params"), WRITING)
def test_skip_leaves_a_file_with_several_names_unchanged(
    tmp_path: Path, kind: str, params: Mapping[str, Any]
) -> None:
    path, other = linked(tmp_path)
    bench = Workbench(tmp_path, hard_links=HardLinks.SKIP)
    before = snapshot(bench.library)
    (result,) = bench.run(kind, [path], params)
    assert result.code == "unsupported_archive"
    assert "other names (hard links)" in (result.error or "")
    assert snapshot(bench.library) == before
    assert path.samefile(other)
    bench.database.close()


@pytest.mark.parametrize(("kind", "params"), WRITING)
def test_copy_changes_a_new_file_and_leaves_the_other_name_alone(
    tmp_path: Path, kind: str, params: Mapping[str, Any]
) -> None:
    path, other = linked(tmp_path)
    bench = Workbench(tmp_path)
    before = sha256(other)
    (result,) = bench.run(kind, [path], params)
    changed = Path(details(result)["path"])
    assert not changed.samefile(other)
    assert sha256(changed) != before
    assert sha256(other) == before
    bench.database.close()


def test_skip_says_nothing_of_a_file_with_too_few_dead_bytes(tmp_path: Path) -> None:
    path, _ = linked(tmp_path)
    bench = Workbench(tmp_path, hard_links=HardLinks.SKIP)
    (result,) = bench.run("compact", [path], {"min_dead_percent": 90})
    assert details(result)["unchanged"]
    bench.database.close()


def test_skip_lets_a_file_with_several_names_get_another_name(tmp_path: Path) -> None:
    path, other = linked(tmp_path)
    bench = Workbench(tmp_path, hard_links=HardLinks.SKIP)
    pages = page_bytes(path)
    (result,) = bench.run("rename", [path], {"to": "Batman 6.cbz"})
    renamed = Path(details(result)["path"])
    assert renamed.samefile(other)
    assert page_bytes(renamed) == pages
    bench.database.close()
