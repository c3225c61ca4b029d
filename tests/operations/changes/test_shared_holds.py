"""Holds of several hosts: who holds a file keeps it, until its process has certainly ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.errors import FileBusy
from comicmaintainer.library.journal import Change, ChangeState, Journal, PlannedChange
from comicmaintainer.operations.changes.holds import Item
from comicmaintainer.operations.changes.kept_copy import alone, held
from comicmaintainer.operations.changes.shared_holds import GONE_AFTER_S, SharedHolds
from tests.kit.clock import Clock
from tests.kit.forked import exit_code


def change_of(seq: int) -> Change:
    return Change(
        "trash", "/a.cbz", job_id="job", seq=seq,
        change_id=0, state=ChangeState.PLANNED, planned_at=0.0,
    )  # fmt: skip


ITEM, OTHER = change_of(1), change_of(2)
OfHost = Callable[[str], SharedHolds]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def of_host(postgresql_url: str, tmp_path: Path, clock: Clock) -> Iterator[OfHost]:
    with ExitStack() as opened:

        def of_host(name: str) -> SharedHolds:
            database = PostgresDatabase(postgresql_url, tmp_path / name, host=name)
            opened.callback(database.close)
            return SharedHolds(database, now=clock)

        yield of_host


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paths = (tmp_path / "a.cbz", tmp_path / "b.cbz")
    for path in paths:
        path.write_bytes(b"")
    return paths


def die_holding(url: str, folder: Path, host: str, moved: Path, kept: Path) -> None:
    holds = SharedHolds(PostgresDatabase(url, folder / host, host=host), now=Clock())
    with held(holds, moved, kept, ITEM):
        os.kill(os.getpid(), signal.SIGKILL)


def require_busy(holds: SharedHolds, moved: Path, kept: Path, change: Change = OTHER) -> None:
    with pytest.raises(FileBusy), held(holds, moved, kept, change):
        pass


def test_hosts_exclude_each_other_and_share_what_stays(
    of_host: OfHost, files: tuple[Path, Path], tmp_path: Path
) -> None:
    nas, pc = of_host("nas"), of_host("pc")
    one, two = files
    three = tmp_path / "c.cbz"
    three.write_bytes(b"")
    with held(nas, one, two, ITEM):
        with held(pc, three, two, OTHER):
            pass
        for holds in (nas, pc):
            for moved, kept in ((two, one), (two, three), (three, one), (one, two)):
                require_busy(holds, moved, kept)
            with pytest.raises(FileBusy), alone(holds, one):
                pass
    with held(pc, two, one, OTHER):
        pass


def test_a_file_is_held_under_its_other_paths_too(
    of_host: OfHost, files: tuple[Path, Path]
) -> None:
    one, two = files
    link = one.with_name("link.cbz")
    link.hardlink_to(two)
    nas, pc = of_host("nas"), of_host("pc")
    with held(nas, one, two, ITEM):
        require_busy(nas, link, one)
        # Another host may show the name with other letter case, which may be the same file.
        other_case = two.with_name("B.cbz")
        other_case.hardlink_to(two)
        require_busy(pc, other_case, one)


def test_copies_whose_names_differ_in_letter_case_exclude_each_other(
    of_host: OfHost, tmp_path: Path
) -> None:
    lower, upper = tmp_path / "a.cbz", tmp_path / "A.cbz"
    lower.write_bytes(b"")
    upper.write_bytes(b"")
    with held(of_host("nas"), lower, upper, ITEM):
        require_busy(of_host("pc"), upper, lower)


def test_an_earlier_attempt_of_the_item_is_no_obstacle(
    of_host: OfHost, files: tuple[Path, Path]
) -> None:
    nas, pc = of_host("nas"), of_host("pc")
    with held(nas, *files, ITEM), held(pc, *files, ITEM):
        require_busy(pc, *files[::-1])
        with pytest.raises(FileBusy), alone(pc, files[0]):  # recovery changes what it might do
            pass


def test_a_killed_process_holds_nothing_on_its_host_at_once_and_elsewhere_when_that_says_so(
    of_host: OfHost, files: tuple[Path, Path], postgresql_url: str, tmp_path: Path
) -> None:
    nas, pc = of_host("nas"), of_host("pc")
    assert exit_code(die_holding, postgresql_url, tmp_path, "nas", *files) == -signal.SIGKILL
    with held(nas, *files[::-1], OTHER):
        pass
    require_busy(pc, *files[::-1])
    settled: list[Item] = []
    pc.end_dead(settled.append)
    require_busy(pc, *files[::-1])
    nas.end_dead(settled.append)
    with held(pc, *files[::-1], OTHER):
        pass
    assert settled == [("job", 1)]
    assert list((tmp_path / "nas" / "holders").iterdir()) == []


def test_what_lives_is_not_ended(of_host: OfHost, files: tuple[Path, Path]) -> None:
    nas, pc = of_host("nas"), of_host("pc")
    settled: list[Item] = []
    with held(nas, *files, ITEM):
        nas.end_dead(settled.append)
        of_host("nas").end_dead(settled.append)
        require_busy(pc, *files[::-1])
    assert settled == []


def test_a_host_that_was_not_seen_for_a_day_holds_nothing(
    of_host: OfHost, files: tuple[Path, Path], postgresql_url: str, tmp_path: Path, clock: Clock
) -> None:
    pc = of_host("pc")
    assert exit_code(die_holding, postgresql_url, tmp_path, "nas", *files) == -signal.SIGKILL
    clock.advance(GONE_AFTER_S - 1)
    require_busy(pc, *files[::-1])
    clock.advance(2)
    with held(pc, *files[::-1], OTHER):
        pass


@pytest.mark.parametrize("is_given_up", [False, True])
def test_a_hold_stays_until_it_is_noted_what_was_done_after_the_change_was_given_up(
    of_host: OfHost, files: tuple[Path, Path], postgresql_url: str, tmp_path: Path,
    clock: Clock, *, is_given_up: bool,
) -> None:  # fmt: skip
    nas, pc = of_host("nas"), of_host("pc")
    settled: list[Item] = []
    with closing(PostgresDatabase(postgresql_url, tmp_path / "test", host="test")) as database:
        journal = Journal(database, now=clock)
        change_id = journal.plan(PlannedChange("trash", str(files[0]), job_id="job", seq=1))
        with held(nas, *files, journal.get(change_id)):
            if is_given_up:
                journal.abandon(change_id, "It was not begun.")
        # A process that dies here has not confirmed the change.
        if is_given_up:
            require_busy(pc, *files[::-1])
        nas.end_dead(settled.append)
        with held(pc, *files[::-1], OTHER):
            pass
    assert settled == ([("job", 1)] if is_given_up else [])
