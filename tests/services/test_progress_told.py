"""People are told how progress is kept: in a preview, and while a job waits."""

from __future__ import annotations

from comicmaintainer.jobs.model import Job, JobRequest
from comicmaintainer.media_servers.model import ProgressMode, ServerKind
from comicmaintainer.media_servers.order_store import OrderStore, Wait
from comicmaintainer.services import Services
from comicmaintainer.services.progress_told import progress_told

BOTH = {"tags rename": 3, "": 1}


def add(services: Services, name: str, mode: ProgressMode, kind: str = "komga") -> None:
    services.media_servers.add(ServerKind(kind), name, "http://server", "key", progress=mode)


def job_of(services: Services, *, preview: bool) -> Job:
    return services.manager.submit(JobRequest("process", ["/c/a.cbz"], preview=preview))


def test_a_preview_says_which_server_keeps_progress_in_which_way(services: Services) -> None:
    job = job_of(services, preview=True)
    assert progress_told(services, job, BOTH) == []
    add(services, "Attic", ProgressMode.OFF)
    add(services, "Books", ProgressMode.CARRIED, "kavita")
    add(services, "Comics", ProgressMode.ORDERED)
    attic, books = (
        "Progress in Attic is not kept.",
        "Progress in Books is carried over.",
    )
    assert progress_told(services, job, BOTH) == [
        attic,
        books,
        "Progress in Comics is kept in order: it sees the new contents before files get their new"
        " names.",
    ]
    assert progress_told(services, job, {"rename": 2, "tags": 1}) == [
        attic,
        books,
        "Progress in Comics is kept: it recognises the files itself.",
    ]
    assert progress_told(services, job, {"": 4, "conflict": 1}) == []


def test_a_preview_says_that_a_server_is_away(services: Services) -> None:
    add(services, "Books", ProgressMode.CARRIED)
    with services.database.transaction() as transaction:
        transaction.execute("UPDATE media_servers SET failures = 1")
    assert progress_told(services, job_of(services, preview=True), BOTH) == [
        "Progress in Books is carried over. It does not answer now; files wait for it."
    ]


def test_a_job_says_what_it_waits_for(services: Services) -> None:
    add(services, "Comics", ProgressMode.ORDERED)
    job = job_of(services, preview=False)
    assert progress_told(services, job, BOTH) == []
    OrderStore(services.database).wait([Wait(job.job_id, 0, "/c/a.cbz")])
    assert progress_told(services, job, BOTH) == [
        "1 file waits until Comics has seen what has changed so far."
    ]
