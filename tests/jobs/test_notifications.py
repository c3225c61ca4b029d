"""People are told of ended jobs: once, of what they asked for, and never at a job's cost."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidSetting, NotificationFailed
from comicmaintainer.jobs.job_manager import JobManager, Retention
from comicmaintainer.jobs.model import JobRequest, JobStatus
from comicmaintainer.jobs.notifications import TOO_OLD_S, AppriseSender, Message, Notifier
from tests.kit.clock import Clock
from tests.kit.hand_worker import FAILED, KINDS, HandWorker

old_module = pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")
"""Apprise still imports it."""


def label_of(kind: str) -> str:
    """What jobs of a kind are called here."""
    return {"process": "Put in order"}[kind]


class Mailbox:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.broken = False

    def __call__(self, message: Message) -> None:
        if self.broken:
            raise NotificationFailed("no answer")
        self.messages.append(message)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def test_end_of_a_job_is_notified_once_over_all_notifiers(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock, mailbox: Mailbox
) -> None:
    notifiers = [Notifier(database, mailbox, label_of=label_of, now=clock) for _ in range(3)]
    job_id = manager.submit(JobRequest("process", ["a", "b"], title="Evening run")).job_id
    assert [notifier.tick() for notifier in notifiers] == [[], [], []]
    claims = worker.claim()
    clock.advance(75)
    worker.hand_in(claims[:1], FAILED)
    worker.hand_in(claims[1:])
    for notifier in notifiers * 2:
        notifier.tick()
    assert mailbox.messages == [
        Message(
            "ComicMaintainer: Evening run completed",
            f"1 of 2 done, 1 failed in 1 min 15 s.\nPut in order, job {job_id}",
            True,
        )
    ]


def test_notifiers_in_concurrent_threads_report_each_end_once(
    database: Database, manager: JobManager, clock: Clock, mailbox: Mailbox
) -> None:
    for number in range(20):
        manager.submit(JobRequest("process", [], title=f"{number}"), once=False)
    barrier = threading.Barrier(4)

    def look() -> None:
        notifier = Notifier(database, mailbox, label_of=label_of, now=clock)
        barrier.wait()
        notifier.tick()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mailbox.messages) == len({message.title for message in mailbox.messages}) == 20


def test_retried_job_is_notified_again_when_it_ends_again(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock, mailbox: Mailbox
) -> None:
    notifier = Notifier(database, mailbox, label_of=label_of, now=clock)
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all(FAILED)
    notifier.tick()
    manager.retry(job_id)
    notifier.tick()
    clock.advance(1)
    worker.run_all()
    notifier.tick()
    assert [message.bad for message in mailbox.messages] == [True, False]


def test_late_result_of_a_cancelled_job_is_not_notified_again(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock, mailbox: Mailbox
) -> None:
    notifier = Notifier(database, mailbox, label_of=label_of, now=clock)
    job_id = manager.submit(JobRequest("process", ["a"])).job_id
    claims = worker.claim()
    manager.cancel_job(job_id)
    notifier.tick()
    worker.hand_in(claims)
    notifier.tick()
    assert [message.title for message in mailbox.messages] == [
        "ComicMaintainer: Put in order cancelled"
    ]
    assert mailbox.messages[0].stopped


def test_end_of_a_job_that_is_not_kept_is_notified(
    database: Database, worker: HandWorker, clock: Clock, mailbox: Mailbox
) -> None:
    kept = Retention(jobs_s=0, unsent_s=TOO_OLD_S)
    manager = JobManager(database, KINDS, retention=kept, now=clock)
    manager.submit(JobRequest("process", ["a"]))
    worker.run_all()
    clock.advance(1)
    assert manager.clean_up() == 0
    Notifier(database, mailbox, label_of=label_of, now=clock).tick()
    assert len(mailbox.messages) == 1
    assert manager.clean_up() == 1
    manager.submit(JobRequest("process", ["a"]))
    worker.run_all()
    clock.advance(TOO_OLD_S + 1)
    assert manager.clean_up() == 1


def test_only_failures_are_notified_on_request(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock, mailbox: Mailbox
) -> None:
    notifier = Notifier(database, mailbox, label_of=label_of, only_failures=True, now=clock)
    manager.submit(JobRequest("process", ["good"], title="Good"))
    worker.run_all()
    manager.submit(JobRequest("process", ["bad"], title="Bad"))
    worker.run_all(FAILED)
    could_not_run = manager.submit(JobRequest("process", ["x"], title="Stuck")).job_id
    with database.transaction() as transaction:
        transaction.execute(
            "UPDATE jobs SET status = 'failed', error = 'unreadable', completed_at = ?"
            " WHERE job_id = ?",
            (clock(), could_not_run),
        )
    notifier.tick()
    assert {message.title for message in mailbox.messages} == {
        "ComicMaintainer: Bad completed",
        "ComicMaintainer: Stuck failed",
    }


def test_jobs_that_ended_long_ago_are_not_notified(
    database: Database, manager: JobManager, clock: Clock, mailbox: Mailbox
) -> None:
    manager.submit(JobRequest("process", []))
    clock.advance(TOO_OLD_S + 1)
    Notifier(database, mailbox, label_of=label_of, now=clock).tick()
    assert mailbox.messages == []


def test_failure_to_send_disturbs_nothing_and_is_not_repeated(
    database: Database, manager: JobManager, clock: Clock, mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    job_id = manager.submit(JobRequest("process", [])).job_id
    mailbox.broken = True
    notifier = Notifier(database, mailbox, label_of=label_of, now=clock)
    notifier.tick()
    assert "no answer" in caplog.text
    mailbox.broken = False
    notifier.tick()
    assert mailbox.messages == []
    assert manager.get(job_id).status is JobStatus.COMPLETED


def test_notifier_in_the_background_sends_and_ends(
    database: Database, manager: JobManager, mailbox: Mailbox, clock: Clock
) -> None:
    manager.submit(JobRequest("process", []))
    notifier = Notifier(database, mailbox, label_of=label_of, now=clock)
    notifier.start()
    pause = threading.Event()
    while not mailbox.messages and not pause.wait(0.01):
        pass
    notifier.stop()
    assert "notifier" not in {thread.name for thread in threading.enumerate()}


@old_module
def test_apprise_delivers_a_message() -> None:
    pytest.importorskip("apprise")
    received: list[dict[str, str]] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        AppriseSender([f"json://127.0.0.1:{server.server_port}/"])(Message("T", "B", True))
        thread.join()
    assert [(body["title"], body["message"], body["type"]) for body in received] == [
        ("T", "B", "failure")
    ]


@old_module
def test_address_that_apprise_cannot_read_is_refused_without_showing_it() -> None:
    pytest.importorskip("apprise")
    with pytest.raises(InvalidSetting) as refusal:
        AppriseSender(["nosuchservice://secret@host"])
    assert "secret" not in str(refusal.value)


@old_module
def test_service_that_does_not_answer_is_a_failed_notification() -> None:
    pytest.importorskip("apprise")
    sender = AppriseSender(["json://127.0.0.1:1/"])
    with pytest.raises(NotificationFailed):
        sender(Message("T", "B", False))
