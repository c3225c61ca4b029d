"""Copies that only look alike: found by a job, acted on only where the one to keep is chosen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.operations.planners.duplicates import plan_duplicates
from tests.kit.comics import cbz, pages_of, picture
from tests.operations.workbench import Workbench, details, snapshot

COUNT = 12


def scan_of(seed: str, *, side: int, kind: str = "PNG") -> dict[str, bytes]:
    return {f"p{n:02}.png": picture(f"{seed} {n}", side=side, kind=kind) for n in range(COUNT)}


@pytest.fixture
def pair(bench: Workbench) -> tuple[Path, Path]:
    """A small and a large scan of one comic, compared with each other and a stranger."""
    small = cbz(bench.library / "small.cbz", scan_of("one", side=64, kind="JPEG"))
    large = cbz(bench.library / "large.cbz", scan_of("one", side=128))
    stranger = cbz(bench.library / "stranger.cbz", scan_of("two", side=128))
    bench.catalogued(small, large, stranger)
    bench.run("duplicates", [small, large, stranger], {"near": True})
    return small, large


def near_groups(bench: Workbench) -> list[list[str]]:
    groups, _ = bench.context.duplicates.near.groups()
    return [[each.file.name for each in group.files] for group in groups]


def test_near_copies_are_grouped_with_the_one_to_keep_first(
    bench: Workbench, pair: tuple[Path, Path]
) -> None:
    assert near_groups(bench) == [["large.cbz", "small.cbz"]]
    (result,) = bench.run("duplicates", [pair[0]], {"near": True})
    (near,) = details(result)["near"]
    assert (near["path"], near["alike"], near["compared"]) == (str(pair[1]), 9, 9)
    assert details(result)["near_keep"] == str(pair[1])
    assert details(result)["near_reason"] == "its pages are larger"


@pytest.mark.parametrize("action", ["mark", "trash"])
def test_near_copies_are_left_where_none_is_chosen(
    bench: Workbench, pair: tuple[Path, Path], action: str
) -> None:
    before = snapshot(bench.library)
    results = bench.run("duplicates", list(pair), {"near": True, "action": action})
    assert all(details(result)["unchanged"] for result in results)
    assert snapshot(bench.library) == before


def test_a_choice_without_near_does_not_reach_near_copies(
    bench: Workbench, pair: tuple[Path, Path]
) -> None:
    small, large = pair
    (result,) = bench.run("duplicates", [small], {"action": "trash", "keep": str(large)})
    assert result.code == "file_changed"
    assert small.exists()


def test_the_chosen_copy_stays_and_the_others_go_to_the_trash_and_come_back(
    bench: Workbench, pair: tuple[Path, Path]
) -> None:
    small, large = pair
    params = {"near": True, "action": "trash", "keep": str(small)}
    (shown,) = bench.run("duplicates", [large], params, preview=True)
    assert details(shown)["changes"] == [
        {"type": "trash", "from": str(large), "reason": f"It looks like {small}."}
    ]
    assert large.exists()
    gone, kept = bench.run("duplicates", [large, small], params)
    assert details(kept)["unchanged"]
    assert not large.exists()
    assert near_groups(bench) == []
    (change,) = bench.journal.changes_of_job(gone.job_id)
    bench.run("undo", [str(change.change_id)])
    assert large.exists()
    bench.run("duplicates", [large], {"near": True})
    assert near_groups(bench) == [["large.cbz", "small.cbz"]]


def test_a_near_copy_is_marked_as_that_of_the_chosen_one(
    bench: Workbench, pair: tuple[Path, Path]
) -> None:
    small, large = pair
    params = {"near": True, "action": "mark", "keep": str(small)}
    bench.run("duplicates", [large, small], params)
    row = bench.catalogue.by_path(large)
    assert row is not None
    assert (row.state, row.duplicate_of) == ("duplicate", str(small))
    assert bench.state_of(small) == "unprocessed"


def test_near_copies_are_left_where_either_file_was_written_since_the_scan(
    bench: Workbench, pair: tuple[Path, Path]
) -> None:
    small, large = pair
    params = {"near": True, "action": "trash"}
    cbz(large, scan_of("three", side=128))
    (result,) = bench.run("duplicates", [small], {**params, "keep": str(large)})
    assert result.code == "file_changed"
    (result,) = bench.run("duplicates", [large], {**params, "keep": str(small)})
    assert result.code == "file_changed"
    large.unlink()
    (result,) = bench.run("duplicates", [small], {**params, "keep": str(large)})
    assert result.code == "file_missing"
    assert small.exists()


def test_a_copy_whose_other_vanishes_at_the_last_moment_stays(
    bench: Workbench, pair: tuple[Path, Path]
) -> None:
    small, large = pair
    bench.submit("duplicates", [small], {"near": True, "action": "trash", "keep": str(large)})

    def vanish(point: str) -> None:
        if point == "planned":
            large.unlink()

    object.__setattr__(bench.context, "reached", vanish)
    bench.work()
    assert small.exists()
    assert bench.trash.entries() == []


def test_pictures_are_read_once(bench: Workbench, pair: tuple[Path, Path]) -> None:
    small, _ = pair
    row = bench.catalogue.by_path(small)
    assert row is not None
    assert bench.context.duplicates.near.is_known(row)
    # With the pages out of reach a second look would count them as unreadable.
    status = small.stat()
    content = small.read_bytes()
    small.write_bytes(bytes(len(content)))
    os.utime(small, ns=(status.st_atime_ns, status.st_mtime_ns))
    plan = plan_duplicates(bench.context, small, {"near": True, "action": "report"})
    assert [each["alike"] for each in plan.facts["near"]] == [9]


def test_a_comic_without_pages_or_with_broken_ones_looks_like_no_other(bench: Workbench) -> None:
    empty = cbz(bench.library / "a.cbz", {"notes.txt": b"no page"})
    broken = cbz(bench.library / "b.cbz", dict.fromkeys(pages_of("b"), b"no picture"))
    bench.catalogued(empty, broken)
    results = bench.run("duplicates", [empty, broken], {"near": True})
    assert [details(result)["near"] for result in results] == [[], []]
