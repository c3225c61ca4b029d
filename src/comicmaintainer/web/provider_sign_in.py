"""Signing in by OpenID Connect, as plain links that need no scripts.

The browser is sent to the provider with a short-lived cookie of its own for each sign-in, so that
several tabs don't disturb each other, and comes back with a code. What goes wrong is shown on the
sign-in page. A user who is signed in can be linked on the same way, which `begin_link` begins.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from comicmaintainer.accounts import Identity, Principal, Role, Via
from comicmaintainer.errors import (
    ComicMaintainerError,
    Conflict,
    InvalidInput,
    NotFound,
    SignInRefused,
)
from comicmaintainer.openid import Begun, ProviderSignIn
from comicmaintainer.openid.pending_store import Pending
from comicmaintainer.openid.sign_in import LASTS_S, Answer
from comicmaintainer.services import Services
from comicmaintainer.web.addresses import address_of, own_path, send_to_provider
from comicmaintainer.web.api.account import set_session
from comicmaintainer.web.cross_site import Maker, maker_of
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.error_responses import respond, view_of
from comicmaintainer.web.pages import sign_in_page

PATH = "/login/provider"
CALLBACK_PATH = f"{PATH}/callback"
COOKIE_PREFIX = "comicmaintainer_provider_"
_NAMED_BY = 12
"""So many characters of the state are in the name of a sign-in's cookie."""
_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")

router = APIRouter()


@router.get(PATH)
def begin(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Send the browser to the provider."""
    sign_in = _switched_on(services)
    wanted = own_path(request.query_params.get("next", ""))
    if user is not None:
        return _redirect(request, wanted)
    if maker_of(request.headers) is Maker.OTHER_SITE:
        return _redirect(request, "/login")
    try:
        services.identities.count_attempt(address_of(request))
        begun = sign_in.begin(wanted, _callback_address(request))
    except ComicMaintainerError as error:
        return _problem(request, services, error)
    response = send_to_provider(request, begun.address)
    _remember(request, response, begun)
    return response


@router.get(CALLBACK_PATH)
def finish(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Take the provider's answer, sign in or link, and open the page that was asked for."""
    sign_in = _switched_on(services)
    state = request.query_params.get("state")
    cookie = COOKIE_PREFIX + (state or "")[:_NAMED_BY]
    secret = request.cookies.get(cookie, "")
    try:
        pending = sign_in.take(state, secret)
    except SignInRefused as error:
        return _problem(request, services, error)
    if pending.user_id is not None:
        response = _finish_link(request, services, user, pending, secret)
        response.delete_cookie(cookie, path=_cookie_path(request))
        return response
    try:
        token = _session(request, services, sign_in, pending, secret)
    except ComicMaintainerError as error:
        services.identities.note_failure(address_of(request), error.message)
        response = _problem(request, services, error)
    else:
        response = _redirect(request, own_path(pending.next_path))
        set_session(request, response, token)
    response.delete_cookie(cookie, path=_cookie_path(request))
    return response


def begin_link(request: Request, services: Services, user_id: int, next_path: str) -> Response:
    """Answer with the provider's address, where a user goes to be linked.

    Raises:
        NotFound: there is no provider.
        ProviderFailed, TooManyAttempts: the provider gives no answer, or was asked too often.
    """
    sign_in = _switched_on(services)
    services.identities.count_attempt(address_of(request))
    begun = sign_in.begin(next_path, _callback_address(request), user_id=user_id)
    response = JSONResponse({"address": begun.address})
    _remember(request, response, begun)
    return response


def may_be_linked(user: Principal | None) -> bool:
    """Return whether it is a person who is signed in, and not a program or anyone."""
    return user is not None and user.user_id is not None and user.via in (Via.SESSION, Via.PROXY)


def _finish_link(
    request: Request,
    services: Services,
    user: Principal | None,
    pending: Pending,
    secret: str,
) -> Response:
    """Link the user who began this to whom the provider's answer proves."""
    if user is None:
        return _problem(request, services, SignInRefused("Sign in first, then link again."))
    sign_in = _switched_on(services)
    try:
        if not may_be_linked(user) or pending.user_id is None or user.user_id != pending.user_id:
            raise Conflict("Another user has signed in here meanwhile. Nothing was linked.")
        person = sign_in.person(_answer(request), pending, secret)
        identity = Identity(person.issuer, person.subject)
        services.identities.link(identity, pending.user_id, person.name)
    except ComicMaintainerError as error:
        services.identities.note_refused_link(user.name, error.message)
        return respond(request, view_of(error))
    return _redirect(request, own_path(pending.next_path))


def _answer(request: Request) -> Answer:
    asked = request.query_params
    return Answer(asked.get("code"), asked.get("error"), asked.get("iss"))


def _session(
    request: Request,
    services: Services,
    sign_in: ProviderSignIn,
    pending: Pending,
    secret: str,
) -> str:
    """Return the token of a session of whom the provider's answer proves.

    Raises:
        SignInRefused: nobody is proved, or that user may not come in.
        ProviderFailed, TooManyAttempts: the provider gives no answer.
    """
    address = address_of(request)
    person = sign_in.person(_answer(request), pending, secret)
    new_role = Role(services.settings.new_user_role)
    role = None
    if sign_in.registration.roles:
        role = new_role if person.role is None else Role(person.role)
    user = services.identities.user_of(
        Identity(person.issuer, person.subject),
        person.name,
        role=role,
        new_role=new_role,
        address=address,
    )
    user_agent = request.headers.get("user-agent", "")
    return services.accounts.start_session(
        user, address=address, user_agent=user_agent, details={"by": "provider"}
    )


def _switched_on(services: Services) -> ProviderSignIn:
    if services.provider_sign_in is None:
        raise NotFound("Signing in by a provider is not switched on.")
    return services.provider_sign_in


def _callback_address(request: Request) -> str:
    """Return the address that the provider sends browsers back to, as this browser sees us."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise InvalidInput("The address of this page can't be understood.")
    return f"{request.url.scheme}://{host}{request.scope.get('root_path', '')}{CALLBACK_PATH}"


def _remember(request: Request, response: Response, begun: Begun) -> None:
    response.set_cookie(
        COOKIE_PREFIX + begun.state[:_NAMED_BY],
        begun.secret,
        max_age=LASTS_S,
        path=_cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _cookie_path(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}{PATH}"


def _redirect(request: Request, path: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", 303)


def _problem(request: Request, services: Services, error: ComicMaintainerError) -> Response:
    view = view_of(error)
    needs_setup = services.accounts.needs_setup()
    return sign_in_page(request, needs_setup=needs_setup, problem=view.message, status=view.status)
