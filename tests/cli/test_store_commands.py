"""Backups and exports on the command line."""

from __future__ import annotations

import json

from tests.cli.conftest import CommandLine


def test_a_backup_beside_the_daily_ones_is_listed_and_restored_by_its_name(
    run: CommandLine,
) -> None:
    assert run("backups").out == ""
    run("token", "create", "kept")
    made = run("backup")
    assert (made.code, str(run.config / "backups") in made.out) == (0, True)
    [listed] = run("backups", "--json").value
    assert listed["origin"] == "asked"
    run("token", "delete", "kept")
    restored = run("restore", listed["name"])
    assert (restored.code, "before-restore-" in restored.out) == (0, True)
    assert "kept" in run("token", "list").out
    told = run("backups").out
    assert listed["name"] in told
    assert "before restore" in told
    assert run("restore", "jobs-none.db").code == 3


def test_chosen_jobs_are_exported_by_the_beginning_of_their_id(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    chosen, _ = (run("scan", "--json").value["job_id"] for _ in range(2))
    lines = [json.loads(line) for line in run("export", "-", "--job", chosen[:8]).out.splitlines()]
    assert [line["job_id"] for line in lines if line.get("record") == "job"] == [chosen]
    assert run("export", "-", "--job", "none").code == 3
