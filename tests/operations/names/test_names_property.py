"""Whole jobs over random sets of comics that want each other's names, through the real engine.

Swaps, chains, collisions, names that differ in case or Unicode form only, other folders, files that
are not of the job; items run by two workers in any order. More of them:

    COMICMAINTAINER_NAME_JOBS=2000 pytest tests/operations/names/test_names_property.py
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.jobs.model import HandIn, JobResult, JobStatus
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.operations.runners import build_runners
from comicmaintainer.services.requests import Requests
from tests.operations.workbench import Guard, Workbench, details, outcome_of, page_bytes, sha256

JOBS = int(os.environ.get("COMICMAINTAINER_NAME_JOBS", "60"))
PARAMS = {"template": "{publisher}/{series}"}
NAMES = ("a", "A", "b", "c", "d", "\u00e9", "e\u0301", "\u00c9")
SAFE = ("a", "A", "b", "c", "d", "\u00e9", "\u00c9")  # what a template can give
OTHER = "another worker"
FOLDERS = ("one", "two")


@dataclass(frozen=True)
class Wish:
    """A comic: where it is and should be, whether it is an item of the job, which pages it has."""

    folder: str
    name: str
    wanted_folder: str
    wanted_name: str
    is_item: bool
    pages: int


@st.composite
def libraries(draw: st.DrawFn) -> list[Wish]:
    places = draw(
        st.lists(
            st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)),
            min_size=1,
            max_size=9,
            unique=True,
        )
    )
    if draw(st.booleans()):  # circles come from permutations
        targets = [(folder, SAFE[NAMES.index(name) % len(SAFE)]) for folder, name in places]
        targets = draw(st.permutations(targets))
    else:
        target = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(SAFE))
        targets = draw(st.lists(target, min_size=len(places), max_size=len(places)))
    items = draw(
        st.lists(
            st.sampled_from([True, True, True, False]),
            min_size=len(places),
            max_size=len(places),
        )
    )
    pages = draw(st.lists(st.integers(1, 3), min_size=len(places), max_size=len(places)))
    return [
        Wish(*place, *target, is_item, seed)
        for place, target, is_item, seed in zip(places, targets, items, pages, strict=True)
    ]


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="name-jobs-", dir=memory))
    bench = Workbench(folder)
    bench.manager.workers.register(OTHER, "host", 1, 1, bench.clock())
    yield bench
    bench.database.close()
    shutil.rmtree(folder)


def library(bench: Workbench, wishes: list[Wish], *, places: bool) -> list[Path]:
    """Make the comics anew; returns the items."""
    shutil.rmtree(bench.library)
    shutil.rmtree(bench.folder / "duplicates", ignore_errors=True)
    with bench.database.transaction() as transaction:
        for table in ("jobs", "files", "changes"):
            transaction.execute(f"DELETE FROM {table}")
    context = replace(bench.context, duplicate_dir=bench.folder / "duplicates" if places else None)
    bench.context = context
    items = []
    for wish in wishes:
        xml = f"<Series>{wish.wanted_name}</Series><Publisher>{wish.wanted_folder}</Publisher>"
        path = bench.comic(f"{wish.folder}/{wish.name}.cbz", xml, pages=1, seed=str(wish.pages))
        bench.catalogued(path)
        if wish.is_item:
            items.append(path)
    return items


def contents(bench: Workbench) -> dict[str, str]:
    """Every file below the library and the duplicates' folder, by path."""
    found = [*bench.library.rglob("*.cb*"), *(bench.folder / "duplicates").rglob("*")]
    return {str(path): sha256(path) for path in found if path.is_file()}


def run(bench: Workbench, job_id: str, chance: random.Random) -> list[JobResult]:
    """Let two workers run the job's items in any order and hand them in late."""
    runners = build_runners(bench.context)
    held: list[HandIn] = []
    while True:
        worker = chance.choice([bench.worker_id, OTHER])
        _, claims = bench.manager.items.exchange(
            worker, (), chance.randint(1, 3), tuple(KINDS), bench.clock()
        )
        chance.shuffle(claims)
        held += [HandIn(claim, outcome_of(runners, claim, Guard()), 0.0) for claim in claims]
        if not claims and not held:
            break
        chance.shuffle(held)
        for _ in range(chance.randint(0 if claims else 1, len(held))):
            hand_in = held.pop()
            accepted, _ = bench.manager.items.exchange(
                hand_in.claim.worker_id, [hand_in], 0, (), bench.clock()
            )
            assert not accepted.refused
    assert bench.manager.get(job_id).status is JobStatus.COMPLETED
    return bench.results(job_id)


def check_sound(bench: Workbench, before: dict[str, str], strangers: set[str]) -> None:
    """Nothing lost, nothing overwritten, nothing left under way; strangers stay as they are."""
    after = contents(bench)
    assert sorted(after.values()) == sorted(before.values())
    assert {path: after[path] for path in strangers} == {path: before[path] for path in strangers}
    assert not [path for path in after if "moving" in path or path.endswith(".tmp")]
    assert bench.journal.open_changes() == []


