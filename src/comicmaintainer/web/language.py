"""The language of each request: what the person chose, else what the browser asks for.

The choice is kept in a cookie, so that it holds before signing in as well. A program that asks for
no language is answered in English. The offline page is kept without cookies, so its address says
the language.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from comicmaintainer.texts.catalogue import language_of, languages, negotiated
from comicmaintainer.texts.current import speaking
from comicmaintainer.web.addresses import route_path

OFFLINE = "/offline"
COOKIE = "comicmaintainer_language"


class SpeakLanguage:
    """Makes the language of a request current while it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with speaking(language_of(wanted_language(Request(scope)))):
            await self._app(scope, receive, send)


def wanted_language(request: Request) -> str:
    """Return the code of the language that a request wants."""
    chosen = request.cookies.get(COOKIE)
    if route_path(request.scope) == OFFLINE:
        chosen = request.query_params.get("language", chosen)
    if chosen in languages():
        return chosen
    return negotiated(request.headers.get("accept-language", ""))
