"""The web application: its middleware, its routes and its lifespan in a server process.

Database and threads are opened only when the server starts the application, so it may be created
before a fork. The order of the middleware, from the outside in: base path, the client's real
address, security headers, error boundary, size limit, gate, HEAD as GET, routes.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from comicmaintainer import __version__
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web import error_responses, pages
from comicmaintainer.web.addresses import BasePath
from comicmaintainer.web.api import (
    account,
    backups,
    changes,
    conflicts,
    duplicates,
    events,
    files,
    health,
    jobs,
    lists,
    matches,
    metrics,
    new_jobs,
    overview,
    page_images,
    parsing,
    rules,
    sources,
    system,
    templates,
    transfer,
    trash,
)
from comicmaintainer.web.body_limit import BodyLimit
from comicmaintainer.web.error_responses import ErrorBoundary
from comicmaintainer.web.event_feed import EventFeed
from comicmaintainer.web.gate import Gate
from comicmaintainer.web.images.covers import Covers
from comicmaintainer.web.images.page_images import PageImages
from comicmaintainer.web.methods import HeadAsGet
from comicmaintainer.web.openapi import DocumentedApp
from comicmaintainer.web.security_headers import SecurityHeaders
from comicmaintainer.web.static_files import PageFiles

THREADS = 8
"""Each thread has its own database connection; more would only make the process larger."""
_BODY_LIMITS = {
    "/api/login": 64 << 10,
    "/api/setup": 64 << 10,
    "/api/import": transfer.LARGEST_IMPORT_BYTES,
}
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

ROUTERS = (
    account,
    backups,
    changes,
    conflicts,
    duplicates,
    events,
    files,
    health,
    metrics,
    new_jobs,
    overview,
    page_images,
    jobs,
    lists,
    matches,
    parsing,
    rules,
    sources,
    system,
    templates,
    transfer,
    trash,
)
"""The order matters: `/api/jobs/overview` comes before `/api/jobs/{job_id}`."""


def create_app(settings: Settings, open_services: Callable[[], Services]) -> FastAPI:
    """Return the application; `open_services` is called once, when a server process starts it.

    Handlers find `services`, `settings`, `feed`, `covers` and `page_images` in `app.state`.
    """
    app = DocumentedApp(
        title="ComicMaintainer",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(open_services),
        middleware=[
            Middleware(BasePath, base_path=settings.base_path),
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)),
            Middleware(SecurityHeaders),
            Middleware(ErrorBoundary),
            Middleware(BodyLimit, others=_BODY_LIMITS),
            Middleware(Gate, auth=settings.auth),
            Middleware(HeadAsGet),
        ],
    )
    app.state.settings = settings
    error_responses.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    app.mount("/static", PageFiles(), name="static")
    app.state.pages = pages.Pages(settings)
    app.state.error_page = pages.error_page
    app.include_router(pages.router, include_in_schema=False)
    return app


def _lifespan(open_services: Callable[[], Services]) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        app.state.services = open_services()
        app.state.feed = feed = EventFeed(app.state.services.database, asyncio.get_running_loop())
        settings: Settings = app.state.settings
        cache, limits = settings.cache_dir, ReadingLimits.of(settings)
        app.state.covers = covers = Covers(cache / "covers", limits)
        app.state.page_images = images = PageImages(cache / "pages", limits)
        feed.start()
        _stop_on_signal(feed)
        yield
        feed.stop()
        await covers.close()
        await images.close()

    return lifespan


def _stop_on_signal(feed: EventFeed) -> None:
    """End the streams on a stop signal, because the server waits for all connections to close."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _STOP_SIGNALS:
        before = signal.getsignal(number)

        def handle(received: int, frame: FrameType | None, before: Any = before) -> None:
            feed.stop()
            if callable(before):
                before(received, frame)

        signal.signal(number, handle)
