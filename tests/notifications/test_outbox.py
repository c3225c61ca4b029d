"""What happens is noted in the transaction in which it does, and told as events."""

from __future__ import annotations

import io
from typing import Any

import pytest

from comicmaintainer.database import Database
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, FileState, SeenFile
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.library.matches.model import GroupKey
from comicmaintainer.matching.model import Level, Match
from comicmaintainer.notifications.disk_watch import DiskWatch
from comicmaintainer.notifications.dispatcher import GATHERED_WITHIN_S, QUIET_S, Dispatcher
from comicmaintainer.notifications.model import EventType
from comicmaintainer.notifications.receivers import Receivers
from tests.kit.clock import Clock
from tests.kit.hand_worker import FAILED, HandWorker, importer

pytestmark = pytest.mark.both_databases
URL = "https://receiver.example/hook"


@pytest.fixture(autouse=True)
def listener(receivers: Receivers) -> int:
    """A webhook that wants everything."""
    return receivers.add("listener", URL)[0].receiver_id


def told(receivers: Receivers, dispatcher: Dispatcher) -> list[dict[str, Any]]:
    """Hand out, and return the bodies of all events so far."""
    dispatcher.hand_out()
    return [stored_object(each.body) for each in reversed(receivers.deliveries.page())]


def wait_for_quiet(dispatcher: Dispatcher, clock: Clock) -> None:
    dispatcher.hand_out()
    clock.advance(QUIET_S)


def test_end_of_a_job_is_an_event(
    manager: JobManager, worker: HandWorker, receivers: Receivers, dispatcher: Dispatcher,
    clock: Clock,
) -> None:  # fmt: skip
    job_id = manager.submit(JobRequest("process", ["a", "b"], title="Evening run")).job_id
    claims = worker.claim()
    assert told(receivers, dispatcher) == []
    clock.advance(75)
    worker.hand_in(claims)
    (body,) = told(receivers, dispatcher)
    assert body["type"] == "job.ended"
    assert body["version"] == 1
    assert body["timestamp"] == "2023-11-14T22:14:35.000Z"
    assert body["link"] == f"jobs/{job_id}"
    assert body["id"].startswith("evt_")
    assert body["data"] == {
        "job_id": job_id,
        "kind": "process",
        "title": "Evening run",
        "status": "completed",
        "preview": False,
        "trigger": "api",
        "total_items": 2,
        "processed_items": 2,
        "failed_items": 0,
        "error": None,
        "created_at": clock.at - 75,
        "started_at": clock.at - 75,
        "completed_at": clock.at,
    }


def test_failures_are_an_event_of_their_own_which_follows_the_end(
    manager: JobManager, worker: HandWorker, receivers: Receivers, dispatcher: Dispatcher
) -> None:
    manager.submit(JobRequest("process", ["a", "b"]))
    worker.run_all(FAILED)
    bodies = told(receivers, dispatcher)
    assert [each["type"] for each in bodies] == ["job.ended", "job.failed"]
    assert bodies[0]["data"] == bodies[1]["data"]
    assert len({each["id"] for each in bodies}) == 2


def test_every_way_a_job_can_end_is_noted(
    database: Database, manager: JobManager, worker: HandWorker, receivers: Receivers,
    dispatcher: Dispatcher,
) -> None:  # fmt: skip
    empty = manager.submit(JobRequest("process", [])).job_id
    cancelled = manager.submit(JobRequest("process", ["a"])).job_id
    manager.cancel_job(cancelled)
    removed = manager.submit(JobRequest("process", ["b"])).job_id
    manager.delete_job(removed)
    retried = manager.submit(JobRequest("process", ["c"])).job_id
    worker.run_all(FAILED)
    manager.retry(retried)
    worker.run_all()
    unreadable = manager.submit(JobRequest("process", ["d"])).job_id
    with database.transaction() as transaction:
        transaction.execute("UPDATE jobs SET params = '[' WHERE job_id = ?", (unreadable,))
    manager.jobs.end_unreadable(1.0)
    ends = [
        (each["data"]["job_id"], each["data"]["status"])
        for each in told(receivers, dispatcher)
        if each["type"] == "job.ended"
    ]
    assert ends == [
        (empty, "completed"),
        (cancelled, "cancelled"),
        (removed, "cancelled"),
        (retried, "completed"),
        (retried, "completed"),
        (unreadable, "failed"),
    ]


