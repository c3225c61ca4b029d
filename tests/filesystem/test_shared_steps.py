"""Steps are taken in groups, in order of their stages, and errors reach only their own change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import ComicMaintainerError, DatabaseBusy, FileMissing, LeaseLost
from comicmaintainer.filesystem.shared_steps import (
    Alone,
    FileSync,
    FolderSync,
    GuardCheck,
    Step,
    WithinContext,
    run_alone,
    run_together,
)
from tests.kit.syncs import noted_syncs

Log = list[tuple[str, str]]


class Crash(BaseException):
    """An end of the process."""


def allowed() -> None:
    pass


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is synced, in order."""
    return noted_syncs(monkeypatch)


async def write(path: Path, log: Log, guard: Any = allowed) -> str:
    """A change in the form of a tag write with a rename."""
    name = path.name
    with path.open("wb") as stream:
        stream.write(b"body")
        stream.flush()
        log.append((name, "body"))
        await FileSync(stream.fileno(), path)
        await GuardCheck(guard)
        stream.write(b"end")
        stream.flush()
        log.append((name, "end"))
        await FileSync(stream.fileno(), path)
    target = path.with_suffix(".new")
    path.rename(target)
    log.append((name, "renamed"))
    await FolderSync(path.parent)
    log.append((name, "done"))
    return target.name


def test_alone_each_step_is_taken_as_it_comes(tmp_path: Path, synced: list[str]) -> None:
    log: Log = []
    assert run_alone(write(tmp_path / "a", log)) == "a.new"
    assert synced == ["a", "a", tmp_path.name]
    assert [what for _, what in log] == ["body", "end", "renamed", "done"]


def test_together_all_reach_a_step_before_one_goes_on(tmp_path: Path, synced: list[str]) -> None:
    log: Log = []
    changes = [write(tmp_path / name, log) for name in "abc"]
    assert run_together(changes) == ["a.new", "b.new", "c.new"]
    assert synced == [*"abc", *"abc", tmp_path.name]
    assert [what for _, what in log] == [
        what for what in ("body", "end", "renamed", "done") for _ in "abc"
    ]


def test_an_error_of_a_step_ends_only_its_own_change(tmp_path: Path) -> None:
    log: Log = []

    def lost() -> None:
        raise LeaseLost("another worker has it")

    changes = [
        write(tmp_path / "a", log),
        write(tmp_path / "b", log, guard=lost),
        write(tmp_path / "missing" / "c", log),
        write(tmp_path / "d", log),
    ]
    results = run_together(changes)
    assert [results[0], results[3]] == ["a.new", "d.new"]
    assert isinstance(results[1], LeaseLost)
    assert isinstance(results[2], FileNotFoundError)
    assert ("b", "end") not in log


def test_a_failed_sync_is_the_error_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "b":
            raise OSError(5, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    results = run_together([write(tmp_path / name, []) for name in "abc"])
    assert [results[0], results[2]] == ["a.new", "c.new"]
    assert isinstance(results[1], ComicMaintainerError)
    assert results[1].path == str(tmp_path / "b")


def test_guards_of_a_group_can_be_checked_together(tmp_path: Path) -> None:
    groups: list[list[int]] = []

    def check(steps: Sequence[tuple[int, GuardCheck]]) -> list[LeaseLost | None]:
        groups.append([number for number, _ in steps])
        return [LeaseLost("gone") if number == 1 else None for number, _ in steps]

    changes = [write(tmp_path / name, []) for name in "abc"]
    results = run_together(changes, {GuardCheck: check})
    assert groups == [[0, 1, 2]]
    assert isinstance(results[1], LeaseLost)
    assert [results[0], results[2]] == ["a.new", "c.new"]


def test_an_error_while_steps_are_taken_is_raised_in_each_change(tmp_path: Path) -> None:
    cleaned: list[str] = []

    async def change(name: str) -> str:
        try:
            await GuardCheck(allowed)
        except DatabaseBusy:
            cleaned.append(name)
            raise
        return name

    def busy(steps: Sequence[tuple[int, GuardCheck]]) -> list[None]:
        raise DatabaseBusy("locked")

    results = run_together([change("a"), change("b")], {GuardCheck: busy})
    assert [type(result) for result in results] == [DatabaseBusy, DatabaseBusy]
    assert cleaned == ["a", "b"]


def test_steps_of_two_classes_with_one_stage_are_taken_apart() -> None:
    class One(Step[str]):
        stage = 7

        def take(self) -> str:
            return type(self).__name__

    class Other(One):
        pass

    async def change(step: One) -> str:
        return await step

    assert run_together([change(One()), change(Other()), change(One())]) == ["One", "Other", "One"]


def test_what_does_not_fit_in_leaves_the_group_and_can_run_alone(tmp_path: Path) -> None:
    log: Log = []

    async def alone(name: str) -> str:
        log.append((name, "planned"))
        await Alone()
        return await write(tmp_path / name, log)

    changes = [alone("a"), write(tmp_path / "b", log), alone("c")]
    assert run_together(changes) == [None, "b.new", None]
    assert [name for name, what in log if what != "planned"] == ["b"] * 4
    assert run_alone(alone("a")) == "a.new"


def test_a_folder_that_is_gone_is_an_error_only_where_it_must_be_there(tmp_path: Path) -> None:
    async def sync(*, may_be_gone: bool) -> str:
        await FolderSync(tmp_path / "gone", may_be_gone)
        return "synced"

    results = run_together([sync(may_be_gone=True), sync(may_be_gone=False)])
    assert results[0] == "synced"
    assert isinstance(results[1], FileMissing)


class Noted(AbstractContextManager[None]):
    """Shows in `inside` that its block runs."""

    def __init__(self, name: str, inside: list[str]) -> None:
        self._name, self._inside = name, inside

    def __enter__(self) -> None:
        self._inside.append(self._name)

    def __exit__(self, *_: object) -> None:
        self._inside.remove(self._name)


def test_each_stretch_runs_within_the_context(tmp_path: Path) -> None:
    inside: list[str] = []
    log: list[str] = []

    async def change(name: str) -> str:
        log.append(f"{name} in {inside}")
        await FolderSync(tmp_path)
        log.append(f"{name} in {inside}")
        return name

    async def within(name: str) -> str:
        return await WithinContext(change(name), Noted(name, inside))

    assert run_together([within("a"), within("b")]) == ["a", "b"]
    assert log == ["a in ['a']", "b in ['b']", "a in ['a']", "b in ['b']"]
    assert inside == []


def test_what_a_closed_change_cleans_up_runs_within_its_context(tmp_path: Path) -> None:
    inside: list[str] = []
    cleaned: list[list[str]] = []

    async def change() -> None:
        try:
            await FolderSync(tmp_path)
        finally:
            cleaned.append([*inside])

    async def within() -> None:
        await WithinContext(change(), Noted("a", inside))

    begun = within()
    begun.send(None)
    begun.close()
    assert cleaned == [["a"]]


@pytest.mark.parametrize("together", [True, False])
def test_the_end_of_the_process_closes_every_change(tmp_path: Path, *, together: bool) -> None:
    closed: list[str] = []

    def crash() -> None:
        raise Crash

    async def change(name: str, guard: Any) -> None:
        try:
            await FolderSync(tmp_path)
            await GuardCheck(guard)
        finally:
            closed.append(name)

    changes = [change("a", allowed), change("b", crash), change("c", allowed)]
    with pytest.raises(Crash):
        run_together(changes) if together else run_alone(changes[1])
    for unused in (changes[0], changes[2]):
        unused.close()
    assert sorted(closed) == (["a", "b", "c"] if together else ["b"])
