"""Matches are stored for the review queue, each file in its newest one."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import MatchNotFound
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.library.matches.model import GroupKey, MatchState
from comicmaintainer.matching.model import (
    Candidate,
    Evidence,
    IssueFacts,
    Level,
    Match,
    SeriesFacts,
)
from tests.kit.clock import Clock

GROUP = GroupKey("/comics/Rain", "rain|2016")
SERIES = SeriesFacts("comicvine", "7", "Rain", ("Regen",), 2016, issue_count=12)
ISSUE = IssueFacts("comicvine", "70", "7", "1", year=2016, variants=("https://x.test/1.jpg",))
EVIDENCE = (Evidence("year", 0.5, 2.0, "2015", "2016"),)


@pytest.fixture
def catalogue(database: Database) -> Catalogue:
    catalogue = Catalogue(database, now=Clock())
    catalogue.add_root("/comics")
    paths = [f"/comics/Rain/Rain {number:03}.cbz" for number in range(1, 4)]
    catalogue.upsert(SeenFile(path, 1, 1, 1, number) for number, path in enumerate(paths, 1))
    return catalogue


@pytest.fixture
def matches(catalogue: Catalogue, database: Database) -> MatchStore:
    return MatchStore(database, now=Clock())


def ids(catalogue: Catalogue, *numbers: int) -> dict[str, int]:
    found = catalogue.ids_at(f"/comics/Rain/Rain {number:03}.cbz" for number in numbers)
    return dict(sorted(found.items()))


def match(files: dict[str, int], level: Level = Level.LIKELY) -> Match:
    candidates = (Candidate(SERIES, 0.1234567, EVIDENCE, dict.fromkeys(files, ISSUE)),)
    return Match(level, tuple(files), candidates, "Two series have this name.")


def test_a_match_comes_back_as_it_was_stored(catalogue: Catalogue, matches: MatchStore) -> None:
    files = ids(catalogue, 1, 2)
    matches.add(GROUP, "Rain", [(match(files), files)], "job-1")
    (stored,), key = matches.page(MatchState.OPEN)
    assert key is None
    assert (stored.group, stored.name, stored.files, stored.job_id) == (GROUP, "Rain", 2, "job-1")
    (candidate,) = stored.candidates
    assert (candidate.series, candidate.evidence, candidate.distance) == (SERIES, EVIDENCE, 0.1235)
    assert [file.path for file in matches.files(stored.match_id)] == list(files)
    found = matches.of_file(files["/comics/Rain/Rain 001.cbz"])
    assert found is not None
    assert found[1].issue_of(SERIES) == replace(ISSUE, variants=())


def test_a_new_match_takes_the_files_of_an_old_one(
    catalogue: Catalogue, matches: MatchStore
) -> None:
    files = ids(catalogue, 1, 2)
    matches.add(GROUP, "Rain", [(match(files), files)], "job-1")
    (old,), _ = matches.page(MatchState.OPEN)
    one, other = ids(catalogue, 1), ids(catalogue, 2, 3)
    matches.add(GROUP, "Rain", [(match(one), one), (match(other, Level.CERTAIN), other)], "job-2")
    with pytest.raises(MatchNotFound, match="matched again"):
        matches.get(old.match_id)
    assert matches.count(MatchState.OPEN) == (1, 1)
    assert matches.count(MatchState.SETTLED) == (1, 2)


def test_a_match_without_files_is_not_shown(catalogue: Catalogue, matches: MatchStore) -> None:
    files = ids(catalogue, 1, 2)
    matches.add(GROUP, "Rain", [(match(files), files)], "job-1")
    catalogue.remove(files)
    assert matches.page(MatchState.OPEN) == ([], None)
    assert matches.count(MatchState.OPEN) == (0, 0)


def test_a_match_in_a_folder_that_was_renamed_leaves_no_other_behind(
    catalogue: Catalogue, matches: MatchStore
) -> None:
    files = ids(catalogue, 1, 2)
    matches.add(GROUP, "Rain", [(match(files), files)], "job-1")
    (old,), _ = matches.page(MatchState.OPEN)
    matches.add(GroupKey("/comics/Rain 2", "rain"), "Rain", [(match(files), files)], "job-2")
    with pytest.raises(MatchNotFound):
        matches.get(old.match_id)


def test_pages_follow_the_names(catalogue: Catalogue, matches: MatchStore) -> None:
    for number, name in ((1, "C"), (2, "A"), (3, "A")):
        files = ids(catalogue, number)
        matches.add(
            GroupKey("/comics/Rain", name + str(number)), name, [(match(files), files)], None
        )
    names, key = [], None
    while True:
        page, key = matches.page(MatchState.OPEN, after_key=key, limit=1)
        names += [each.name for each in page]
        if key is None:
            break
    assert names == ["A", "A", "C"]


def test_an_answered_match_leaves_the_queue(catalogue: Catalogue, matches: MatchStore) -> None:
    files = ids(catalogue, 1)
    matches.add(GROUP, "Rain", [(match(files), files)], None)
    (stored,), _ = matches.page(MatchState.OPEN)
    matches.set_state(stored.match_id, MatchState.SKIPPED)
    assert matches.count(MatchState.OPEN) == (0, 0)
    matches.settle_group(GROUP)
    assert matches.count(MatchState.SETTLED) == (1, 1)
    with pytest.raises(MatchNotFound):
        matches.set_state(stored.match_id + 1, MatchState.OPEN)


def test_files_that_left_the_library_leave_their_match(
    catalogue: Catalogue, matches: MatchStore
) -> None:
    files = ids(catalogue, 1, 2)
    matches.add(GROUP, "Rain", [(match(files), files)], None)
    catalogue.remove(["/comics/Rain/Rain 001.cbz"])
    assert matches.count(MatchState.OPEN) == (1, 1)
    matches.add(GROUP, "Rain", [(match(files), files)], None)
    assert matches.count(MatchState.OPEN) == (1, 1)


def test_the_match_of_a_file_is_whole_while_it_is_replaced(
    catalogue: Catalogue, matches: MatchStore
) -> None:
    files = ids(catalogue, 1)
    stopping = threading.Event()

    def replace_match() -> None:
        while not stopping.is_set():
            matches.add(GROUP, "Rain", [(match(files), files)], None)

    matches.add(GROUP, "Rain", [(match(files), files)], None)
    thread = threading.Thread(target=replace_match)
    thread.start()
    try:
        for _ in range(4000):
            found = matches.of_file(files["/comics/Rain/Rain 001.cbz"])
            assert found is not None
            assert found[0].match_id == found[1].match_id
    finally:
        stopping.set()
        thread.join()