def test_what_an_import_brings_is_no_event(
    database: Database, manager: JobManager, worker: HandWorker, receivers: Receivers,
    dispatcher: Dispatcher, listener: int,
) -> None:  # fmt: skip
    receivers.change(listener, enabled=False)
    ended = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all()
    exported = io.BytesIO(b"".join(Exporter(database).lines()))
    with database.transaction() as transaction:
        for table in ("jobs", "job_results"):  # no cascade on a server
            transaction.execute(f"DELETE FROM {table}")
    receivers.change(listener, enabled=True)
    importer(database).read(exported)
    assert manager.get(ended).status == "completed"
    assert told(receivers, dispatcher) == []


def test_late_result_of_a_cancelled_job_is_no_second_end(
    manager: JobManager, worker: HandWorker, receivers: Receivers, dispatcher: Dispatcher
) -> None:
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    claims = worker.claim()
    manager.cancel_job(job_id)
    worker.hand_in(claims)
    assert [each["type"] for each in told(receivers, dispatcher)] == ["job.ended"]


def test_nothing_is_noted_while_nobody_listens(
    database: Database, manager: JobManager, receivers: Receivers, listener: int
) -> None:
    receivers.change(listener, enabled=False)
    manager.submit(JobRequest("process", []))
    assert database.value("SELECT count(*) FROM event_outbox") == 0


def test_only_chosen_events_come(
    manager: JobManager, worker: HandWorker, receivers: Receivers, dispatcher: Dispatcher,
    listener: int,
) -> None:  # fmt: skip
    receivers.change(listener, events=[EventType.JOB_FAILED])
    manager.submit(JobRequest("process", ["a"]))
    worker.run_all()
    manager.submit(JobRequest("process", ["b"]))
    worker.run_all(FAILED)
    assert [each["type"] for each in told(receivers, dispatcher)] == ["job.failed"]


def test_every_receiver_gets_the_same_body(
    manager: JobManager, receivers: Receivers, dispatcher: Dispatcher
) -> None:
    receivers.add("another", URL)
    manager.submit(JobRequest("process", []))
    one, other = told(receivers, dispatcher)
    assert one == other


def catalogue_of(database: Database, clock: Clock, *names: str) -> Catalogue:
    catalogue = Catalogue(database, now=clock)
    catalogue.add_root("/library")
    catalogue.upsert([SeenFile(f"/library/{name}", 1, 1, 1, n) for n, name in enumerate(names)])
    return catalogue


