"""The web application: its middleware, its routes and its lifespan in a server process.

Database and threads are opened only when the server starts the application, so it may be created
before a fork. The order of the middleware, from the outside in: base path, version of the API, the
client's real address, security headers, language, error boundary, whole addresses, size limit,
gate, HEAD as GET, routes.
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
from comicmaintainer.web import (
    error_responses,
    install,
    pages,
    plain_pages,
    provider_sign_in,
    sign_in_forms,
)
from comicmaintainer.web.addresses import BasePath
from comicmaintainer.web.api import (
    account,
    audit,
    backups,
    changes,
    choices,
    conflicts,
    dashboard,
    duplicates,
    events,
    fields,
    files,
    first_run,
    health,
    job_results,
    jobs,
    lists,
    matches,
    media_servers,
    metrics,
    new_jobs,
    overview,
    page_images,
    parsing,
    protected_folders,
    provider_links,
    repeated_pages,
    rules,
    series,
    sources,
    support,
    system,
    tag_texts,
    templates,
    transfer,
    trash,
    webhooks,
)
from comicmaintainer.web.api_version import ApiVersion
from comicmaintainer.web.body_limit import BodyLimit
from comicmaintainer.web.error_responses import ErrorBoundary
from comicmaintainer.web.event_feed import EventFeed
from comicmaintainer.web.gate import Gate
from comicmaintainer.web.images.covers import Covers
from comicmaintainer.web.images.page_images import PageImages
from comicmaintainer.web.language import SpeakLanguage
from comicmaintainer.web.methods import HeadAsGet
from comicmaintainer.web.openapi import DESCRIPTION, DocumentedApp, operation_id
from comicmaintainer.web.remote_user import NotePeer, RemoteUser
from comicmaintainer.web.route_roles import RouteRoles
from comicmaintainer.web.security_headers import SecurityHeaders
from comicmaintainer.web.shown_texts import TranslatedJSON
from comicmaintainer.web.static_files import PageFiles
from comicmaintainer.web.whole_addresses import WholeAddresses

THREADS = 8
"""Each thread has its own database connection; more would only make the process larger."""
_BODY_LIMITS = {
    "/api/login": 64 << 10,
    "/api/setup": 64 << 10,
    "/api/import": transfer.LARGEST_IMPORT_BYTES,
}
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

ROUTERS = (
    provider_links,
    account,
    audit,
    backups,
    changes,
    choices,
    conflicts,
    dashboard,
    duplicates,
    events,
    fields,
    files,
    first_run,
    health,
    metrics,
    new_jobs,
    overview,
    page_images,
    jobs,
    job_results,
    lists,
    matches,
    media_servers,
    parsing,
    protected_folders,
    repeated_pages,
    rules,
    series,
    sources,
    support,
    system,
    tag_texts,
    templates,
    transfer,
    trash,
    webhooks,
)
"""The order matters: `/api/jobs/overview` comes before `/api/jobs/{job_id}`, and what has to do
with `/api/users/{name}/link` before `/api/users/{name}`."""


def create_app(settings: Settings, open_services: Callable[[], Services]) -> FastAPI:
    """Return the application; `open_services` is called once, when a server process starts it.

    Handlers find `services`, `settings`, `feed`, `covers` and `page_images` in `app.state`.
    """
    app = DocumentedApp(
        title="ComicMaintainer",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        default_response_class=TranslatedJSON,
        generate_unique_id_function=operation_id,
        lifespan=_lifespan(open_services),
        middleware=[
            Middleware(BasePath, base_path=settings.base_path),
            Middleware(ApiVersion),
            Middleware(NotePeer),
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)),
            Middleware(SecurityHeaders),
            Middleware(SpeakLanguage),
            Middleware(ErrorBoundary),
            Middleware(WholeAddresses),
            Middleware(BodyLimit, others=_BODY_LIMITS),
            Middleware(Gate, auth=settings.auth, roles=route_roles()),
            Middleware(HeadAsGet),
        ],
    )
    app.state.settings = settings
    app.state.remote_user = RemoteUser(settings.remote_user_from, settings.remote_user_header)
    error_responses.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    app.mount("/static", PageFiles(), name="static")
    app.state.pages = pages.Pages(settings)
    app.state.error_page = pages.error_page
    app.include_router(pages.router, include_in_schema=False)
    app.include_router(plain_pages.router, include_in_schema=False)
    app.include_router(install.router, include_in_schema=False)
    app.include_router(sign_in_forms.router, include_in_schema=False)
    app.include_router(provider_sign_in.router, include_in_schema=False)
    return app


def route_roles() -> RouteRoles:
    """Return the roles that the routes of the API and of the pages need."""
    modules = (*ROUTERS, pages, plain_pages, install, sign_in_forms, provider_sign_in)
    return RouteRoles(module.router for module in modules)


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
