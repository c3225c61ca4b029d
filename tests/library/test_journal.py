from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import ChangeNotFound, UndoRefused
from comicmaintainer.library.journal import ChangeState, Journal, PlannedChange
from tests.kit.clock import Clock

pytestmark = pytest.mark.both_databases


def rename(before: str, after: str, job_id: str = "job", seq: int = 0) -> PlannedChange:
    return PlannedChange("rename", before, after, {"ino": 1}, {"name": after}, job_id, seq)


def tag(path: str, job_id: str = "job") -> PlannedChange:
    return PlannedChange("tag", path, intent={"old_size_bytes": 1}, job_id=job_id)


def applied(journal: Journal, change: PlannedChange) -> int:
    change_id = journal.plan(change)
    journal.confirm(change_id, {"done": True})
    return change_id


def test_a_planned_change_is_open_until_confirmed(journal: Journal, clock: Clock) -> None:
    change_id = journal.plan(rename("/a.cbz", "/b.cbz"))
    (open_change,) = journal.open_changes()
    assert (open_change.change_id, open_change.intent) == (change_id, {"ino": 1})
    clock.at += 5
    journal.confirm(change_id, {"length": 7})
    change = journal.get(change_id)
    assert journal.open_changes() == []
    assert (change.state, change.receipt, change.applied_at) == (
        ChangeState.APPLIED,
        {"length": 7},
        clock.at,
    )


def test_a_plan_is_seen_by_another_process_before_anything_is_touched(
    journal: Journal, open_database: Callable[[], Database], clock: Clock
) -> None:
    journal.plan(rename("/a.cbz", "/b.cbz"))
    other = open_database()
    assert [change.path_before for change in Journal(other, now=clock).open_changes()] == ["/a.cbz"]


def test_open_changes_of_a_path_begin_or_end_there(journal: Journal) -> None:
    changes = (tag("/a"), rename("/a", "/b"), tag("/c"), rename("/d", "/a"))
    ids = [journal.plan(change) for change in changes]
    journal.confirm(ids[0], {})
    assert [change.change_id for change in journal.open_changes_of_path("/a")] == [ids[1], ids[3]]


def test_open_changes_of_many_paths_are_read_at_once(journal: Journal) -> None:
    ids = [journal.plan(change) for change in (rename("/a", "/b"), tag("/b"), rename("/c", "/d"))]
    found = journal.open_changes_of_paths(["/b", "/d", "/e"])
    assert {path: [change.change_id for change in changes] for path, changes in found.items()} == {
        "/b": ids[:2],
        "/d": ids[2:],
        "/e": [],
    }


def test_what_was_read_ahead_is_used_once(journal: Journal) -> None:
    ahead = journal.ahead(["/a"])
    change_id = journal.plan(tag("/a"))
    assert ahead.open_changes_of_path("/a") == []
    assert [change.change_id for change in ahead.open_changes_of_path("/a")] == [change_id]


def test_changes_are_found_by_their_item(journal: Journal) -> None:
    for number in range(5):
        applied(journal, rename(f"/{number}", f"/x{number}", seq=number))
    assert journal.count_of_job("job") == {ChangeState.APPLIED: 5}
    assert [change.seq for change in journal.changes_of_item("job", 3)] == [3]


def test_states_never_go_back(journal: Journal) -> None:
    change_id = applied(journal, tag("/a"))
    with pytest.raises(UndoRefused):
        journal.confirm(change_id, {})
    with pytest.raises(UndoRefused):
        journal.abandon(change_id, "no")
    journal.mark_undone(change_id, by="job 2")
    with pytest.raises(UndoRefused):
        journal.mark_undone(change_id)
    assert journal.get(change_id).undone_by == "job 2"


def test_a_move_that_was_made_after_it_was_given_up_is_noted_once(journal: Journal) -> None:
    change_id = journal.plan(rename("/a", "/b", seq=1))
    journal.abandon(change_id, "It was not begun.")
    change = journal.get(change_id).applied({"size": 1})
    for _ in range(2):
        journal.confirm_abandoned(change)
    first, second = journal.changes_of_item("job", 1)
    assert (first.state, second.state) == (ChangeState.ABANDONED, ChangeState.APPLIED)
    assert (second.path_now, second.receipt) == ("/b", {"size": 1})


