"""The trash on the command line: what is emptied is what was listed."""

from __future__ import annotations

import json

from tests.cli.conftest import CommandLine


def test_trash_is_emptied_only_if_it_is_still_as_listed(run: CommandLine) -> None:
    for name in ("a.cbz", "b.cbz"):
        assert run("delete", run.comic(name, pages=2)).code == 0
    listed = json.loads(run("trash", "list", "--json").out)
    assert len(listed["entries"]) == 2
    shown = run("trash", "list")
    assert f"trash empty --digest {listed['digest']}" in shown.err
    run("trash", "restore", listed["entries"][0]["trash_id"])
    run("delete", run.comic("unseen.cbz", pages=2))
    assert len(json.loads(run("trash", "list", "--json").out)["entries"]) == 2
    refused = run("trash", "empty", "--digest", listed["digest"])
    assert refused.code != 0
    assert "has changed since it was listed" in refused.err
    now = json.loads(run("trash", "list", "--json").out)
    emptied = run("trash", "empty", "--digest", now["digest"])
    assert (emptied.code, emptied.out) == (0, "2 files deleted for good.\n")
    assert json.loads(run("trash", "list", "--json").out)["entries"] == []


def test_ids_not_in_the_trash_are_refused_at_once(run: CommandLine) -> None:
    assert run("delete", run.comic("a.cbz")).code == 0
    (entry,) = run("trash", "list", "--json").value["entries"]
    jobs = len(run("jobs", "list", "--json").value)
    refused = run("trash", "restore", entry["trash_id"], "x")
    assert (refused.code, "no entry 'x'" in refused.err) == (3, True)
    assert len(run("jobs", "list", "--json").value) == jobs
    assert run("trash", "restore", entry["trash_id"]).code == 0
