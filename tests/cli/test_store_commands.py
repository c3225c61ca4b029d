"""Backups and exports on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.cli.new_file import write_new
from comicmaintainer.errors import InvalidInput, TargetExists
from tests.cli.conftest import CommandLine


def test_a_manual_backup_is_listed_and_restored_by_its_name(
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


def test_jobs_are_exported_by_a_prefix_of_their_id(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    chosen, _ = (run("scan", "--json").value["job_id"] for _ in range(2))
    lines = [json.loads(line) for line in run("export", "-", "--job", chosen[:8]).out.splitlines()]
    assert [line["job_id"] for line in lines if line.get("record") == "job"] == [chosen]
    assert run("export", "-", "--job", "none").code == 3


@pytest.mark.parametrize("form", [(), ("--csv",)])
def test_an_export_overwrites_nothing(run: CommandLine, form: tuple[str, ...]) -> None:
    comic = run.comic("Saga/Saga 007 (2012).cbz")
    job = run("scan", "--json").value["job_id"]
    before = comic.read_bytes()
    refused = run("export", comic, "--job", job, *form)
    assert (refused.code, "already exists" in refused.err) == (4, True)
    assert comic.read_bytes() == before
    new = run.library / "new.out"
    assert run("export", new, "--job", job, *form).code == 0
    assert new.read_text() == run("export", "-", "--job", job, *form).out.replace("\r\n", "\n")
    assert sorted(path.name for path in run.library.iterdir()) == ["Saga", "new.out"]


def test_a_failed_export_leaves_no_file(run: CommandLine) -> None:
    assert run("export", run.config.parent / "out", "--csv").code == 2
    assert run("export", run.config.parent / "out", "--job", "none").code == 3
    assert not (run.config.parent / "out").exists()


@pytest.mark.parametrize("command", ["backup", "export"])
def test_a_missing_folder_gives_the_same_error_everywhere(run: CommandLine, command: str) -> None:
    folder = run.config.parent / "none"
    refused = run(command, folder / "x")
    assert (refused.code, f"There is no folder {folder}" in refused.err) == (3, True)


def test_a_new_file_is_complete_or_absent(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise InvalidInput("no more")

    with pytest.raises(InvalidInput):
        write_new(tmp_path / "x", broken())
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / "x", [b"a", b"b"])
    assert (tmp_path / "x").read_bytes() == b"ab"
    with pytest.raises(TargetExists):
        write_new(tmp_path / "x", [b"c"])
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(TargetExists):
        write_new(tmp_path / "dangling", [b"c"])
    write_new(Path("/dev/null"), [b"c"])


def test_import_reports_what_it_stored_as_json(run: CommandLine, tmp_path: Path) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    run("scan")
    target = tmp_path / "jobs.jsonl"
    run("export", target)
    other = CommandLine(run.library, tmp_path / "other")
    imported = other("import", target, "--json")
    assert imported.code == 0, imported.err
    assert imported.value["stored"]["job"] == 1
    assert imported.value["clashes"] == []