def test_changes_of_a_job_are_paged_newest_first(journal: Journal) -> None:
    ids = [applied(journal, tag(f"/{n}")) for n in range(5)]
    applied(journal, tag("/other", job_id="another"))
    first = journal.changes_of_job("job", limit=3)
    rest = journal.changes_of_job("job", limit=3, before_id=first[-1].change_id)
    assert [change.change_id for change in [*first, *rest]] == ids[::-1]
    journal.mark_undone(ids[0])
    standing = journal.changes_of_job("job", state=ChangeState.APPLIED)
    assert [change.change_id for change in standing] == ids[:0:-1]


def test_history_follows_renames_back(journal: Journal) -> None:
    first = applied(journal, tag("/a"))
    second = applied(journal, rename("/a", "/b"))
    third = applied(journal, rename("/b", "/dir/c"))
    abandoned = journal.plan(tag("/dir/c"))
    journal.abandon(abandoned, "disk full")
    assert [change.change_id for change in journal.history(Path("/dir/c"))] == [
        abandoned,
        third,
        second,
        first,
    ]


def test_history_of_a_name_left_behind_ends_with_the_move_away(journal: Journal) -> None:
    first = applied(journal, tag("/a"))
    second = applied(journal, rename("/a", "/trash/a"))
    assert [change.change_id for change in journal.history("/a")] == [second, first]


def test_history_does_not_mix_files_that_had_the_same_name(journal: Journal) -> None:
    applied(journal, tag("/a"))
    applied(journal, rename("/a", "/old"))
    mine = applied(journal, rename("/new", "/a"))
    mine_too = applied(journal, tag("/a"))
    assert [change.change_id for change in journal.history("/a")] == [mine_too, mine]


def test_histories_of_files_that_swapped_names_in_a_job_are_separate(journal: Journal) -> None:
    old = applied(journal, rename("/first", "/a", "earlier"))
    mine = journal.plan(rename("/a", "/b"))
    tagged = applied(journal, PlannedChange("tag", "/b", job_id="job", seq=1))
    other = applied(journal, rename("/b", "/a", seq=1))
    journal.confirm(mine, {})
    assert [change.change_id for change in journal.history("/b")] == [mine, old]
    assert [change.change_id for change in journal.history("/a")] == [other, tagged]
    assert journal.newer_change(journal.get(mine)) is None
    assert journal.newer_change(journal.get(other)) is None
    later = applied(journal, tag("/b", "later"))
    blocking = journal.newer_change(journal.get(mine))
    assert blocking is not None
    assert blocking.change_id == later


def test_arrival_is_the_newest_change_that_brought_a_file(journal: Journal) -> None:
    assert journal.arrival("/b") is None
    applied(journal, rename("/a", "/b"))
    newest = applied(journal, rename("/c", "/b"))
    journal.plan(rename("/d", "/b"))
    arrival = journal.arrival("/b")
    assert arrival is not None
    assert arrival.change_id == newest


def test_history_does_not_follow_an_undone_rename(journal: Journal) -> None:
    first = applied(journal, tag("/a"))
    undone = applied(journal, rename("/a", "/b"))
    journal.mark_undone(undone)
    assert [change.change_id for change in journal.history("/a")] == [undone, first]
    assert journal.history("/b") == []


def test_newer_change_blocks_undo_until_it_is_undone(journal: Journal) -> None:
    first = applied(journal, rename("/a", "/b"))
    second = applied(journal, tag("/b"))
    blocking = journal.newer_change(journal.get(first))
    assert blocking is not None
    assert blocking.change_id == second
    journal.mark_undone(second)
    assert journal.newer_change(journal.get(first)) is None


def test_expire_returns_old_receipts_and_spares_open_changes(
    journal: Journal, clock: Clock
) -> None:
    old = [applied(journal, tag(f"/{n}")) for n in range(3)]
    still_open = journal.plan(tag("/open"))
    clock.at += 100
    new = applied(journal, tag("/new"))
    gone = journal.expire(clock.at - 1, limit=2)
    gone += journal.expire(clock.at - 1, limit=2)
    assert [change.change_id for change in gone] == old
    assert all(change.receipt == {"done": True} for change in gone)
    assert journal.expire(clock.at - 1) == []
    assert {journal.get(new).change_id, journal.get(still_open).change_id} == {new, still_open}
    with pytest.raises(ChangeNotFound):
        journal.get(old[0])


def test_a_refused_undo_keeps_its_reason(journal: Journal) -> None:
    change_id = applied(journal, tag("/a"))
    journal.refuse_undo(change_id, "It was changed by someone else.")
    change = journal.get(change_id)
    assert (change.state, change.reason) == (ChangeState.APPLIED, "It was changed by someone else.")
