"""Whole libraries of comics whose names the rules make one: nothing different is moved or lost.

Names as people and downloaders give them, parsed and named anew by the presets; pages drawn at
random, so that some files are copies and most are not. More of them:

    COMICMAINTAINER_NAME_JOBS=2000 pytest tests/operations/names/test_collapsed_names_property.py
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.library.journal import ChangeState
from tests.operations.workbench import Workbench, details, page_bytes, sha256

LIBRARIES = int(os.environ.get("COMICMAINTAINER_NAME_JOBS", "40"))
PATTERNS = (
    "Saga {n}",
    "Saga 0{n}",
    "Saga -00{n}",
    "Saga #{n} (2012)",
    "Saga {n} (Digital)",
    "Saga {n}x1",
    "Saga v{v} {n}",
    "Saga v{v} Annual {n}",
    "Saga Annual {n}",
    "Saga - c00{n}",
    "Vol.{v} Ch.{n}",
    "S{v} - Chapter {n}",
    "[000{v}]_Vol.1_Chapter_{n}",
)
NAMES = st.builds(
    lambda pattern, n, v: pattern.format(n=n, v=v),
    st.sampled_from(PATTERNS),
    st.integers(1, 2),
    st.integers(1, 3),
)


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="collapsed-names-", dir=memory))
    bench = Workbench(folder)
    yield bench
    bench.database.close()
    shutil.rmtree(folder)


def begin(bench: Workbench, comics: dict[str, int], *, places: bool) -> list[Path]:
    """Make the library anew; `comics` are names and which pages they have."""
    shutil.rmtree(bench.library)
    shutil.rmtree(bench.folder / "duplicates", ignore_errors=True)
    with bench.database.transaction() as transaction:
        for table in ("jobs", "files", "changes"):
            transaction.execute(f"DELETE FROM {table}")
    bench.context = replace(
        bench.context, duplicate_dir=bench.folder / "duplicates" if places else None
    )
    paths = [
        bench.comic(f"Saga/{name}.cbz", pages=2, seed=str(pages)) for name, pages in comics.items()
    ]
    bench.catalogued(*paths)
    return paths


def pages_at(path: Path) -> frozenset[bytes]:
    return frozenset(page_bytes(path).values())


def in_library(bench: Workbench) -> list[Path]:
    return sorted(path for path in bench.library.rglob("*.cb*") if path.is_file())


def contents(bench: Workbench) -> dict[str, str]:
    places = bench.folder / "duplicates"
    files = [*in_library(bench), *(path for path in places.rglob("*") if path.is_file())]
    return {str(path): sha256(path) for path in files}


@settings(max_examples=LIBRARIES, deadline=None)
@given(
    comics=st.dictionaries(NAMES, st.integers(1, 4), min_size=2, max_size=7),
    preset=st.sampled_from(["comics", "manga"]),
    places=st.booleans(),
)
def test_no_different_comic_is_moved_or_called_a_duplicate(
    bench: Workbench, comics: dict[str, int], preset: str, places: bool
) -> None:
    paths = begin(bench, comics, places=places)
    before = {str(path): pages_at(path) for path in paths}
    originals = contents(bench)
    params = {"preset": preset}
    results = bench.run("process", paths, params)
    assert [result.error for result in results] == [None] * len(paths)
    for result in results:
        found = details(result)
        pages = before[result.item]
        assert pages_at(Path(found["path"])) == pages
        if "duplicate_of" in found:
            assert pages_at(Path(found["duplicate_of"])) == pages
            continue
        assert Path(found["path"]).is_relative_to(bench.library)
        row = bench.catalogue.by_path(found["path"])
        assert row is not None
        assert (row.state, row.conflict_with) == (
            ("conflict", found["conflict_with"])
            if "conflict_with" in found
            else ("processed", None)
        )
        if "conflict_with" in found:
            assert pages_at(Path(found["conflict_with"])) != pages
    assert {pages_at(path) for path in in_library(bench)} == set(before.values())
    processed = contents(bench)
    again = bench.run("process", in_library(bench), params)
    assert [details(result)["changes"] for result in again] == [[]] * len(again)
    assert contents(bench) == processed
    changes = bench.journal.changes_of_job(
        results[0].job_id, limit=1000, state=ChangeState.APPLIED
    )  # fmt: skip
    undone = bench.run("undo", [str(change.change_id) for change in changes])
    assert [result.error for result in undone] == [None] * len(undone)
    assert contents(bench) == originals
    assert {row["state"] for row in bench.database.rows("SELECT state FROM files")} == {
        "unprocessed"
    }
