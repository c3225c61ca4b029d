"""All jobs together: the overview, the statistics, the history."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import page_keys, paging
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.plain_values import status_of
from comicmaintainer.jobs.saved.cron import LATEST_AT
from comicmaintainer.jobs.statistics import HOUR_S
from comicmaintainer.library.collection import CollectionFigures
from comicmaintainer.operations.declared.kinds import kind_named
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["statistics"])


class Span(StrEnum):
    """The length of a period of the statistics."""

    HOUR = "hour"
    DAY = "day"


_SPANS_S = {Span.HOUR: HOUR_S, Span.DAY: 24 * HOUR_S}
_MOST_SPANS = 24 * 31


@router.get("/jobs/overview", openapi_extra=needs(Role.LOOK))
def get_overview(services: ServicesOf) -> dict[str, Any]:
    """Return the state of all jobs: counts, the oldest waiting one, the last hour, workers."""
    manager, now = services.manager, services.now()
    hour = manager.statistics.periods(now - HOUR_S, now)
    return {
        "counts": {str(name): count for name, count in manager.jobs.count_by_status().items()},
        "oldest_queued_at": manager.jobs.oldest_queued_at(),
        "items_last_hour": sum(period.items for period in hour),
        "failed_last_hour": sum(period.failed for period in hour),
        "workers": manager.workforce.present(),
    }


@router.get("/statistics", openapi_extra=needs(Role.LOOK))
def get_statistics(
    services: ServicesOf,
    since: float | None = None,
    until: float | None = None,
    span: Span = Span.HOUR,
    kind: str | None = None,
) -> dict[str, Any]:
    """Return statistics per kind and hour or day (UTC), oldest first, without empty spans.

    Times are epoch seconds, by default the last 24 spans; durations and waits are in seconds.
    """
    if kind is not None:
        kind_named(kind)
    end = services.now() if until is None else until
    start = end - 24 * _SPANS_S[span] if since is None else since
    for name, at in (("until", end), ("since", start)):
        if not 0 <= at <= LATEST_AT:  # nor not-a-number
            raise InvalidInput(
                f"{name!r} can't be {at:g}: it is a time in seconds since 1970.", field=name
            )
    if start > end:
        raise InvalidInput(
            f"'since' can't be {start:g}: it is after 'until', {end:g}.", field="since"
        )
    if not 0 <= end - start <= _MOST_SPANS * _SPANS_S[span]:
        raise InvalidInput(f"Between 'since' and 'until' lie at most {_MOST_SPANS} spans.")
    periods = services.manager.statistics.periods(start, end, span_s=_SPANS_S[span], kind=kind)
    return {"since": start, "until": end, "span_s": _SPANS_S[span], "periods": periods}


class CollectionAnswer(BaseModel):
    """The figures; null if a large library has not been counted yet."""

    collection: CollectionFigures | None


@router.get(
    "/statistics/collection", response_model=CollectionAnswer, openapi_extra=needs(Role.LOOK)
)
def get_collection_figures(services: ServicesOf) -> dict[str, Any]:
    """Return the figures of the whole library; those of a large one are counted every hour."""
    return {"collection": services.collection.figures()}


@router.get("/history", openapi_extra=needs(Role.LOOK))
def get_history(
    services: ServicesOf,
    kind: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
) -> dict[str, Any]:
    """List summaries of jobs that have been cleaned up, latest end first."""
    if kind is not None:
        kind_named(kind)
    before = page_keys.time_and_name_of(after)
    jobs, next_key = paging.cut(
        services.manager.history.page(kind=kind, before=before, limit=limit + 1),
        limit,
        lambda job: page_keys.timed(job.completed_at, job.job_id),
    )
    return {"jobs": [status_of(job) for job in jobs], "next": next_key}
