"""Notifies people that a job has ended, once per job even with several worker processes.

A notifier runs in every main worker if notifications are set up. The first to mark a job's end
sends the message, so it is never sent twice, and lost only if the process dies while sending it.
Sending runs in a separate thread, so it never delays a job. Times are UTC epoch seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import DatabaseError, InvalidSetting, NotificationFailed
from comicmaintainer.jobs.job_store import JOB_COLUMNS, job_from_row
from comicmaintainer.jobs.model import Job, JobStatus

logger = logging.getLogger(__name__)

LOOK_S = 3.0
TOO_OLD_S = 600.0
"""Jobs that ended longer ago are not reported (notifications were off, or no worker ran)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notification about a job. `bad` if something failed, `stopped` if it was cancelled."""

    title: str
    body: str
    bad: bool
    stopped: bool = False


Sender = Callable[[Message], None]
"""Sends a message. Raises NotificationFailed."""


class Notifier:
    """Looks for ended jobs every few seconds, in its own thread."""

    def __init__(
        self,
        database: Database,
        send: Sender,
        *,
        label_of: Callable[[str], str],
        only_failures: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`label_of` returns what a job is called that has no title, from its kind."""
        self._database = database
        self._send = send
        self._label_of = label_of
        self._only_failures = only_failures
        self._now = now
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float | None = None) -> None:
        """Stop the thread; a message that is being sent may still arrive."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def tick(self) -> list[Job]:
        """Send messages about ended jobs, and return those jobs."""
        reported = []
        for job in self._claimed():
            message = message_about(job, self._label_of(job.kind))
            if message.bad or not self._only_failures:
                reported.append(job)
                try:
                    self._send(message)
                except NotificationFailed as error:
                    logger.warning("No notification about job %s: %s", job.job_id, error)
        return reported

    def _run(self) -> None:
        seen = -1
        while True:
            try:
                version = self._database.data_version()
                if version != seen:
                    self.tick()
                    seen = version
            except DatabaseError as error:
                logger.warning("Notifications postponed: %s", error)
            if self._stopping.wait(LOOK_S):
                return

    def _claimed(self) -> list[Job]:
        """Mark the ended jobs without a notification, and return them."""
        ended = {"since": self._now() - TOO_OLD_S}
        if self._database.row(f"SELECT 1 FROM jobs WHERE {_UNSENT} LIMIT 1", ended) is None:
            return []
        with self._database.transaction(Turn.JOBS) as transaction:
            rows = transaction.rows(
                f"UPDATE jobs SET notified_at = completed_at WHERE {_UNSENT}"
                f" RETURNING {JOB_COLUMNS}",
                ended,
            )
        return [job_from_row(row) for row in rows]


_UNSENT = (
    "completed_at > :since AND notified_at IS DISTINCT FROM completed_at AND deleting = 0"
    " AND status IN ('completed', 'failed', 'cancelled')"
)


def message_about(job: Job, label: str) -> Message:
    """Return the message about how a job has ended; `label` is what jobs of its kind are called."""
    how = "previewed" if job.preview and job.status is JobStatus.COMPLETED else str(job.status)
    files = f"{job.processed_items - job.failed_items} of {job.total_items} done"
    failed = f", {job.failed_items} failed" if job.failed_items else ""
    why = f"\n{job.error}" if job.error else ""
    bad = job.status is JobStatus.FAILED or job.failed_items > 0
    which = f"\n{f'{label}, job' if job.title else 'Job'} {job.job_id}"
    return Message(
        f"ComicMaintainer: {job.title or label} {how}",
        f"{files}{failed}{_took(job)}.{why}{which}",
        bad,
        stopped=job.status is JobStatus.CANCELLED,
    )


def _took(job: Job) -> str:
    if job.started_at is None or job.completed_at is None:
        return ""
    seconds = max(0, round(job.completed_at - job.started_at))
    hours, minutes = divmod(seconds // 60, 60)
    return f" in {hours} h {minutes} min" if hours else f" in {minutes} min {seconds % 60} s"


class AppriseSender:
    """Sends through Apprise to any service it knows; see https://github.com/caronc/apprise/wiki."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Set up the services.

        Raises:
            InvalidSetting: Apprise is not installed, or can't read one of `urls`.
        """
        try:
            # Imported here because it is an optional extra and takes half a second to load.
            import apprise
        except ImportError as error:
            raise InvalidSetting(
                "NOTIFY_URLS is set, but Apprise is not installed: "
                "pip install 'comicmaintainer[notify]'"
            ) from error
        self._types: Any = apprise.NotifyType
        self._services: Any = apprise.Apprise()
        for number, url in enumerate(urls, start=1):
            if not self._services.add(url):
                # The address itself may hold a password.
                raise InvalidSetting(f"NOTIFY_URLS: Apprise can't read address number {number}.")

    def __call__(self, message: Message) -> None:
        """Send a message to all services.

        Raises:
            NotificationFailed: at least one of them did not accept it.
        """
        kind = self._types.WARNING if message.stopped else self._types.SUCCESS
        kind = self._types.FAILURE if message.bad else kind
        if not self._services.notify(body=message.body, title=message.title, notify_type=kind):
            raise NotificationFailed("a notification service did not accept the message")
