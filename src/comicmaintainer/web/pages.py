"""The web pages: shells rendered by the server and filled by the page's own module.

A page's data comes from the public API; the server only knows the page, the object and the user.
The functions here answer the addresses with something that only the server knows; all other pages
of the rail are served as they are declared. Every shell works under BASE_PATH.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from comicmaintainer import __version__
from comicmaintainer.errors import FileMissing
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.settings import Settings
from comicmaintainer.web import page_list
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import AccountsOf, CurrentUser, ServicesOf
from comicmaintainer.web.error_responses import ErrorView
from comicmaintainer.web.page_list import PLACES, Page, Place
from comicmaintainer.web.static_files import FOLDER, digest_of, stylesheets

TEMPLATES = Path(__file__).parent / "templates"


router = APIRouter(default_response_class=HTMLResponse)


class Pages:
    """Renders templates; one per application."""

    def __init__(self, settings: Settings) -> None:
        self._kept = {
            "undo_days": settings.undo_days,
            "trash_days": settings.trash_days,
            "kinds": {name: kind.to_words() for name, kind in KINDS.items()},
        }
        self._digest = digest_of(FOLDER)
        self._stylesheets = stylesheets(FOLDER)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, request: Request, page: Page, **values: Any) -> str:
        """Return the text of a page; its template finds `values` by their names."""
        principal = getattr(request.state, "principal", None)
        return self._environment.get_template(f"{page.template}.html").render(
            page=page,
            base=request.scope.get("root_path", ""),
            static=f"{request.scope.get('root_path', '')}/static/{self._digest}",
            stylesheets=self._stylesheets,
            version=__version__,
            places=PLACES,
            user=principal if principal is not None and principal.via == "session" else None,
            search=request.query_params.get("text", ""),
            **self._kept,
            **values,
        )


def _page(
    request: Request,
    page: Page,
    data: dict[str, Any] | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.render(request, page, data=data or {}, **values), status)


def error_page(request: Request, view: ErrorView) -> Response:
    """Return the page that shows an error."""
    return _page(request, page_list.ERROR, status=view.status, error=view)


@router.get("/")
def library(request: Request) -> Response:
    """The library: search, filter, select."""
    watching = request.app.state.services.settings.is_watching
    return _page(request, page_list.LIBRARY, watching=watching)


@router.get("/files/{file_id}")
def file(request: Request, services: ServicesOf, file_id: RowId) -> Response:
    """One comic: cover, tags, history."""
    try:
        services.catalogue.get(file_id)
    except FileMissing:
        return _page(request, page_list.COMIC_GONE, status=404)
    return _page(request, page_list.COMIC, data={"file": file_id})


@router.get("/jobs/history")
def history(request: Request) -> Response:
    """Summaries of the jobs that cleanup has removed."""
    return _page(request, page_list.JOB_HISTORY)


@router.get("/jobs/{job_id}")
def job(request: Request, job_id: str) -> Response:
    """One job: its progress, its results, its actions."""
    return _page(request, page_list.JOB, data={"job": job_id})


@router.get("/duplicates")
def duplicates(request: Request) -> Response:
    """Copies of comics with the same pages or, with `by=look`, with the same look.

    With `by=name`: different comics that should have the same name.
    """
    by = request.query_params.get("by")
    if by == "name":
        return _page(request, page_list.CONFLICTS, by=by)
    return _page(request, page_list.DUPLICATES, by="look" if by == "look" else "pages")


@router.get("/login")
def login(request: Request, accounts: AccountsOf, user: CurrentUser) -> Response:
    """Signing in."""
    if user is not None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/", 303)
    return _page(request, page_list.SIGN_IN, needs_setup=accounts.needs_setup())


@router.get("/setup/{token}")
def setup(request: Request, accounts: AccountsOf, token: str) -> Response:
    """Creating the first user, by the link that the service printed at its first start."""
    if not accounts.needs_setup():
        return RedirectResponse(f"{request.scope.get('root_path', '')}/login", 303)
    return _page(request, page_list.SETUP, data={"token": token})


def _serve_shell(place: Place) -> None:
    """Answer the address of a page of the rail with its shell, to which the server adds nothing."""

    def shell(request: Request) -> Response:
        return _page(request, place)

    router.add_api_route(place.path, shell, name=place.template)


_OWN_PATHS = {route.path for route in router.routes if isinstance(route, APIRoute)}
for each in PLACES:
    if each.path not in _OWN_PATHS:
        _serve_shell(each)
