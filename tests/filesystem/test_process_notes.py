"""Notes outlive a killed process and are never taken from one that runs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from comicmaintainer.filesystem.process_notes import (
    ProcessNotes,
    have_processes_died,
    notes_of_dead_processes,
)
from tests.kit.crash import run_in_child


def die_at(folder: Path, *paths: str) -> None:
    def die() -> None:
        notes = ProcessNotes(folder)
        with ExitStack() as working:
            for path in paths:
                working.enter_context(notes.noted(path))
            os._exit(9)

    assert run_in_child(die) == 9


def test_notes_of_a_dead_process_are_found_once(tmp_path: Path) -> None:
    assert not have_processes_died(tmp_path / "none")
    die_at(tmp_path, "/library/a.cbz", "/library/b.cbz")
    assert have_processes_died(tmp_path)
    assert sorted(notes_of_dead_processes(tmp_path)) == ["/library/a.cbz", "/library/b.cbz"]
    assert not have_processes_died(tmp_path)
    assert notes_of_dead_processes(tmp_path) == []


def test_a_running_process_keeps_its_notes(tmp_path: Path) -> None:
    notes = ProcessNotes(tmp_path)
    with notes.noted("/library/a.cbz"):
        assert not have_processes_died(tmp_path)
        assert notes_of_dead_processes(tmp_path) == []
    notes.close()
    assert list(tmp_path.iterdir()) == []


def test_a_starting_process_whose_file_was_removed_makes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock: Callable[[int, int], None] = fcntl.flock

    def lock_late(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        assert notes_of_dead_processes(tmp_path) == []  # another process looks just now
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", lock_late)
    notes = ProcessNotes(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    notes.close()
