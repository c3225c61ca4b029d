"""Signing in and creating the first user by plain forms, for browsers without scripts.

The pages' module sends JSON to the API instead. Where it does not run, the browser posts the form
here, so that a password never becomes part of an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from comicmaintainer.errors import ComicMaintainerError, InvalidInput
from comicmaintainer.services.first_run import FirstRunState
from comicmaintainer.web.addresses import own_path
from comicmaintainer.web.api.account import LONGEST_TEXT, Credentials, open_session, set_session
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.error_responses import view_of
from comicmaintainer.web.pages import setup_page, sign_in_page

MOST_FIELDS = 8

router = APIRouter()


@router.post("/login")
async def sign_in(request: Request, services: ServicesOf) -> Response:
    """Sign in, and open the page that was asked for."""
    try:
        credentials = _credentials(await _fields(request))
        token = await run_in_threadpool(open_session, request, services, credentials)
    except ComicMaintainerError as error:
        view = view_of(error)
        needs_setup = await run_in_threadpool(services.accounts.needs_setup)
        return sign_in_page(
            request, needs_setup=needs_setup, problem=view.message, status=view.status
        )
    return _redirect(request, token)


@router.post("/setup/{token}")
async def set_up(request: Request, services: ServicesOf, token: str) -> Response:
    """Create the first user by the setup link, and sign in."""
    try:
        fields = await _fields(request)
        credentials = _credentials(fields)
        if fields.get("again") != credentials.password:
            raise InvalidInput("The two passwords differ.")
        await run_in_threadpool(
            services.accounts.complete_setup, token, credentials.name, credentials.password
        )
        await run_in_threadpool(services.first_run.set_state, FirstRunState.OPEN)
        session = await run_in_threadpool(open_session, request, services, credentials)
    except ComicMaintainerError as error:
        view = view_of(error)
        return setup_page(request, token, problem=view.message, status=view.status)
    return _redirect(request, session)


async def _fields(request: Request) -> Mapping[str, str]:
    """The fields of a form; the body's size is limited in front of the routes."""
    body = await request.body()
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise InvalidInput("The form could not be read.") from error
    if any("\0" in value for value in fields.values()):
        raise InvalidInput("The form contains a NUL character, which no name or password has.")
    return fields


def _credentials(fields: Mapping[str, str]) -> Credentials:
    name, password = fields.get("name", ""), fields.get("password", "")
    if not (name and password) or max(len(name), len(password)) > LONGEST_TEXT:
        raise InvalidInput(f"Give a name and a password of at most {LONGEST_TEXT:,} characters.")
    return Credentials(name=name, password=password)


def _redirect(request: Request, token: str) -> Response:
    """Set the session's cookie, and open a page of this service."""
    base = request.scope.get("root_path", "")
    path = own_path(request.query_params.get("next", ""))
    response = RedirectResponse(f"{base}{path}", 303)
    set_session(request, response, token)
    return response