def check_names(
    results: list[JobResult], wishes: dict[str, str], pages: dict[str, frozenset[bytes]]
) -> None:
    """Each file has its name, or another one has it: a copy with its pages, or another comic.

    `pages` are those of each item before the job.
    """
    for result in results:
        if not result.success:
            assert Path(result.item).exists()
            continue
        found, wish = details(result), wishes[result.item]
        original, other = found.get("duplicate_of"), found.get("conflict_with")
        assert original is None or other is None
        if original is not None:
            assert place_key(original) == place_key(wish)
            assert pages_at(Path(original)) == pages[result.item]
        elif other is not None:
            assert found["path"] == result.item
            assert place_key(other) == place_key(wish)
            assert pages_at(Path(other)) != pages[result.item]
        else:
            assert found["path"] == wish


def pages_at(path: Path) -> frozenset[bytes]:
    return frozenset(page_bytes(path).values())


def library_pages(bench: Workbench) -> dict[str, frozenset[bytes]]:
    return {str(path): pages_at(path) for path in bench.library.rglob("*.cb*") if path.is_file()}


def check_again(bench: Workbench, results: list[JobResult], seed: int) -> None:
    """The same job once more changes nothing."""
    before = contents(bench)
    items = [details(result)["path"] for result in results if result.success]
    left = [item for item in items if Path(item).is_relative_to(bench.library)]
    if not left:
        return
    again = run(bench, bench.submit("process", left, PARAMS).job_id, random.Random(seed))
    assert [details(result)["changes"] for result in again] == [[]] * len(left)
    assert contents(bench) == before


def undo_and_check(bench: Workbench, job_id: str, before: dict[str, str], seed: int) -> None:
    chance = random.Random(seed)
    changes = bench.journal.changes_of_job(job_id, limit=1000, state=ChangeState.APPLIED)
    ids = [str(change.change_id) for change in changes]
    chance.shuffle(ids)
    results = run(bench, bench.submit("undo", ids).job_id, chance)
    assert [result.error for result in results] == [None] * len(results)
    assert contents(bench) == before
    rows = {row["path"] for row in bench.database.rows("SELECT path FROM files")}
    assert rows == {path for path in before if "/duplicates/" not in path}


def wishes_of(bench: Workbench, wishes: list[Wish]) -> dict[str, str]:
    folder = bench.library
    return {
        str(folder / wish.folder / f"{wish.name}.cbz"): str(
            folder / wish.wanted_folder / f"{wish.wanted_name}.cbz"
        )
        for wish in wishes
    }


@settings(max_examples=JOBS, deadline=None)
@given(wishes=libraries(), seed=st.integers(0, 10**6), places=st.booleans())
def test_a_job_loses_nothing_and_gives_each_file_its_name(
    bench: Workbench, wishes: list[Wish], seed: int, places: bool
) -> None:
    items = library(bench, wishes, places=places)
    before = contents(bench)
    strangers = set(before) - set(map(str, items))
    pages = library_pages(bench)
    job = bench.submit("process", items, PARAMS)
    results = run(bench, job.job_id, random.Random(seed))
    assert [result.error for result in results] == [None] * len(results)
    check_sound(bench, before, strangers)
    check_names(results, wishes_of(bench, wishes), pages)
    assert set(library_pages(bench).values()) == set(pages.values())
    check_again(bench, results, seed)
    undo_and_check(bench, job.job_id, before, seed)


@settings(max_examples=JOBS, deadline=None)
@given(wishes=libraries(), seed=st.integers(0, 10**6), places=st.booleans())
def test_what_a_preview_shows_is_what_applying_it_does(
    bench: Workbench, wishes: list[Wish], seed: int, places: bool
) -> None:
    items = library(bench, wishes, places=places)
    before = contents(bench)
    strangers = set(before) - set(map(str, items))
    pages = library_pages(bench)
    chance = random.Random(seed)
    shown = run(bench, bench.submit("rename", items, PARAMS, preview=True).job_id, chance)
    assert contents(bench) == before
    requests = Requests(bench.manager, bench.journal)
    has_changes = any(result.success and details(result)["changes"] for result in shown)
    job = bench.manager.submit(requests.apply(shown[0].job_id)) if has_changes else None
    done = run(bench, job.job_id, chance) if job is not None else []
    applied = {result.item: details(result) for result in done}
    for result in shown:
        if not result.success:
            assert result.code == "target_exists"
            assert result.item not in applied
            continue
        expected = details(result)
        found = applied.get(result.item, {"changes": [], "path": result.item})
        assert (found["changes"], found["path"]) == (expected["changes"], expected["path"])
    check_sound(bench, before, strangers)
    check_names(shown, wishes_of(bench, wishes), pages)
    assert set(library_pages(bench).values()) == set(pages.values())
    moved = [Path(details(result)["path"]) for result in done]
    keys = [place_key(str(path)) for path in moved if path.is_relative_to(bench.library)]
    assert len(set(keys)) == len(keys) or not all(
        details(r)["changes"][0]["type"] == "rename" for r in done
    )
    if job is not None:
        undo_and_check(bench, job.job_id, before, seed)
