from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from comicmaintainer import doctor
from comicmaintainer.database import SqliteDatabase, notices
from comicmaintainer.doctor import Check, Verdict
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.settings import Settings
from comicmaintainer.watcher.coverage import Limit, shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore
from tests.kit.living_worker import register_worker


def settings(tmp_path: Path, **variables: str) -> Settings:
    (tmp_path / "comics").mkdir(exist_ok=True)
    return Settings.from_environment(
        {"CONFIG_DIR": str(tmp_path / "config"), "WATCHED_DIR": str(tmp_path / "comics")}
        | variables
    )


def examine(chosen: Settings) -> dict[str, Check]:
    database = SqliteDatabase(chosen.database_path)
    try:
        database.row("SELECT 1")
    finally:
        database.close()
    return {check.name: check for check in doctor.examine(chosen, database)}


def test_sound_installation_reports_only_the_missing_worker(tmp_path: Path) -> None:
    found = examine(settings(tmp_path))
    bad = {name for name, check in found.items() if check.verdict is not Verdict.OK}
    assert bad - {"libarchive"} == {"Workers"}
    assert all(check.advice for check in found.values() if check.verdict is Verdict.PROBLEM)


def test_live_worker_is_found(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    database = SqliteDatabase(chosen.database_path)
    register_worker(database, host="nas", threads=4)
    database.close()
    assert examine(chosen)["Workers"] == Check(
        doctor.Topic.JOBS, "Workers", Verdict.OK, "4 threads on nas"
    )


def test_threads_of_several_workers_are_added_up(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    database = SqliteDatabase(chosen.database_path)
    register_worker(database, "main", host="nas", threads=2)
    register_worker(database, "other", host="nas", threads=2, items_only=True)
    database.close()
    found = examine(chosen)["Workers"]
    assert (found.verdict, found.finding) == (Verdict.OK, "4 threads in 2 processes on nas")


def test_workers_for_items_only_are_a_warning(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    database = SqliteDatabase(chosen.database_path)
    register_worker(database, host="nas", threads=2, items_only=True)
    database.close()
    found = examine(chosen)["Workers"]
    assert found.verdict is Verdict.WARNING
    assert "no folder is watched" in found.finding
    assert "--items-only" in found.advice


def test_no_free_space_is_reported_while_no_folder_exists(tmp_path: Path) -> None:
    chosen = Settings.from_environment({"CONFIG_DIR": str(tmp_path / "config")})
    check = doctor.check_space(chosen)
    assert (check.verdict, "0 B" in check.finding) == (Verdict.WARNING, False)


def test_missing_watched_folder_is_a_problem(tmp_path: Path) -> None:
    found = examine(settings(tmp_path, WATCHED_DIR=str(tmp_path / "gone")))
    assert found["Watched folder"].verdict is Verdict.PROBLEM
    assert str(tmp_path / "gone") in found["Watched folder"].finding


def test_damaged_database_is_reported_and_not_touched(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    chosen.config_dir.mkdir()
    chosen.database_path.write_bytes(b"no database" * 1000)
    database = SqliteDatabase(chosen.database_path)
    found = {check.name: check for check in doctor.examine(chosen, database)}
    assert found["Database"].verdict is Verdict.PROBLEM
    assert "sets the file aside" in found["Database"].advice
    assert chosen.database_path.read_bytes() == b"no database" * 1000


def test_notices_are_reported_until_dismissed(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    database = SqliteDatabase(chosen.database_path)
    notices.post(database, "k", "The database was damaged.", time.time())
    assert examine(chosen)["Notice"].finding == "The database was damaged."
    notices.dismiss(database, "k")
    assert "Notice" not in examine(chosen)
    database.close()


def test_last_error_of_the_log_is_reported(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    chosen.log_path.parent.mkdir(parents=True)
    chosen.log_path.write_text(
        "2026-01-01T00:00:00+00:00 INFO web[1] a: b\n"
        "2026-01-01T00:00:01+00:00 ERROR worker[2] a: it broke\n",
        encoding="utf-8",
    )
    found = examine(chosen)["Log"]
    assert found.verdict is Verdict.WARNING
    assert "it broke" in found.finding


@pytest.mark.parametrize(
    ("variables", "how"),
    [({}, "appended"), ({"TAG_WRITE": "replace"}, "replacing")],
)
def test_way_of_writing_tags_is_reported_for_each_folder(
    tmp_path: Path, variables: dict[str, str], how: str
) -> None:
    check = examine(settings(tmp_path, **variables))["Watched folder"]
    assert how in check.finding or "overlay" in check.finding or "tmpfs" in check.finding


def test_more_threads_than_the_computer_can_serve_is_a_warning(tmp_path: Path) -> None:
    found = examine(settings(tmp_path, MAX_WORKERS="64", GUNICORN_WORKERS="64"))
    assert found["Processors"].verdict is Verdict.WARNING


def test_names_that_are_not_utf8_are_reported_with_advice(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    (tmp_path / "comics" / os.fsdecode(b"caf\xe9.cbz")).write_bytes(b"x")
    database = SqliteDatabase(chosen.database_path)
    roots = LibraryRoots(chosen.watched_dirs)
    LibraryScan(database, roots, lambda _: FileFacts(), now=time.time).scan_root(roots.paths[0])
    database.close()
    found = examine(chosen)["Names"]
    assert found.verdict is Verdict.WARNING
    assert r"caf\xe9.cbz" in found.finding
    assert "convmv" in found.advice


def test_a_folder_that_is_no_longer_watched_is_reported(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    database = SqliteDatabase(chosen.database_path)
    Catalogue(database, now=time.time).add_root("/was/watched")
    database.close()
    found = examine(chosen)["Library"]
    assert found.verdict is Verdict.WARNING
    assert "/was/watched is no longer watched" in found.finding
    assert "run this command with the same WATCHED_DIR" in found.advice


def test_missing_unar_is_reported_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = examine(settings(tmp_path))["unar"]
    assert found.verdict is Verdict.WARNING
    assert "apt-get install unar" in found.advice


def test_forced_appending_is_reported(tmp_path: Path) -> None:
    check = examine(settings(tmp_path, TAG_WRITE="append"))["Watched folder"]
    assert "appended" in check.finding


def test_unwatched_folders_are_reported_while_a_watcher_runs(
    tmp_path: Path,
) -> None:
    chosen = settings(tmp_path)
    database = SqliteDatabase(chosen.database_path)
    found = shortfall(Limit.WATCHES, watched=3, scanned=18, interval_s=60, detail="")
    CoverageStore(database).save(found, 1.0)
    assert examine(chosen)["Watching"].verdict is Verdict.OK  # what a dead worker lacked is past
    register_worker(database)
    told = examine(chosen)["Watching"]
    assert (told.verdict, told.finding, told.advice) == (
        Verdict.WARNING,
        found.finding,
        found.advice,
    )
    database.close()


def test_link_that_leads_in_a_circle_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    told = examine(settings(tmp_path, WATCHED_DIR=str(tmp_path / "loop")))["Watched folder"]
    assert told.verdict is Verdict.PROBLEM
    assert "a symbolic link that leads back to itself" in told.finding


@pytest.mark.parametrize("is_made", [False, True])
def test_configuration_without_a_database_is_examined_and_left_without_one(
    tmp_path: Path, is_made: bool
) -> None:
    chosen = settings(tmp_path)
    if is_made:
        chosen.config_dir.mkdir()
    assert doctor.check_database(chosen).verdict is Verdict.OK
    assert not chosen.database_path.exists()