def test_damage_and_conflicts_are_told_together_once_it_is_quiet(
    database: Database, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    catalogue = catalogue_of(database, clock, "a.cbz", "b.cbz", "c.cbz")
    catalogue.set_state("/library/a.cbz", FileState.FAILED, reason="It is cut.")
    assert told(receivers, dispatcher) == []
    clock.advance(QUIET_S - 1)
    catalogue.set_state("/library/b.cbz", FileState.FAILED, reason="It is empty.")
    catalogue.set_state("/library/c.cbz", FileState.CONFLICT, conflict_with="/library/b.cbz")
    assert told(receivers, dispatcher) == []
    clock.advance(QUIET_S)
    bodies = told(receivers, dispatcher)
    assert [(each["type"], each["link"], each["data"]) for each in bodies] == [
        (
            "conflict.found",
            "duplicates?by=name",
            {"count": 1, "files": [{"path": "/library/c.cbz", "taken": "/library/b.cbz"}]},
        ),
        (
            "damage.found",
            "?state=failed",
            {
                "count": 2,
                "files": [
                    {"path": "/library/a.cbz", "reason": "It is cut."},
                    {"path": "/library/b.cbz", "reason": "It is empty."},
                ],
            },
        ),
    ]


def test_what_never_gets_quiet_is_told_after_a_while(
    database: Database, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    names = [f"{number}.cbz" for number in range(30)]
    catalogue = catalogue_of(database, clock, *names)
    began = clock.at
    for name in names:
        catalogue.set_state(f"/library/{name}", FileState.FAILED, reason="It is cut.")
        if told(receivers, dispatcher):
            break
        clock.advance(QUIET_S / 2)
    (body,) = told(receivers, dispatcher)
    assert clock.at - began == GATHERED_WITHIN_S
    assert body["data"]["count"] == 13


def test_a_body_names_a_few_of_many(
    database: Database, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    seen = [
        SeenFile(f"/library/{'x' * 200}{n}.cbz", 1, 1, 1, n, FileFacts(reason="It is cut. " * 300))
        for n in range(500)
    ]
    catalogue_of(database, clock).upsert(seen)
    wait_for_quiet(dispatcher, clock)
    (body,) = told(receivers, dispatcher)
    assert (body["data"]["count"], len(body["data"]["files"])) == (500, 20)
    (delivery,) = receivers.deliveries.page()
    assert len(delivery.body) < 64 << 10


def test_a_file_that_stays_damaged_is_told_once(
    database: Database, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    catalogue = catalogue_of(database, clock, "a.cbz")
    for _ in range(3):
        catalogue.set_state("/library/a.cbz", FileState.FAILED, reason="It is cut.")
        wait_for_quiet(dispatcher, clock)
        bodies = told(receivers, dispatcher)
    assert [each["data"]["count"] for each in bodies] == [1]


def test_a_match_that_a_person_has_to_look_at_is_told_once(
    database: Database, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    catalogue = catalogue_of(database, clock, "a.cbz")
    ids = catalogue.ids_at(["/library/a.cbz"])
    matches = MatchStore(database, now=clock)
    group = GroupKey("/library", "harbour lights")
    for level in (Level.CERTAIN, Level.LIKELY, Level.LIKELY):
        match = Match(level, ("a",), (), "")
        matches.add(group, "Harbour Lights", [(match, {"a": ids["/library/a.cbz"]})], "job")
        wait_for_quiet(dispatcher, clock)
        dispatcher.hand_out()
    (body,) = told(receivers, dispatcher)
    assert (body["type"], body["link"]) == ("review.needed", "review")
    series = [{"name": "Harbour Lights", "folder": "/library"}]
    assert body["data"] == {"count": 1, "series": series}


def test_a_missing_disk_is_told_once_by_each_host_until_it_is_back(
    database: Database, receivers: Receivers, dispatcher: Dispatcher, clock: Clock
) -> None:
    missing = ["/comics"]
    watches = [
        DiskWatch(database, lambda: missing, now=clock, host=host)
        for host in ("nas", "nas", "nas2")
    ]
    for _ in range(2):
        for watch in watches:
            watch.look()
    bodies = told(receivers, dispatcher)
    assert [(each["type"], each["data"]) for each in bodies] == [
        ("disk.missing", {"folder": "/comics", "host": host, "problem": "missing"})
        for host in ("nas", "nas2")
    ]
    missing.clear()
    watches[0].look()
    missing.append("/comics")
    assert watches[0].look() == ["/comics"]
    assert len(told(receivers, dispatcher)) == 3


def test_what_was_noted_survives_until_somebody_hands_it_out(
    database: Database, manager: JobManager, worker: HandWorker, receivers: Receivers,
    dispatcher: Dispatcher, clock: Clock,
) -> None:  # fmt: skip
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all()
    clock.advance(10_000)
    assert manager.clean_up() == 1
    (body,) = told(receivers, dispatcher)
    assert (body["data"]["job_id"], body["data"]["processed_items"]) == (job_id, 1)
    assert database.value("SELECT count(*) FROM event_outbox") == 0
