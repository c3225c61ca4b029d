"""Series, kinds, settings, notices and the overview of jobs on the command line."""

from __future__ import annotations

from comicmaintainer.database import SqliteDatabase, notices
from tests.cli.conftest import CommandLine


def test_series_are_listed_with_their_files(run: CommandLine) -> None:
    assert "The catalogue has no series yet" in run("series").err
    for name in ("Saga/Saga 001.cbz", "Saga/Saga 002.cbz", "Bone/Bone 001.cbz"):
        run.comic(name)
    assert run("process", "--all", "--json").code == 0
    assert run("scan").code == 0
    listed = run("series", "--json").value
    assert listed == [{"name": "Bone", "files": 1}, {"name": "Saga", "files": 2}]
    assert run("series", "sag", "--json").value == listed[1:]
    assert "more than 1" in run("series", "--limit", "1").err


def test_overview_counts_jobs_and_their_items(run: CommandLine) -> None:
    overview = run("jobs", "overview")
    assert (overview.code, "No worker is running" in overview.err) == (0, True)
    assert run("scan").code == 0
    counted = run("jobs", "overview", "--json").value
    assert (counted["counts"]["completed"], counted["items_last_hour"]) == (1, 1)
    assert "completed: 1" in run("jobs", "overview").out


def test_kinds_are_those_of_the_api_with_their_parameters(run: CommandLine) -> None:
    kinds = {kind["name"]: kind for kind in run("kinds", "--json").value}
    assert "heal" in {parameter["name"] for parameter in kinds["verify"]["parameters"]}
    assert "  heal: " in run("kinds").out


def test_settings_are_shown_without_secrets(run: CommandLine) -> None:
    secret = "mailto://ada:lanterns@nas"
    settings = run("settings", MAX_WORKERS="3", NOTIFY_URLS=secret)
    assert (settings.code, "lanterns" in settings.out) == (0, False)
    rows = run("settings", "--json", MAX_WORKERS="3", NOTIFY_URLS=secret).value
    values = {row["variable"]: row["value"] for row in rows}
    assert (values["MAX_WORKERS"], values["NOTIFY_URLS"]) == ("3", "(set)")
    assert values["WATCHED_DIR"] == str(run.library)


def test_a_notice_is_listed_until_it_is_dismissed(run: CommandLine) -> None:
    assert "no notices" in run("notices", "list").err
    database = SqliteDatabase(run.config / "jobs.db")
    notices.post(database, "moon", "The moon is full.", 1_770_000_000.0)
    database.close()
    assert "The moon is full." in run("notices", "list").out
    assert run("notices", "dismiss", "moon").code == 0
    assert run("notices", "list", "--json").value == []
    assert run("notices", "dismiss", "moon").code == 3
