"""A copy goes only while the one that is kept stays: under other paths, in races, while held."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from comicmaintainer.errors import FileBusy, FileChanged
from comicmaintainer.filesystem.shared_steps import FolderSync, run_alone
from comicmaintainer.jobs.model import ClaimedItem, Outcome
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.trash import Trash
from comicmaintainer.operations.changes.file_change import trash_change
from comicmaintainer.operations.changes.holds import LocalHolds
from comicmaintainer.operations.changes.kept_copy import alone, held
from comicmaintainer.operations.items.open_changes import finish_open_changes, settle_given_up
from comicmaintainer.operations.runners import build_runners
from tests.operations.workbench import Guard, Workbench, details, outcome_of

TRASH = {"action": "trash"}


def copies(bench: Workbench, *names: str) -> list[Path]:
    paths = [bench.comic(name, "<Series>Saga</Series>", seed="one") for name in names]
    bench.catalogued(*paths)
    return paths


def comics(bench: Workbench) -> list[str]:
    return sorted(path.name for path in bench.library.glob("*.cbz"))


@contextmanager
def mounted(at: Path, *what: str | Path) -> Iterator[None]:
    at.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("nothing can be mounted here")
    if subprocess.run([mount, *what, at], check=False, capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


def test_a_file_seen_through_two_watched_folders_is_no_copy_of_itself(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("a.cbz", seed="one")
    other = tmp_path / "other"
    with mounted(other, "--bind", bench.library):
        roots = LibraryRoots([bench.library, other])
        bench.catalogue.add_root(other)
        bench.context = replace(bench.context, roots=roots, trash=Trash(roots, now=bench.clock))
        bench.catalogued(path, other / "a.cbz")
        results = bench.run("duplicates", [path, other / "a.cbz"], TRASH)
        assert [details(result)["changes"] for result in results] == [[], []]
        assert any("one file" in str(details(result).get("why")) for result in results)
        assert comics(bench) == ["a.cbz"]
        for keep in (path, other / "a.cbz"):
            bench.run("duplicates", [path, other / "a.cbz"], {**TRASH, "keep": str(keep)})
        assert comics(bench) == ["a.cbz"]
    bench.database.close()


def test_a_wanted_name_that_is_the_file_itself_makes_it_no_duplicate(bench: Workbench) -> None:
    path = bench.comic("one/Saga 1.cbz", "<Series>Saga</Series><Number>1</Number>")
    bench.catalogued(path)
    with mounted(bench.library / "two", "--bind", path.parent):
        params = {"template": "two/{series} {issue}", "padding": 1}
        (result,) = bench.run("rename", [path], params)
        assert details(result)["changes"] == []
        assert "is this file" in str(details(result)["why"])
    assert bench.state_of(path) == "unprocessed"


def test_hard_links_stay_and_other_copies_go(bench: Workbench) -> None:
    best, lesser = copies(bench, "a.cbz", "c.cbz")
    link = bench.library / "b.cbz"
    os.link(best, link)
    bench.catalogued(link)
    bench.run("duplicates", [best, link, lesser], {**TRASH, "keep": str(best)})
    assert comics(bench) == ["a.cbz", "b.cbz"]


def test_a_move_refuses_the_file_itself_for_the_kept_copy(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    link = bench.library / "b.cbz"
    os.link(path, link)
    change = trash_change(path, bench.folder / "t.cbz", "It is a copy.", kept=link)
    with pytest.raises(FileChanged):
        run_alone(change.apply(guard=lambda: None, tools=bench.context.step_tools()))
    assert path.exists()


def test_jobs_that_keep_each_others_copy_at_one_moment_leave_one(bench: Workbench) -> None:
    first, second = copies(bench, "a.cbz", "b.cbz")
    bench.submit("duplicates", [first], {**TRASH, "keep": str(second)})
    bench.submit("duplicates", [second], {**TRASH, "keep": str(first)})
    claims = bench.claim(2)
    # Both have planned before either moves; the one that moves waits until the other has tried.
    planned, tried = threading.Barrier(2, timeout=20), threading.Event()
    asked = threading.local()
    outcomes: list[Outcome] = []

    def reached(point: str) -> None:
        if point == "planned":
            planned.wait()

    def run(claim: ClaimedItem) -> None:
        outcomes.append(outcome_of(runners, claim, Guard(wait_for_rival)))
        tried.set()

    def wait_for_rival() -> None:
        asked.times = getattr(asked, "times", 0) + 1
        if asked.times == 2:  # within the move, right before the rename
            tried.wait(20)

    runners = build_runners(replace(bench.context, reached=reached))
    threads = [threading.Thread(target=run, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(comics(bench)) == 1
    assert len(bench.trash.entries()) == 1
    assert sorted(outcome.code or "" for outcome in outcomes) == ["", "file_busy"]
    assert bench.journal.open_changes() == []


def test_the_last_of_two_that_go_at_one_moment_comes_back(bench: Workbench) -> None:
    first, second = copies(bench, "a.cbz", "b.cbz")
    change = trash_change(first, bench.folder / "t" / "a.cbz", "It is a copy.", kept=second)
    tools = bench.context.step_tools()
    steps = change.apply(guard=lambda: None, tools=tools)
    # As if this process had been stopped right before the move, until its holds had ended.
    while not isinstance(steps.send(None), FolderSync):
        pass
    assert not first.exists()
    second.unlink()
    with pytest.raises(FileBusy, match="went at the same moment"):
        run_alone(steps)
    assert comics(bench) == ["a.cbz"]
    assert not (bench.folder / "t").exists()


def test_a_copy_that_went_before_a_crash_comes_back_if_the_kept_one_has_gone_since(
    bench: Workbench,
) -> None:
    first, second = copies(bench, "a.cbz", "b.cbz")
    bench.submit("duplicates", [first], {**TRASH, "keep": str(second)})
    bench.die_at("applied trash")
    assert comics(bench) == ["b.cbz"]
    second.unlink()
    bench.recover()
    assert comics(bench) == ["a.cbz"]
    assert bench.journal.open_changes() == []
    assert bench.trash.entries() == []


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_process_that_moves_a_copy_after_it_was_given_up_and_dies_loses_nothing(
    bench: Workbench, *, is_kept: bool
) -> None:
    first, second = copies(bench, "a.cbz", "b.cbz")
    target = bench.trash.place_for(first)
    change = trash_change(first, target, "It is a copy.", kept=second)
    change_id = bench.journal.plan(change.planned("job", 1))
    bench.journal.abandon(change_id, "It was not begun.")
    target.parent.mkdir(parents=True)
    first.rename(target)
    if not is_kept:
        second.unlink()
    settle_given_up(bench.context, ("job", 1))
    settle_given_up(bench.context, ("job", 1))
    assert comics(bench) == (["b.cbz"] if is_kept else ["a.cbz"])
    applied = [one for one in bench.journal.changes_of_item("job", 1) if one.state == "applied"]
    assert [one.path_now for one in applied] == ([str(target)] if is_kept else [])


def test_a_change_is_not_given_up_while_a_process_of_this_host_is_at_it(bench: Workbench) -> None:
    first, second = copies(bench, "a.cbz", "b.cbz")
    change = trash_change(first, bench.trash.place_for(first), "It is a copy.", kept=second)
    change_id = bench.journal.plan(change.planned("job", 1))
    with held(bench.context.holds, first, second), pytest.raises(FileBusy):
        finish_open_changes(bench.context, bench.journal.changes_of_item("job", 1))
    assert bench.journal.get(change_id).state is ChangeState.PLANNED
    finish_open_changes(bench.context, bench.journal.changes_of_item("job", 1))
    assert bench.journal.get(change_id).state is ChangeState.ABANDONED


def test_who_needs_a_held_copy_has_to_wait_and_others_need_not(tmp_path: Path) -> None:
    holds = LocalHolds(tmp_path / "lock")
    one, two, three = (tmp_path / name for name in ("1", "2", "3"))
    for path in (one, two, three):
        path.write_bytes(b"")
    with held(holds, one, two):
        with held(holds, three, two):
            pass
        for moved, kept in ((two, one), (two, three), (three, one), (one, two)):
            with pytest.raises(FileBusy), held(holds, moved, kept):
                pass
        with pytest.raises(FileBusy), alone(holds, one):
            pass
    with held(holds, two, one):
        pass
