"""Metrics for Prometheus, read from the database at each scrape.

Text format: https://prometheus.io/docs/instrumenting/exposition_formats/. The scraper sends an API
key like any other program (`authorization` in its configuration).
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse, Response

from comicmaintainer import __version__
from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.services import Services
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(tags=["system"])

_ALL_TIME_S = 2**40
_PREFIX = "comicmaintainer"


@router.get("/metrics", response_class=PlainTextResponse, openapi_extra=needs(Role.LOOK))
def get_metrics(services: ServicesOf) -> Response:
    """Return metrics of jobs, items, workers, files and the database."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(services))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """The metrics of one scrape."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[Metric]:
        """Describe nothing in advance, so that a scrape does not collect twice."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics."""
        version = GaugeMetricFamily(f"{_PREFIX}_info", "Version.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        yield from self._jobs()
        yield from self._items()
        yield from self._workers()
        yield self._files()
        yield self._database()

    def _jobs(self) -> Iterable[Metric]:
        store = self._services.manager.jobs
        counts = store.count_by_status()
        jobs = GaugeMetricFamily(f"{_PREFIX}_jobs", "Jobs by status.", labels=["status"])
        for status in JobStatus:
            jobs.add_metric([status], counts.get(status, 0))
        yield jobs
        oldest = store.oldest_queued_at()
        yield GaugeMetricFamily(
            f"{_PREFIX}_oldest_waiting_seconds",
            "How long the oldest job that waits for its first item has waited.",
            value=0 if oldest is None else max(0.0, self._services.now() - oldest),
        )

    def _items(self) -> Iterable[Metric]:
        now = self._services.now()
        periods = self._services.manager.statistics.periods(0, now, span_s=_ALL_TIME_S)
        items = CounterMetricFamily(
            f"{_PREFIX}_items", "Items finished, kept as long as the history.", labels=["kind"]
        )
        failed = CounterMetricFamily(
            f"{_PREFIX}_items_failed", "Items that failed.", labels=["kind"]
        )
        busy = CounterMetricFamily(
            f"{_PREFIX}_items_seconds", "Time spent on items.", labels=["kind"]
        )
        for period in periods:
            items.add_metric([period.kind], period.items)
            failed.add_metric([period.kind], period.failed)
            busy.add_metric([period.kind], period.busy_s)
        yield from (items, failed, busy)

    def _workers(self) -> Iterable[Metric]:
        workers = self._services.manager.workforce.present()
        yield GaugeMetricFamily(f"{_PREFIX}_workers", "Worker processes.", value=len(workers))
        age = GaugeMetricFamily(
            f"{_PREFIX}_worker_heartbeat_age_seconds",
            "Since the last heartbeat of a worker.",
            labels=["host", "process"],
        )
        for worker in workers:
            age.add_metric(
                [worker.host, str(worker.pid)], self._services.now() - worker.heartbeat_at
            )
        yield age

    def _files(self) -> Metric:
        files = GaugeMetricFamily(
            f"{_PREFIX}_files", "Files in the catalogue.", labels=["state", "format"]
        )
        for (state, kind), count in self._services.listing.totals().items():
            files.add_metric([state, kind], count)
        return files

    def _database(self) -> Metric:
        sizes = GaugeMetricFamily(
            f"{_PREFIX}_database_bytes", "Size of the database.", labels=["file"]
        )
        database = self._services.database
        if not isinstance(database, SqliteDatabase):
            sizes.add_metric(["database"], database.size_bytes())
            return sizes
        path = database.path
        for name in ("", "-wal"):
            file = path.with_name(path.name + name)
            sizes.add_metric([file.name], file.stat().st_size if file.exists() else 0)
        return sizes
