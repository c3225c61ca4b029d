"""The text of event streams (SSE): changes of jobs, resumable at any revision.

An event's id is the revision up to which its reader has seen everything. If several jobs share a
revision, only the last one carries it, so that a reader cut off between them gets the rest again.
Format: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool

from comicmaintainer.accounts.roles import Role
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ACTIVE, ENDED, Job
from comicmaintainer.jobs.plain_values import status_of
from comicmaintainer.web.event_feed import EventFeed
from comicmaintainer.web.shown_texts import in_words

KEEP_ALIVE_S = 15.0
SHORTEST_GAP_S = 0.5
"""Between two updates of one stream, so that figures change at most twice a second."""
RECONNECT_MS = 2000
_PAGE = 500
_LONGEST_TEXT = 500
_STILL_HERE = ": still here\n\n"


class Stream:
    """One client's stream.

    `current_role` is called after each change and now and then: the client may have got another
    role than `role`, or may have signed out (None), which ends the stream.
    """

    def __init__(
        self,
        manager: JobManager,
        feed: EventFeed,
        current_role: Callable[[], Awaitable[Role | None]],
        role: Role,
    ) -> None:
        self._manager = manager
        self._feed = feed
        self._current_role = current_role
        self._role = role
        self._is_changed = False
        self._check_access_at = time.monotonic() + KEEP_ALIVE_S
        self._sent_at = time.monotonic()

    async def all_jobs(self, since: int | None) -> AsyncIterator[str]:
        """Yield changes of all jobs after revision `since`; None starts with the active jobs.

        Events: `hello` (the current revision and counts), `job`, `role` when the client has got
        another role, and `reset` instead of `hello` if `since` is from another database.
        """
        yield f"retry: {RECONNECT_MS}\n\n"
        revision = await run_in_threadpool(self._manager.jobs.revision)
        if since is None or since > revision:
            yield await run_in_threadpool(self._opening, revision, "reset" if since else "hello")
        else:
            revision = since
        role = self._role
        with self._feed.waker() as waker:
            while await self._continues():
                if self._role is not role:
                    role = self._role
                    yield self._sent(event_text("role", {"role": role}))
                text, revision = await run_in_threadpool(self._changes, revision)
                if text:
                    yield self._sent(text)
                    await asyncio.sleep(SHORTEST_GAP_S)
                await self._wait(waker)
                if self._is_silent():
                    yield self._sent(_STILL_HERE)

    async def one_job(self, job: Job) -> AsyncIterator[str]:
        """Yield the job now and whenever it changes; the last event is `end`."""
        yield f"retry: {RECONNECT_MS}\n\n"
        sent = -1
        with self._feed.waker() as waker:
            while await self._continues():
                if job.revision != sent or job.archived:
                    sent = job.revision
                    yield self._sent(event_text("job", event_of(job), sent))
                    if job.archived or job.status in ENDED:
                        yield event_text("end", {"job_id": job.job_id, "status": job.status})
                        return
                    await asyncio.sleep(SHORTEST_GAP_S)
                await self._wait(waker)
                if self._is_silent():
                    yield self._sent(_STILL_HERE)
                current = await run_in_threadpool(self._manager.find, job.job_id)
                if current is None:
                    yield event_text("end", {"job_id": job.job_id, "status": "deleted"})
                    return
                job = current

    async def _continues(self) -> bool:
        """Return whether the server keeps running and the client still has access."""
        now = time.monotonic()
        if self._is_changed or now >= self._check_access_at:
            self._is_changed = False
            self._check_access_at = now + KEEP_ALIVE_S
            role = await self._current_role()
            if role is None:
                return False
            self._role = role
        return not self._feed.is_stopping

    async def _wait(self, waker: asyncio.Event) -> None:
        """Wait for a change, or until a keep-alive is due."""
        silent_until = self._sent_at + KEEP_ALIVE_S
        try:
            await asyncio.wait_for(waker.wait(), max(0.0, silent_until - time.monotonic()))
        except TimeoutError:
            return
        waker.clear()
        self._is_changed = True

    def _is_silent(self) -> bool:
        """Return whether a keep-alive is due.

        A change is no sign that something was sent: most, such as heartbeats, are not sent.
        """
        return time.monotonic() >= self._sent_at + KEEP_ALIVE_S

    def _sent(self, text: str) -> str:
        self._sent_at = time.monotonic()
        return text

    def _opening(self, revision: int, name: str) -> str:
        counts = self._manager.jobs.count_by_status()
        greeting = {"revision": revision, "counts": {str(k): n for k, n in counts.items()}}
        active = self._manager.jobs.page(statuses=ACTIVE, limit=100)
        texts = [event_text("job", event_of(job)) for job in reversed(active)]
        return event_text(name, greeting, revision) + "".join(texts)

    def _changes(self, revision: int) -> tuple[str, int]:
        """Return the events after `revision`, at most a page of jobs, and the revision reached."""
        limit = _PAGE
        jobs = self._manager.jobs.changed_since(revision, limit)
        while len(jobs) == limit:
            # The last revision may continue beyond this page, so it is left for the next one.
            whole = [job for job in jobs if job.revision < jobs[-1].revision]
            if whole:
                jobs = whole
                break
            limit *= 2
            jobs = self._manager.jobs.changed_since(revision, limit)
        return "".join(numbered(jobs)), jobs[-1].revision if jobs else revision


def event_of(job: Job) -> dict[str, Any]:
    """Return a job for an event: without its parameters, and of bounded size."""
    value = status_of(job)
    del value["params"]
    for name in ("title", "error"):
        if value[name] is not None:
            value[name] = value[name][:_LONGEST_TEXT]
    return value


def event_text(name: str, data: dict[str, Any], event_id: int | None = None) -> str:
    """Return one event as it goes over the wire."""
    head = "" if event_id is None else f"id: {event_id}\n"
    body = json.dumps(in_words(data), ensure_ascii=False, separators=(",", ":"))
    return f"{head}event: {name}\ndata: {body}\n\n"


def numbered(jobs: list[Job]) -> Iterator[str]:
    """Yield an event for each of these jobs, which are ordered by revision."""
    for place, job in enumerate(jobs):
        is_last = place + 1 == len(jobs) or jobs[place + 1].revision != job.revision
        yield event_text("job", event_of(job), job.revision if is_last else None)
