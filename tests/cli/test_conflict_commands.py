"""Conflicts on the command line: in previews, in lists, and beside the comic."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from tests.cli.conftest import CommandLine


def two_comics(run: CommandLine) -> tuple[Path, Path]:
    """Two different comics that the rules give one name; the first in order gets it."""
    first = run.comic("Saga 01 (2012).cbz", pages=3)
    second = run.comic("Saga 1 (2012) (Annual).cbz", pages=4)
    assert run("scan").code == 0
    return first, second


def test_conflicts_are_previewed_listed_and_shown(run: CommandLine) -> None:
    first, second = two_comics(run)
    holder = first.with_name("Saga #0001 (2012).cbz")
    assert "No files are in conflict" in run("conflicts").err
    previewed = run("process", "--all", "--preview", "--wait")
    assert f"in conflict with {holder}, another comic" in previewed.out
    done = run("process", "--all", "--wait")
    assert done.code == 0, done.err
    assert second.exists()
    listed = run("files", "--state", "conflict")
    assert str(second) in listed.out
    assert "Another comic has the name Saga #0001 (2012).cbz." in listed.out
    (file,) = run("files", "--state", "conflict", "--json").value
    assert (file["path"], file["conflict_with"]) == (str(second), str(holder))
    (group,) = run("conflicts", "--json").value
    assert (group["path"], [each["path"] for each in group["files"]]) == (
        str(holder),
        [str(second)],
    )
    apart = {each["field"]: (each["own"], each["other"]) for each in group["files"][0]["apart"]}
    assert apart["format"] == ("Annual", None)
    assert apart["page_count"] == ("4", "3")
    text = run("conflicts").out
    assert f"Other comics should have the name of {holder} too:" in text
    assert "this file" in text
    shown = run("show", second)
    assert str(holder) in shown.out
    assert "Annual" in shown.out
    assert run("show", second, "--json").value["conflict"]["path"] == str(holder)
    assert run("show", holder, "--json").value["conflict"] is None


def test_show_works_without_a_catalogue(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    shown = run("show", path, "--json")
    assert shown.code == 0, shown.err
    assert shown.value["conflict"] is None
    assert not (run.config / "jobs.db").exists()


def test_show_works_beside_a_damaged_catalogue(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    assert run("scan").code == 0
    with closing(driver.connect(run.config / "jobs.db")) as database:
        database.execute("ALTER TABLE files RENAME COLUMN conflict_with TO lost")
    shown = run("show", path)
    assert (shown.code, "2 pages" in shown.out) == (0, True)
    assert "Could not check for a conflict" in shown.err
