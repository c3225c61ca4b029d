"""Two web servers without the comics, and a host that has them, over one database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx2
import pytest

from comicmaintainer.accounts import Accounts
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus
from tests.browser.running_service import PASSWORD, USER, draw_comic
from tests.kit.hand_worker import KINDS
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow


def url(server: ServiceProcess, path: str) -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def next_event(lines: Iterator[str], kind: str) -> dict[str, str]:
    """Return the next event of a kind from the lines of a stream."""
    found: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif found.get("event") == kind:
            return found
        else:
            found = {}
    raise AssertionError("the stream has ended")


def job_of(event: dict[str, str]) -> str:
    return str(json.loads(event["data"])["job_id"])


def has_ended(jobs: JobManager, job_id: str) -> bool:
    return jobs.get(job_id).status is JobStatus.COMPLETED


@pytest.fixture
def servers(tmp_path: Path, postgresql_url: str) -> Iterator[list[ServiceProcess]]:
    """A NAS with a worker and the comics, and two web servers that have no folder."""
    made = []
    for name in ("nas", "web1", "web2"):
        (tmp_path / name).mkdir()
        variables = {"DATABASE_URL": postgresql_url, "HOST_NAME": name}
        if name != "nas":
            variables["WATCHED_DIR"] = ""
        made.append(
            ServiceProcess(tmp_path / name, library=tmp_path / "comics", variables=variables)
        )
    yield made
    for each in made:
        each.stop()


def test_replicas_share_sessions_and_events_and_show_what_they_have(
    servers: list[ServiceProcess], tmp_path: Path, postgresql_url: str
) -> None:
    nas, first, second = servers
    draw_comic(nas.library / "Saltmarsh 001.cbz")
    first.launch("web")
    first.wait_until_ready("/health/live")
    assert "/setup/" in first.output
    with closing(PostgresDatabase(postgresql_url, tmp_path / "test", host="test")) as database:
        Accounts(database).create_user(USER, PASSWORD)
        second.launch("web")
        second.wait_until_ready("/health/live")
        nas.launch("serve")
        nas.wait_until_ready()
        wait_until(lambda: database.value("SELECT count(*) FROM files") == 1, "the first scan")

        # Cookies do not depend on the port.
        with httpx2.Client(timeout=30) as client:
            credentials = {"name": USER, "password": PASSWORD}
            assert client.post(url(first, "/api/login"), json=credentials).is_success
            (file,) = client.get(url(second, "/api/files")).json()["files"]
            assert client.get(url(second, "/")).status_code == 200

            # The stream goes on at the other server after the last event of the first one.
            jobs = JobManager(database, KINDS)
            with client.stream("GET", url(first, "/api/events")) as stream:
                job = jobs.submit(JobRequest("verify", ["/a.cbz"]))
                last = next_event(stream.iter_lines(), "job")
                assert job_of(last) == job.job_id
            first.stop()
            job = jobs.submit(JobRequest("verify", ["/b.cbz"]))
            with client.stream(
                "GET", url(second, "/api/events"), headers={"Last-Event-ID": last["id"]}
            ) as stream:
                lines = stream.iter_lines()
                while job_of(next_event(lines, "job")) != job.job_id:
                    pass

            # Covers are shown by who has the file.
            address, image = f"/api/files/{file['file_id']}/cover", {"Accept": "image/*"}
            cover = client.get(url(nas, address), headers=image)
            assert (cover.status_code, cover.headers["Content-Type"]) == (200, "image/webp")
            cover = client.get(url(second, address), headers=image)
            assert (cover.status_code, cover.headers["Content-Type"]) == (200, "image/svg+xml")
            reason = client.get(url(second, address))
            assert "outside_library" in reason.text

            # So are jobs run, whoever was asked; a selection is that of the catalogue.
            shelf, origin = str(nas.library), {"Origin": url(second, "")}
            for wanted in (
                {"files": [file["path"]]}, {"folders": [shelf]}, {"all": True},
                {"filter": {"folder": shelf}},
            ):  # fmt: skip
                body = {"kind": "verify", **wanted}
                answer = client.post(url(second, "/api/jobs"), json=body, headers=origin)
                assert answer.status_code == 201, answer.text
                job_id = answer.json()["job_id"]
                wait_until(partial(has_ended, jobs, job_id))
                assert jobs.get(job_id).total_items == 1
            wrong = {"kind": "verify", "files": [f"{shelf}/Saltmarsh 002.cbz"]}
            refused = client.post(url(second, "/api/jobs"), json=wrong, headers=origin)
            assert refused.status_code == 404, refused.text
            scan = client.post(url(second, "/api/library/scan"), headers=origin).json()["job_id"]
            wait_until(partial(has_ended, jobs, scan))
    for each in servers:
        assert "Traceback" not in each.output
