"""Disks that become read-only, full, or vanish while the product works: said, survived, gone on."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from tests.faults.disks import Disk, Installation, comics, run, why_impossible
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mountable(tmp_path_factory: pytest.TempPathFactory) -> None:
    reason = why_impossible(tmp_path_factory.mktemp("probe"))
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture
def disk(mountable: None, tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk.img", tmp_path / "disk")
    disk.mount()
    yield disk
    disk.remove()


@pytest.fixture
def product(disk: Disk, tmp_path: Path) -> Iterator[Installation]:
    """The product whose library is on the disk."""
    product = Installation(disk.folder, tmp_path / "config", tmp_path)
    yield product
    product.stop()


@pytest.fixture
def on_config(disk: Disk, tmp_path: Path) -> Iterator[Installation]:
    """The product whose database is on the disk."""
    product = Installation(tmp_path / "library", disk.folder / "config", tmp_path)
    yield product
    product.stop()


def states(config: Path, table: str) -> dict[str, int]:
    database = SqliteDatabase(config / "jobs.db")
    rows = database.rows(f"SELECT state, count(*) AS n FROM {table} GROUP BY state")
    database.close()
    return {row["state"]: row["n"] for row in rows}


def are_whole(folder: Path) -> bool:
    return all(zipfile.ZipFile(path).testzip() is None for path in folder.rglob("*.cbz"))


def test_library_that_becomes_read_only_is_reported_stays_readable_and_recovers(
    product: Installation, disk: Disk, tmp_path: Path
) -> None:
    paths = comics(disk.folder / "Saga", 6)
    product.start()
    disk.make_read_only()
    job_id = product.submit("process")

    def tried() -> bool:
        return states(tmp_path / "config", "changes").get("abandoned", 0) >= len(paths)

    wait_until(tried, "an attempt at every comic")
    status, health = product.health()
    assert (status, health["checks"]["library"]) == (200, "read_only")
    assert health["problems"] == ["WATCHED_DIR: its disk is read-only."]
    (told,) = product.get("/api/system")["disks"]
    assert told["folder"] == str(disk.folder)
    assert "read-only filesystem" in told["finding"]
    assert "mount it writable" in told["advice"]
    # Between two attempts no row is open, so what only reads works.
    wait_until(
        lambda: "planned" not in states(tmp_path / "config", "changes"), "the end of an attempt"
    )
    for kind in ("verify", "duplicates"):
        job = product.ended(product.submit(kind, paths[:2]))
        assert job["failed_items"] == 0, job["results"]
    doctor = product.run("doctor")
    assert doctor.returncode == 1
    assert f"{disk.folder} is on a read-only filesystem" in doctor.stdout
    assert "owner or permissions" not in doctor.stdout

    disk.make_writable()
    job = product.ended(job_id)
    assert (job["status"], job["failed_items"]) == ("completed", 0)
    assert product.health()[1]["problems"] == []
    assert are_whole(disk.folder)


def test_library_that_vanishes_during_a_job_is_not_taken_for_deleted(
    product: Installation, disk: Disk, tmp_path: Path
) -> None:
    comics(disk.folder / "Saga", 40)
    product.start()
    wait_until(lambda: len(product.get("/api/files?limit=100")["files"]) == 40, "the first scan")
    job_id = product.submit("process")
    disk.vanish()
    wait_until(lambda: product.health()[1]["checks"]["library"] == "missing", "the finding")
    (told,) = product.get("/api/system")["disks"]
    assert "its disk is not mounted" in told["finding"]
    status, submitted = product.ask("POST", "/api/library/scan")
    scan = product.ended(submitted["job_id"])["results"][0]["details"]["scan"]
    assert status == 201
    assert scan["removed"] == 0
    assert "Nothing was forgotten" in scan["warning"]
    assert sum(states(tmp_path / "config", "files").values()) == 40
    assert list(disk.folder.iterdir()) == []
    disk.mount()
    job = product.ended(job_id)
    assert (job["status"], job["failed_items"]) == ("completed", 0)
    assert states(tmp_path / "config", "files") == {"processed": 40}
    assert len(list(disk.folder.rglob("*.cbz"))) == 40
    assert are_whole(disk.folder)


def test_disk_inside_the_library_that_vanishes_keeps_its_comics(
    product: Installation, disk: Disk, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    comics(library / "Here", 2)
    inner = Disk(tmp_path / "inner.img", library / "There")
    inner.mount()
    paths = comics(inner.folder / "Saga", 5)
    product.environment["WATCHED_DIR"] = str(library)
    try:
        product.start()
        wait_until(lambda: len(product.get("/api/files?limit=99")["files"]) == 7, "the first scan")
        inner.vanish()
        job = product.submit("process", [library / "Here" / "Here 0000.cbz"])
        product.ended(job)
        with zipfile.ZipFile(library / "Here" / "Here 0002.cbz", "w") as archive:
            archive.writestr("1.png", b"the watcher takes this up after what it heard of the disk")
        wait_until(
            lambda: len(product.get("/api/files?limit=99")["files"]) == 8, "the watcher's turn"
        )
        assert sum(states(tmp_path / "config", "files").values()) == 8
        inner.mount()
        job = product.ended(product.submit("process", paths))
        assert job["failed_items"] == 0
    finally:
        inner.remove()


def test_change_of_a_crash_waits_for_its_disk(
    product: Installation, disk: Disk, tmp_path: Path
) -> None:
    (path,) = comics(disk.folder / "Saga", 1)
    product.start()
    product.ended(product.submit("process"))
    product.stop()
    # As a power cut leaves it that comes between the change and its confirmation.
    database = SqliteDatabase(tmp_path / "config" / "jobs.db")
    with database.transaction() as transaction:
        transaction.execute("UPDATE changes SET state = 'planned', receipt = NULL")
    database.close()
    assert not path.exists()
    number = disk.folder.stat().st_dev
    with disk.renumbered():
        product.start()
        assert states(tmp_path / "config", "changes") == {"planned": 2}
        product.stop()
        disk.mount()
        assert disk.folder.stat().st_dev != number
        product.start()
        wait_until(
            lambda: states(tmp_path / "config", "changes") == {"applied": 2},
            "recovery after the crash",
        )


def test_database_whose_disk_breaks_is_reported_and_kept(
    on_config: Installation, disk: Disk, tmp_path: Path
) -> None:
    comics(tmp_path / "library" / "Saga", 3)
    on_config.start()
    on_config.ended(on_config.submit("process"))
    disk.fail()
    wait_until(
        lambda: on_config.health()[1]["checks"]["database"] == "database_read_only", "the finding"
    )
    status, health = on_config.health()
    assert status == 503
    assert health["problems"] == ["CONFIG_DIR: its disk is read-only."]
    assert on_config.get("/api/system")["disks"][0]["folder"] == str(disk.folder / "config")
    assert len(on_config.get("/api/jobs")["jobs"]) == 1
    status, refused = on_config.ask("POST", "/api/jobs", {"kind": "verify", "all": True})
    assert (status, refused["error"]["code"]) == (503, "database_read_only")
    doctor = on_config.run("doctor")
    assert "is on a read-only filesystem" in doctor.stdout
    assert doctor.stderr == ""
    assert "completed" in on_config.run("jobs", "list").stdout
    refusal = on_config.run("process", tmp_path / "library" / "Saga")
    assert refusal.returncode == 5
    assert "read-only now" in refusal.stderr
    assert on_config.is_running
    on_config.stop()
    disk.vanish()
    run("e2fsck", "-fy", disk.image)
    disk.mount()
    on_config.start()
    assert len(on_config.get("/api/jobs")["jobs"]) == 1
    on_config.ended(on_config.submit("verify"))


def test_database_whose_disk_vanishes_is_not_created_again(
    on_config: Installation, disk: Disk, tmp_path: Path
) -> None:
    comics(tmp_path / "library" / "Saga", 3)
    on_config.start()
    on_config.ended(on_config.submit("process"))
    disk.vanish()
    wait_until(lambda: on_config.health()[0] == 503, "the finding")
    assert on_config.health()[1]["checks"]["database"] == "database_missing"
    wait_until(lambda: "No new database is created" in on_config.output, "a word in the log")
    assert list(disk.folder.iterdir()) == []
    disk.mount()
    wait_until(lambda: on_config.health()[0] == 200, "going on")
    assert len(on_config.get("/api/jobs")["jobs"]) == 1
    assert on_config.get("/api/system")["notices"] == []
    on_config.ended(on_config.submit("verify"))


def test_command_on_a_full_disk_says_what_it_waits_for_and_continues(
    product: Installation, disk: Disk
) -> None:
    paths = comics(disk.folder / "Saga", 2)
    filler = disk.fill()
    command = product.begin("process", *paths)
    assert command.stderr is not None
    told = next(line for line in command.stderr if "Waiting" in line)
    assert "no space is left" in told
    assert "Trying again in 5 s" in told
    filler.unlink()
    out, errors = command.communicate(timeout=90)
    assert command.returncode == 0, errors
    assert "2 of 2" in out
    assert are_whole(disk.folder)
