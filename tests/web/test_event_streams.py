from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from comicmaintainer.accounts import Accounts, Role
from comicmaintainer.database import notices
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.web import event_stream
from comicmaintainer.web.app import create_app
from tests.web.job_steps import submit, work

UPDATE_LIMIT_BYTES = 4096


@dataclass
class Event:
    """One event; `id` is None where the stream did not say one."""

    name: str
    data: dict[str, Any]
    id: int | None
    size_bytes: int


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve the application on a free port, in a thread; yield its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=5)
    )
    started = threading.Event()
    startup = server.startup

    async def startup_and_tell(sockets: Any = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = startup_and_tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    assert started.wait(20)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    app.state.feed.stop()
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def key(parts) -> dict[str, str]:
    return {"X-Api-Key": parts.accounts.create_key("test")}


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with serving(app) as address:
        yield address


def events(response: httpx2.Response) -> Iterator[Event]:
    """Read the events of a stream as they come."""
    fields: dict[str, str] = {}
    size = 0
    for line in response.iter_lines():
        size += len(line.encode()) + 1
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            number = int(fields["id"]) if "id" in fields else None
            yield Event(fields["event"], json.loads(fields["data"]), number, size)
        fields, size = {}, 0


@contextmanager
def listening(address: str, key: dict[str, str], path: str = "/api/events", **headers: str):
    """Open a stream and yield its events."""
    with (
        httpx2.Client(timeout=20) as client,
        client.stream("GET", address + path, headers=key | headers) as response,
    ):
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield events(response)


def test_stream_begins_with_the_active_jobs_and_continues_with_every_change(address, key, parts):
    waiting = submit(parts, 3)
    with listening(address, key) as stream:
        hello = next(stream)
        assert (hello.name, hello.data["counts"]) == ("hello", {"queued": 1})
        assert next(stream).data["job_id"] == waiting
        work(parts)
        done = next(event for event in stream if event.data["status"] == "completed")
        assert done.data["processed_items"] == 3
        assert done.id == parts.manager.jobs.revision()


def test_reader_resumes_at_another_worker_where_it_was_cut_off(address, key, parts, settings):
    ended = submit(parts, 1)
    work(parts)
    with listening(address, key) as stream:
        last = next(stream).id
    missed = submit(parts, 2)
    work(parts)
    parts.manager.delete_job(ended)
    with (
        serving(create_app(settings, lambda: parts)) as other,
        listening(other, key, **{"Last-Event-ID": str(last)}) as stream,
    ):
        one, two = next(stream), next(stream)
        assert (one.name, one.data["job_id"], one.data["status"]) == ("job", missed, "completed")
        assert (two.data["job_id"], two.data["archived"]) == (ended, True)
        assert last < one.id < two.id


def test_jobs_that_changed_together_are_all_sent_before_their_revision(parts):
    made = [submit(parts, 1, kind) for kind in ("process", "tag", "scan")]
    parts.manager.workers.register("w", "here", 1, 1, 0)
    work(parts)
    changed = parts.manager.jobs.changed_since(0)
    assert {job.job_id for job in changed} == set(made)
    texts = list(event_stream.numbered(changed))
    numbers = [line for text in texts for line in text.splitlines() if line.startswith("id: ")]
    assert numbers == [f"id: {number}" for number in sorted({job.revision for job in changed})]
    assert texts[-1].startswith("id: ")


def test_stream_starts_again_at_a_revision_of_another_database(address, key, parts):
    submit(parts, 1)
    with listening(address, key, **{"Last-Event-ID": "999999"}) as stream:
        first = next(stream)
        assert (first.name, first.id) == ("reset", parts.manager.jobs.revision())
        assert next(stream).data["status"] == "queued"


def test_update_stays_small_whatever_the_job_s_size_and_parameters(address, key, parts):
    parts.manager.submit(
        JobRequest(
            "process",
            [f"/comics/{'x' * 200}/{n}.cbz" for n in range(5000)],
            params={"rules": ["x" * 100] * 1000},
            title="t" * 100_000,
        )
    )
    with listening(address, key) as stream:
        next(stream)
        job = next(stream)
    assert job.data["total_items"] == 5000
    assert job.size_bytes < UPDATE_LIMIT_BYTES


def test_stream_of_one_job_ends_with_it(address, key, parts):
    job_id = submit(parts, 3)
    submit(parts, 2, "tag")
    with listening(address, key, f"/api/jobs/{job_id}/events") as stream:
        assert next(stream).data["status"] == "queued"
        work(parts)
        rest = list(stream)
    assert [event.name for event in rest] == ["job", "end"]
    assert {event.data["job_id"] for event in rest} == {job_id}
    assert rest[-1].data["status"] == "completed"


def test_stream_of_a_job_that_has_ended_says_so_at_once(address, key, parts):
    job_id = submit(parts, 1)
    work(parts)
    parts.manager.delete_job(job_id)
    with listening(address, key, f"/api/jobs/{job_id}/events") as stream:
        assert [event.name for event in stream] == ["job", "end"]


def test_stream_of_an_unknown_job_is_not_found(address, key):
    assert httpx2.get(f"{address}/api/jobs/none/events", headers=key).status_code == 404


def test_stream_ends_after_its_user_has_signed_out(address, parts, monkeypatch):
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_S", 0.05)
    accounts: Accounts = parts.accounts
    accounts.create_user("Ada", "correct horse battery")
    token = accounts.sign_in("Ada", "correct horse battery")
    with listening(address, {"Cookie": f"comicmaintainer_session={token}"}) as stream:
        assert next(stream).name == "hello"
        accounts.sign_out(token)
        # Also while there is always something to tell.
        submit(parts, 1)
        assert len(list(stream)) < 2


def test_stream_says_when_the_role_of_its_user_changes(address, parts):
    accounts: Accounts = parts.accounts
    accounts.create_user("Ada", "correct horse battery")
    accounts.create_user("Bob", "correct horse battery", Role.LOOK)
    token = accounts.sign_in("Bob", "correct horse battery")
    with listening(address, {"Cookie": f"comicmaintainer_session={token}"}) as stream:
        assert next(stream).name == "hello"
        accounts.set_role("Bob", Role.WORK)
        event = next(stream)
        assert (event.name, event.data) == ("role", {"role": "work"})
        accounts.delete_user("Bob")
        assert list(stream) == []


def test_streams_end_when_the_server_stops(app, key, parts):
    with serving(app) as address, listening(address, key) as stream:
        assert next(stream).name == "hello"
        app.state.feed.stop()
        assert list(stream) == []


@pytest.mark.parametrize("path", ["/api/events", "/api/jobs/{job_id}/events"])
def test_silent_stream_is_kept_alive_though_other_things_change(
    address, key, parts, monkeypatch, path
):
    """Workers' heartbeats alone change the database more often than a stream is kept alive."""
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_S", 1.0)
    path = path.format(job_id=submit(parts))
    stopped = threading.Event()

    def commit() -> None:
        while not stopped.wait(0.1):
            notices.post(parts.database, "test", "Something else.", 0.0)

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        with httpx2.stream("GET", f"{address}{path}", headers=key, timeout=30) as answer:
            lines = (line for line in answer.iter_lines() if line.startswith(": "))
            assert [next(lines), next(lines)] == [": still here"] * 2
    finally:
        stopped.set()
        thread.join()
