"""Exports and imports: a job's results as CSV, whole jobs as JSON Lines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from comicmaintainer.accounts.roles import Role
from comicmaintainer.audit import Action
from comicmaintainer.errors import JobStateConflict
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.services.imports import importer
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["export and import"])

LARGEST_IMPORT_BYTES = 4 << 30
_CHUNK_BYTES = 64 << 10
_MOST_CHOSEN = 100
_JSON_LINES = "application/x-ndjson"


class CsvResponse(StreamingResponse):
    """A table, streamed."""

    media_type = "text/csv"


class JsonLinesResponse(StreamingResponse):
    """One JSON object per line, streamed."""

    media_type = _JSON_LINES


@router.get(
    "/jobs/{job_id}/export",
    response_class=CsvResponse,
    responses=refusals(409),
    openapi_extra=needs(Role.LOOK),
)
def export_results(services: ServicesOf, job_id: str) -> StreamingResponse:
    """Return a job's results as CSV; the first line names the columns."""
    job = services.manager.get(job_id)
    if job.archived:
        raise JobStateConflict(
            f"Job {job_id} has been cleaned up: its summary and its failed items are left, see "
            f"GET /api/jobs/{job_id}/results."
        )
    rows = Exporter(services.database).csv_rows(job.job_id)
    return CsvResponse(rows, headers=_named(f"job-{job.job_id}.csv"))


@router.get(
    "/export",
    response_class=JsonLinesResponse,
    responses=refusals(404),
    openapi_extra=needs(Role.ADMINISTER),
)
def export_jobs(
    services: ServicesOf,
    job: Annotated[list[str] | None, Query(max_length=_MOST_CHOSEN)] = None,
) -> StreamingResponse:
    """Return all jobs with items and results, templates, schedules and history.

    With `job`, which may be repeated, only these jobs and nothing else.
    """
    exporter = Exporter(services.database)
    exporter.require(job or ())
    services.audit.note(Action.EXPORTED, details={"jobs": job or "all"})
    name = f"job-{job[0]}.jsonl" if job and len(job) == 1 else "comicmaintainer-jobs.jsonl"
    return JsonLinesResponse(_in_chunks(exporter.lines(job)), headers=_named(name))


@router.post(
    "/import",
    openapi_extra={"requestBody": {"required": True, "content": {_JSON_LINES: {}}}}
    | needs(Role.ADMINISTER),
    responses=refusals(409),
)
async def import_all(
    request: Request, services: ServicesOf, pause_active: bool = False
) -> dict[str, Any]:
    """Import the records of an export. Existing ones stay and are reported as clashes.

    With `pause_active`, unfinished jobs are imported as paused.
    """
    folder = services.settings.config_dir
    with storage_errors(folder), tempfile.TemporaryFile(dir=folder) as file:
        async for chunk in request.stream():
            await run_in_threadpool(file.write, chunk)
        return await run_in_threadpool(_imported, services, file, pause_active)


def _imported(services: ServicesOf, file: BinaryIO, pause_active: bool) -> dict[str, Any]:
    file.seek(0)
    report = importer(services).read(file, pause_active=pause_active)
    services.audit.note(Action.IMPORTED, details={"stored": dict(report.stored)})
    return {"report": report}


def _in_chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Join lines into larger chunks, because each chunk costs a change of threads."""
    pending = bytearray()
    for line in lines:
        pending += line
        if len(pending) >= _CHUNK_BYTES:
            yield bytes(pending)
            pending.clear()
    yield bytes(pending)


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
