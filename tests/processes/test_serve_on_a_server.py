"""The whole service over a database on a PostgreSQL server, and the way there and back."""

from __future__ import annotations

import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.errors import DatabaseBusy
from comicmaintainer.processes import database_start
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery"
TAGS = "<ComicInfo><Series>Amber Tide</Series><Number>{}</Number></ComicInfo>"


def comic(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", b"page %d" % number)
        archive.writestr("ComicInfo.xml", TAGS.format(number))
    return path


@pytest.fixture
def service(tmp_path: Path, postgresql_url: str) -> Iterator[ServiceProcess]:
    made = ServiceProcess(
        tmp_path,
        variables={
            "DATABASE_URL": postgresql_url,
            "GUNICORN_WORKERS": "1",
            "WORKER_PROCESSES": "1",
            "WATCH_EXISTING": "catalogue",
        },
    )
    yield made
    made.stop()


class Person:
    """Somebody who is signed in."""

    def __init__(self, service: ServiceProcess) -> None:
        self.client = httpx2.Client(
            base_url=service.url, headers={"Origin": service.url}, timeout=30, trust_env=False
        )

    def close(self) -> None:
        self.client.close()

    def get(self, address: str) -> Any:
        answer = self.client.get(address)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, address: str, body: Any = None) -> Any:
        answer = self.client.post(address, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def ended(self, job_id: str) -> Any:
        """Wait until a job has ended, and return it."""

        def end() -> Any:
            job = self.get(f"/api/jobs/{job_id}")
            return job if job["status"] in ("completed", "cancelled", "failed") else None

        return wait_until(end)


def test_the_service_does_its_work_over_a_server(
    service: ServiceProcess, postgresql_url: str, tmp_path: Path
) -> None:
    before = [comic(service.library / "Tide" / f"{n}.cbz", n) for n in range(1, 4)]
    service.launch()
    service.wait_until_ready()
    token = service.output.partition("/setup/")[2].split()[0]
    with closing(Person(service)) as person:
        person.post("/api/setup", {"token": token, "name": "Ada", "password": PASSWORD})
        person.post("/api/login", {"name": "Ada", "password": PASSWORD})
        wait_until(lambda: len(person.get("/api/files?text=amber")["files"]) == 3)

        made = person.post(
            "/api/jobs", {"kind": "process", "files": [str(path) for path in before]}
        )
        job = person.ended(made["job_id"])
        assert (job["status"], job["failed_items"]) == ("completed", 0)
        assert not any(path.exists() for path in before)

        # A worker that is killed is started again, and what it ran is done.
        with closing(PostgresDatabase(postgresql_url, tmp_path)) as database:
            (worker,) = database.rows("SELECT pid FROM workers")
            os.kill(worker["pid"], signal.SIGKILL)
            undone = person.post(f"/api/jobs/{made['job_id']}/undo")
            assert person.ended(undone["job_id"])["failed_items"] == 0
            assert all(path.exists() for path in before)
            now = database.rows("SELECT pid FROM workers")
            assert [row["pid"] for row in now] != [worker["pid"]]

        system = person.get("/api/system")
        assert system["database"]["path"].startswith("postgresql://")
        assert system["backups"] == []
        refused = person.client.post("/api/backups")
        assert (refused.status_code, "pg_dump" in refused.text) == (409, True)

        service.stop()
        service.launch()
        service.wait_until_ready()
        assert len(person.get("/api/files?text=amber")["files"]) == 3  # the session is still there
        assert not (service.config / "jobs.db").exists()


def test_a_library_goes_to_a_server_and_back(
    service: ServiceProcess, postgresql_url: str, tmp_path: Path
) -> None:
    for number in range(1, 6):
        comic(service.library / f"{number}.cbz", number)
    service.environment["DATABASE_URL"] = ""
    assert service.run("scan").returncode == 0
    path = service.config / "jobs.db"
    before = contents(SqliteDatabase(path))
    assert len(before["files"]) == 5

    copied = service.run("database", "copy", "--to", postgresql_url)
    assert copied.returncode == 0, copied.stderr
    assert contents(PostgresDatabase(postgresql_url, tmp_path)) == before
    again = service.run("database", "copy", "--to", postgresql_url)
    assert (again.returncode != 0, "not empty" in again.stderr) == (True, True)

    service.environment["DATABASE_URL"] = postgresql_url
    found = service.run("files", "amber")
    assert found.stdout.count("Amber Tide") >= 5, found.stdout + found.stderr
    before = contents(PostgresDatabase(postgresql_url, tmp_path))
    there = service.run("database", "copy", "--from", "-")
    assert "exists already" in there.stderr
    path.rename(tmp_path / "older.db")
    back = service.run("database", "copy", "--from", "-")
    assert back.returncode == 0, back.stderr
    assert contents(SqliteDatabase(path)) == before
    service.environment["DATABASE_URL"] = ""
    assert service.run("files", "amber").stdout.count("Amber Tide") >= 5


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    with closing(database):
        return {
            table: sorted(
                (tuple(dict(sorted(dict(row).items())).values()) for row in database.rows(
                    f'SELECT * FROM "{table}"'
                )),
                key=repr,
            )
            for table in database.tables()
        }  # fmt: skip


def test_a_server_that_is_away_at_the_start_is_waited_for(
    service: ServiceProcess, postgresql_url: str, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    address, _, socket_folder = postgresql_url.partition("?host=")
    service.environment["DATABASE_URL"] = f"{address}?host={here}"
    service.launch()
    wait_until(lambda: "Waiting for it" in service.output)
    here.symlink_to(socket_folder)
    service.wait_until_ready()


def test_a_worker_waits_for_a_server_too_but_not_for_ever(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_start, "ASK_AGAIN_S", 0.01)
    monkeypatch.setattr(database_start, "SERVER_WITHIN_S", 0.05)
    with closing(PostgresDatabase(postgresql_url, tmp_path)) as database:
        assert database_start.wait_for_server(database, threading.Event())
    away = PostgresDatabase(f"postgresql:///x?host={tmp_path}", tmp_path)
    with pytest.raises(DatabaseBusy, match="can't be reached"):
        database_start.wait_for_server(away, threading.Event())
    stopped = threading.Event()
    stopped.set()
    assert not database_start.wait_for_server(away, stopped)
