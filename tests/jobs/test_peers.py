"""Items of a job found by name, however many there are."""

from __future__ import annotations

from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ItemState, JobRequest
from comicmaintainer.jobs.peers import KEPT_JOBS, Peers
from tests.kit.hand_worker import DONE, FAILED, HandWorker


def submit(manager: JobManager, *items: str) -> str:
    return manager.submit(JobRequest("process", items), once=False).job_id


def test_items_are_found_by_the_key_of_their_names(manager: JobManager, database: Database) -> None:
    job_id = submit(manager, "/b.cbz", "/A.cbz", "/a.CBZ", "/caf\u00e9.cbz")
    peers = Peers(database, key=str.casefold)
    assert [(peer.seq, peer.item) for peer in peers.named(job_id, "/a.cbz")] == [
        (1, "/A.cbz"),
        (2, "/a.CBZ"),
    ]
    assert peers.named(job_id, "/c.cbz") == []
    assert [peer.seq for peer in Peers(database).named(job_id, "/a.CBZ")] == [2]


def test_items_are_found_as_they_stand_now(
    manager: JobManager, database: Database, worker: HandWorker
) -> None:
    job_id = submit(manager, "a", "b")
    peers = Peers(database)
    (before,) = peers.named(job_id, "a")
    assert (before.state, before.has_ended) == (ItemState.QUEUED, False)
    first, second = worker.claim()
    worker.hand_in([first], DONE)
    worker.hand_in([second], FAILED)
    states = [peers.named(job_id, name)[0].state for name in "ab"]
    assert states == [ItemState.SUCCEEDED, ItemState.FAILED]


def test_an_item_continues_while_its_job_does_and_it_has_no_result(
    manager: JobManager, database: Database, worker: HandWorker
) -> None:
    peers = Peers(database)
    job_id = submit(manager, "a", "b")
    assert peers.is_going_on(job_id, 0)
    worker.hand_in(worker.claim(1))
    assert [peers.is_going_on(job_id, seq) for seq in (0, 1, 2)] == [False, True, False]
    manager.pause(job_id)
    assert not peers.is_going_on(job_id, 1)
    manager.resume(job_id)
    manager.cancel_job(job_id)
    assert not peers.is_going_on(job_id, 1)
    assert not peers.is_going_on("no such job", 0)


def test_items_of_many_jobs_are_kept_separate(manager: JobManager, database: Database) -> None:
    peers = Peers(database)
    jobs = [submit(manager, *map(str, range(number, 7000))) for number in range(KEPT_JOBS + 2)]
    for _ in range(2):
        found = [peers.named(job_id, "6999") for job_id in jobs]
        assert [each[0].seq for each in found] == [6999 - number for number in range(len(jobs))]
