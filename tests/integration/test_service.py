"""What the whole service does with what happens to it: files that come, jobs that are stopped."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from comicmaintainer.database import SqliteDatabase
from tests.integration.service import Service, comic
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow
MANY = 10_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("service"))
    first = comic(found.library / "Big" / "Big Wave 0.cbz")
    for number in range(1, MANY):
        shutil.copyfile(first, found.library / "Big" / f"Big Wave {number}.cbz")
    comic(found.library / "Old" / "Old Harbour 001 (2020).cbz", seed=1)
    try:
        found.start()
        wait_until(lambda: len(found.get("/api/files?text=harbour")["files"]) == 1)
        yield found
    finally:
        found.stop()


def lands(service: Service, name: str, seed: int) -> None:
    """Let a comic come, and wait until it has been put in order."""
    path = comic(service.library / "Mark" / f"{name} 001 (2020).cbz", seed)
    wait_until(lambda: path.with_name(f"{name} #0001 (2020).cbz").exists())


def test_files_that_were_there_first_are_catalogued_and_not_changed(service: Service) -> None:
    [listed] = service.get("/api/files?text=harbour")["files"]
    assert listed["state"] == "unprocessed"
    lands(service, "First", 2)
    assert [path.name for path in (service.library / "Old").iterdir()] == [
        "Old Harbour 001 (2020).cbz"
    ]


def test_a_comic_that_is_being_copied_is_taken_once_when_it_is_whole(service: Service) -> None:
    whole = comic(service.library.parent / "slow.cbz", seed=3).read_bytes()
    path = service.library / "Slow" / "Slow Boat 004 (2020).cbz"
    path.parent.mkdir()
    with path.open("wb") as copy:
        copy.write(whole[: len(whole) // 2])
        copy.flush()
        lands(service, "Meanwhile", 4)
        assert path.read_bytes() == whole[: len(whole) // 2]
        copy.write(whole[len(whole) // 2 :])
    wait_until(lambda: path.with_name("Slow Boat #0004 (2020).cbz").exists())
    lands(service, "Later", 5)
    names = [name for items in service.watched_items() for name in items]
    assert names.count(path.name) == 1
    assert not any("#" in name for name in names)


def test_many_files_at_once_become_one_job_without_hidden_and_junk(service: Service) -> None:
    names = [f"Many Waves {number:03} (2019).cbz" for number in range(30)]
    for number, name in enumerate([*names, ".hidden.cbz", "@eaDir/x.cbz", "y.cbz.part"]):
        comic(service.library / "Many" / name, seed=10 + number)
    folder = service.library / "Many"
    wait_until(lambda: len(list(folder.glob("Many Waves #*"))) == len(names))
    lands(service, "After", 6)
    jobs = [set(items) for items in service.watched_items() if "Many" in str(items)]
    assert jobs == [set(names)]
    assert (folder / ".hidden.cbz").exists()
    assert (folder / "@eaDir" / "x.cbz").exists()


def test_a_name_that_is_taken_goes_to_the_duplicates_and_comes_back(service: Service) -> None:
    lands(service, "Twin", 7)
    first = service.library / "Mark" / "Twin #0001 (2020).cbz"
    second = comic(service.library / "Mark" / "Twin 001 (2020) (copy).cbz", seed=7)
    content = second.read_bytes()
    away = service.duplicates / "Mark" / second.name
    wait_until(away.exists)
    assert first.exists()
    [job] = [job for job in service.get("/api/jobs")["jobs"][:1] if job["trigger"] == "watcher"]
    undone = service.post(f"/api/jobs/{service.ended(job['job_id'])['job_id']}/undo")
    assert service.ended(undone["job_id"])["failed_items"] == 0
    assert second.read_bytes() == content
    assert not away.exists()


def test_a_different_comic_whose_name_is_taken_stays_and_is_reported(service: Service) -> None:
    lands(service, "Rival", 40)
    other = comic(service.library / "Mark" / "Rival 001 (2020) (Annual).cbz", seed=41)
    pages = {page: zipfile.ZipFile(other).read(page) for page in ("0.png", "1.png")}

    def conflicts() -> list[dict[str, Any]]:
        return list(service.get("/api/files?state=conflict")["files"])

    wait_until(lambda: [file["path"] for file in conflicts()] == [str(other)])
    assert conflicts()[0]["conflict_with"] == str(
        service.library / "Mark" / "Rival #0001 (2020).cbz"
    )
    assert {page: zipfile.ZipFile(other).read(page) for page in pages} == pages
    assert not list(service.duplicates.rglob("Rival*"))


def test_cancelled_job_stays_cancelled_and_its_deletion_leaves_no_orphan(service: Service) -> None:
    made = service.post("/api/jobs", {"kind": "verify", "folders": ["Big"]})
    assert made["total_items"] == MANY
    address = f"/api/jobs/{made['job_id']}"
    wait_until(lambda: service.get(f"{address}?results=0")["processed_items"])
    assert service.post(f"{address}/cancel")["status"] == "cancelled"
    other = service.post(
        "/api/jobs", {"kind": "verify", "files": ["Old/Old Harbour 001 (2020).cbz"]}
    )
    assert service.ended(other["job_id"])["status"] == "completed"
    job = service.get(f"{address}?results=0")
    assert job["status"] == "cancelled"
    assert job["processed_items"] < MANY
    assert service.client.delete(address).is_success
    database = SqliteDatabase(service.config / "jobs.db")
    # The answer comes at once; the rows of a large job go in the background.
    for table in ("job_items", "job_results", "jobs"):
        sql = f"SELECT 1 FROM {table} WHERE job_id = ? LIMIT 1"
        wait_until(lambda: database.row(sql, (made["job_id"],)) is None)  # noqa: B023 - within the loop
    database.close()


def test_work_continues_when_the_database_is_deleted_under_it(tmp_path: Path) -> None:
    service = Service(tmp_path)
    path = comic(service.library / "Old" / "Old Harbour 001 (2020).cbz", seed=1)
    try:
        service.start()
        for file in service.config.glob("jobs.db*"):
            file.unlink()
        wait_until(lambda: service.client.get("/api/jobs").status_code == 401)
        service.client.close()
        service.client = service.new_client()
        job = service.ended(service.post("/api/jobs/process-all")["job_id"])
        assert (job["status"], job["failed_items"]) == ("completed", 0)
        assert path.with_name("Old Harbour #0001 (2020).cbz").exists()
        # The main worker may still be starting again when another has done the job.
        wait_until(lambda: service.client.get("/health/ready").status_code == httpx2.codes.OK)
    finally:
        service.stop()
