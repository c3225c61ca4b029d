from __future__ import annotations

import os

from comicmaintainer.database import SqliteDatabase
from tests.cli.conftest import CommandLine


def test_doctor_lists_every_check_and_succeeds_without_a_problem(run: CommandLine) -> None:
    assert run("jobs", "list").code == 0
    doctor = run("doctor")
    assert doctor.code == 0, doctor.out
    for name in ("SQLite", "Config directory", "Watched folder", "Free space", "Database", "Log"):
        assert name in doctor.out


def test_doctor_fails_if_a_watched_folder_is_missing(run: CommandLine) -> None:
    doctor = run("doctor", "--json", WATCHED_DIR=str(run.library / "gone"))
    assert doctor.code == 1
    problems = {check["name"] for check in doctor.value if check["verdict"] == "problem"}
    assert "Watched folder" in problems


def test_roots_are_listed_and_an_unwatched_one_can_be_forgotten(run: CommandLine) -> None:
    run.comic("Saga/Saga 1.cbz")
    assert run("scan").code == 0
    other = run.library.with_name("other")
    other.mkdir()
    (root,) = run("roots", "list", "--json", WATCHED_DIR=str(other)).value
    assert (root["files"], root["is_watched"]) == (1, False)
    assert run("roots", "forget", run.library).code == 4
    done = run("roots", "forget", run.library, WATCHED_DIR=str(other))
    assert (done.code, "removed from the catalogue: 1." in done.out) == (0, True)
    assert run("roots", "list", "--json").value == []
    assert (run.library / "Saga" / "Saga 1.cbz").exists()


def test_a_scan_names_the_files_it_left_out(run: CommandLine) -> None:
    run.comic("Saga 1.cbz")
    (run.library / os.fsdecode(b"caf\xe9.cbz")).write_bytes(b"x")
    done = run("scan")
    assert done.code == 0, done
    assert r"caf\xe9.cbz is not valid UTF-8" in done.err
    assert "convmv" in done.err


def test_an_incomplete_database_is_reported_and_restored_from_a_backup(run: CommandLine) -> None:
    backup = run.config.parent / "sound.db"
    assert run("backup", backup).code == 0
    database = SqliteDatabase(run.config / "jobs.db")
    with database.transaction() as transaction:
        transaction.execute("DROP INDEX idx_jobs_created_at")
    database.close()
    refused = run("jobs", "list")
    assert (refused.code, "index idx_jobs_created_at" in refused.err) == (5, True)
    assert run.process("worker").code == 5
    examined = run("doctor")
    assert (examined.code, "index idx_jobs_created_at" in examined.out) == (1, True)
    assert run("restore", backup).code == 0
    assert run("jobs", "list").code == 0
