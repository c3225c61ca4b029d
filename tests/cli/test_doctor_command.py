from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_doctor_tells_every_check_and_succeeds_without_a_problem(run: CommandLine) -> None:
    assert run("jobs", "list").code == 0
    told = run("doctor")
    assert told.code == 0, told.out
    for name in ("SQLite", "Config directory", "Watched folder", "Free space", "Database", "Log"):
        assert name in told.out


def test_doctor_fails_where_a_watched_folder_is_not_there(run: CommandLine) -> None:
    told = run("doctor", "--json", WATCHED_DIR=str(run.library / "gone"))
    assert told.code == 1
    problems = {check["name"] for check in told.value if check["verdict"] == "problem"}
    assert "Watched folder" in problems
