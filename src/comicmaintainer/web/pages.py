"""The web pages: shells rendered by the server and filled by the page's own module.

A page's data comes from the public API; the server only knows the page, the object and the user.
The functions here answer the addresses with something that only the server knows; all other pages
of the rail are served as they are declared. Every shell works under BASE_PATH.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from comicmaintainer import __version__
from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.metadata.fields import FIELDS
from comicmaintainer.errors import FileMissing
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.services.first_run import FirstRunState
from comicmaintainer.settings import Settings
from comicmaintainer.texts.catalogue import FOLDER as LOCALE
from comicmaintainer.texts.catalogue import names_of_languages
from comicmaintainer.texts.current import language_code, markup, number, shown, t, tc, tn
from comicmaintainer.web import page_list
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import AccountsOf, CurrentUser, ServicesOf
from comicmaintainer.web.error_responses import ErrorView
from comicmaintainer.web.language import COOKIE
from comicmaintainer.web.page_list import PLACES, SECTIONS, Page, Place, Section
from comicmaintainer.web.route_roles import needs
from comicmaintainer.web.static_files import FOLDER, digest_of, stylesheets

TEMPLATES = Path(__file__).parent / "templates"


router = APIRouter(default_response_class=HTMLResponse)


class Pages:
    """Renders templates; one per application."""

    def __init__(self, settings: Settings) -> None:
        self._kept = {
            "undo_days": settings.undo_days,
            "trash_days": settings.trash_days,
            "audit_days": settings.audit_days,
        }
        self._digest = digest_of(FOLDER, LOCALE)
        self._stylesheets = stylesheets(FOLDER)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            t=t,
            tc=tc,
            tn=tn,
            markup=markup,
            code=_code,
            shown=shown,
            number=number,
            language=language_code,
        )

    def static_address(self, request: Request) -> str:
        """Return the address of the static files, which changes with any of them."""
        return f"{request.scope.get('root_path', '')}/static/{self._digest}"

    def render(self, request: Request, page: Page, **values: Any) -> str:
        """Return the text of a page; its template finds `values` by their names."""
        principal = getattr(request.state, "principal", None)
        return self._environment.get_template(f"{page.template}.html").render(
            page=page,
            base=request.scope.get("root_path", ""),
            static=self.static_address(request),
            stylesheets=self._stylesheets,
            version=__version__,
            places=PLACES,
            sections=SECTIONS.get(page.place, {}),
            user=principal if principal is not None and principal.via == "session" else None,
            role=None if principal is None else principal.role.value,
            search=request.query_params.get("text", ""),
            kinds={name: kind.to_words() for name, kind in KINDS.items()},
            fields={field.name: shown(field.label) for field in FIELDS},
            languages=names_of_languages(),
            chosen_language=request.cookies.get(COOKIE, ""),
            roots=[str(root) for root in request.app.state.services.roots.paths],
            **self._kept,
            **values,
        )


def _code(text: str) -> Markup:
    """Return a text that looks like typed in, such as a command."""
    return Markup("<code>{}</code>").format(text)


def page_response(
    request: Request,
    page: Page,
    data: dict[str, Any] | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """Return a page; its template finds `data` and `values` by their names."""
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.render(request, page, data=data or {}, **values), status)


def error_page(request: Request, view: ErrorView) -> Response:
    """Return the page that shows an error."""
    page = page_list.NOT_FOUND if view.status == HTTPStatus.NOT_FOUND else page_list.ERROR
    return page_response(request, page, status=view.status, error=view)


def sign_in_page(
    request: Request, *, needs_setup: bool, problem: str = "", status: int = 200
) -> Response:
    """Return the page for signing in; `problem` says why the last attempt failed."""
    services = request.app.state.services
    provider = None if services.provider_sign_in is None else services.settings.oidc_name
    return page_response(
        request,
        page_list.SIGN_IN,
        status=status,
        needs_setup=needs_setup,
        problem=problem,
        provider=provider,
        next=request.query_params.get("next", ""),
    )


def setup_page(request: Request, token: str, *, problem: str = "", status: int = 200) -> Response:
    """Return the page that creates the first user; `problem` says why the last attempt failed."""
    return page_response(
        request, page_list.SETUP, data={"token": token}, status=status, problem=problem
    )


@router.get("/", openapi_extra=needs(Role.LOOK))
def library(request: Request) -> Response:
    """The library: search, filter, select."""
    services = request.app.state.services
    is_new = services.first_run.state is FirstRunState.OPEN
    watching = services.settings.is_watching
    has_readers = any(each.enabled for each in services.media_servers.all())
    return page_response(
        request, page_list.LIBRARY, watching=watching, is_new=is_new, has_readers=has_readers
    )


@router.get(page_list.WELCOME.path, openapi_extra=needs(Role.LOOK))
def welcome(request: Request) -> Response:
    """The first run: folders, scan, a sample of what would change."""
    return page_response(request, page_list.WELCOME)


@router.get("/files/{file_id}", openapi_extra=needs(Role.LOOK))
def file(request: Request, services: ServicesOf, file_id: RowId) -> Response:
    """One comic: cover, tags, history."""
    try:
        services.catalogue.get(file_id)
    except FileMissing:
        return page_response(request, page_list.COMIC_GONE, status=404)
    return page_response(request, page_list.COMIC, data={"file": file_id})


@router.get("/series", openapi_extra=needs(Role.LOOK))
def series(request: Request, services: ServicesOf, name: str = "") -> Response:
    """One series: its comics in order, with gaps."""
    known = services.shelves.name_of(name)
    if known is None:
        return page_response(request, page_list.SERIES_GONE, status=404, name=name)
    return page_response(request, page_list.SERIES, data={"series": known})


@router.get("/sheet", openapi_extra=needs(Role.LOOK))
def tag_sheet(request: Request) -> Response:
    """The tags of many comics as cells: of one series, or of what was selected before."""
    return page_response(request, page_list.TAG_SHEET)


@router.get("/jobs/history", openapi_extra=needs(Role.LOOK))
def history(request: Request) -> Response:
    """Summaries of the jobs that cleanup has removed."""
    return page_response(request, page_list.JOB_HISTORY)


@router.get("/jobs/{job_id}", openapi_extra=needs(Role.LOOK))
def job(request: Request, job_id: str) -> Response:
    """One job: its progress, its results, its actions."""
    return page_response(request, page_list.JOB, data={"job": job_id})


@router.get("/duplicates", openapi_extra=needs(Role.LOOK))
def duplicates(request: Request) -> Response:
    """Copies of comics with the same pages or, with `by=look`, with the same look.

    With `by=name`: different comics that should have the same name; with `by=page`: single pages
    that are in many comics.
    """
    by = request.query_params.get("by")
    if by == "name":
        return page_response(request, page_list.CONFLICTS, by=by)
    if by == "page":
        return page_response(request, page_list.REPEATED_PAGES, by=by)
    return page_response(request, page_list.DUPLICATES, by="look" if by == "look" else "pages")


@router.get("/statistics", openapi_extra=needs(Role.LOOK))
def statistics(request: Request) -> Response:
    """Figures of the collection or, with `of=jobs`, of the jobs."""
    is_of_jobs = request.query_params.get("of") == "jobs"
    return page_response(request, page_list.JOB_STATISTICS if is_of_jobs else page_list.STATISTICS)


@router.get("/login")
def login(request: Request, accounts: AccountsOf, user: CurrentUser) -> Response:
    """Signing in."""
    if user is not None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/", 303)
    return sign_in_page(request, needs_setup=accounts.needs_setup())


@router.get("/setup/{token}")
def setup(request: Request, accounts: AccountsOf, token: str) -> Response:
    """Creating the first user, by the link that the service printed at its first start."""
    if not accounts.needs_setup():
        return RedirectResponse(f"{request.scope.get('root_path', '')}/login", 303)
    return setup_page(request, token)


def _serve_shell(place: Place | Section) -> None:
    """Answer the address of a page with its shell, to which the server adds nothing."""

    def shell(request: Request) -> Response:
        return page_response(request, place)

    router.add_api_route(place.path, shell, name=place.template, openapi_extra=needs(place.role))


_OWN_PATHS = {route.path for route in router.routes if isinstance(route, APIRoute)}
_SHELLS = {page.path: page for tabs in SECTIONS.values() for page in tabs.values()}
for each in {**_SHELLS, **{place.path: place for place in PLACES}}.values():
    if each.path not in _OWN_PATHS:
        _serve_shell(each)
