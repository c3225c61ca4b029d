"""The responses for errors: one shape, and the HTTP status of each error class.

    {"error": {"code": "job_not_found", "message": "There is no job 7.", "field": "files.3"}}

`field` names the single value of the request that is at fault, `path` the single file, `error_id`
the entry in the log; each is left out if it does not apply. `message` begins with the path. The
web pages set `app.state.error_page` to show errors to people.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comicmaintainer import errors
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.texts.current import marked, shown
from comicmaintainer.web.methods import allowed_methods

logger = logging.getLogger(__name__)

# The first class in an error's ancestry that is listed here decides.
STATUSES: dict[type[ComicMaintainerError], int] = {
    errors.InvalidInput: 400,
    errors.NotSignedIn: 401,
    errors.TooManyAttempts: 429,
    errors.AccessDenied: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.ArchiveError: 422,
    errors.DiskFull: 507,
    errors.DatabaseFull: 507,
    errors.DatabaseError: 503,
    errors.StorageError: 500,
    errors.AnswerDelayed: 503,
    errors.SourceError: 502,
    errors.ProviderFailed: 502,
    errors.ComicMaintainerError: 500,
}
_OF_STATUS = {
    400: ("invalid_input", marked("The request can't be understood.")),
    404: ("not_found", marked("There is nothing at this address.")),
    405: ("method_not_allowed", marked("This address does not support that method.")),
    413: ("too_large", marked("The request is too large.")),
    503: ("busy", marked("The server is busy.")),
}


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error as a client sees it."""

    status: int
    code: str
    message: str
    field: str | None = None
    path: str | None = None
    error_id: str | None = None

    def to_dict(self) -> dict[str, dict[str, str]]:
        """Return the body of the response."""
        body = {"code": self.code, "message": self.message}
        if self.field is not None:
            body["field"] = self.field
        if self.path is not None:
            body["path"] = self.path
        if self.error_id is not None:
            body["error_id"] = self.error_id
        return {"error": body}


ErrorPage = Callable[[Request, ErrorView], Response]


def view_of(error: ComicMaintainerError) -> ErrorView:
    """Return the view of an error of this product."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    return ErrorView(status, error.code, str(error), error.field, error.path)


def view_of_http(error: HTTPException) -> ErrorView:
    """Return the view of an error of the web framework."""
    code, message = _OF_STATUS.get(error.status_code, ("http_error", str(error.detail)))
    if error.status_code in (413, 503):
        message = str(error.detail)
    if isinstance(error.__cause__, RecursionError):
        message = marked("The body's lists and objects are nested too deeply.")
    return ErrorView(error.status_code, code, message)


def view_of_validation(error: RequestValidationError) -> ErrorView:
    """Return the view of a request that does not have the documented shape."""
    first = error.errors()[0]
    source, *place = first["loc"]
    if first["type"] == "json_invalid":
        return ErrorView(400, "invalid_json", "The body is not valid JSON.", "body")
    if source == "path":
        return ErrorView(404, "not_found", f"There is no {' '.join(map(str, place))} like this.")
    if source == "body" and not place and first["type"].endswith(("_type", "missing")):
        message = marked(
            "The body must be a JSON object, sent with Content-Type: application/json."
        )
        return ErrorView(400, "invalid_input", message, "body")
    field = ".".join(map(str, place)) or "body"
    if first["type"] == "value_error":  # raised by one of our validators
        return ErrorView(400, "invalid_input", f"{field}: {first['ctx']['error']}.", field)
    return ErrorView(400, "invalid_input", f"{field}: {first['msg']}.", field)


def respond(request: Request, view: ErrorView) -> Response:
    """Return the response: a page for a browser that asks for one, otherwise JSON."""
    view = replace(view, message=shown(view.message))
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is not None and wants_page(request):
        return page(request, view)
    headers = {}
    if view.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ComicMaintainer"'
    elif view.status in (429, 503):
        headers["Retry-After"] = "60" if view.status == 429 else "5"
    return JSONResponse(view.to_dict(), view.status, headers)


def wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page rather than a program for data."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Leave the framework's own errors to the boundary as well."""

    async def reraise(_request: Request, error: Exception) -> Response:
        raise error

    app.add_exception_handler(HTTPException, reraise)
    app.add_exception_handler(RequestValidationError, reraise)


class ErrorBoundary:
    """Turns every error raised by inner layers into a response; logs the unexpected ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except ComicMaintainerError as error:
            if started:
                logger.warning("%s %s broke off: %s", scope["method"], scope["path"], error)
                raise
            view = view_of(error)
            if view.status >= 500:
                logger.warning("%s %s: %s", scope["method"], scope["path"], error)
            await respond(Request(scope), view)(scope, receive, send)
        except ClientDisconnect:
            # Of no note: whoever scrolls a wall of covers leaves hundreds of requests behind.
            logger.debug("%s %s: the client disconnected", scope["method"], scope["path"])
        except HTTPException as error:
            if started:
                raise
            await _refusal(scope, error)(scope, receive, send)
        except RequestValidationError as error:
            await respond(Request(scope), view_of_validation(error))(scope, receive, send)
        except Exception:
            error_id = uuid.uuid4().hex[:8]
            logger.exception("Error %s in %s %s", error_id, scope["method"], scope["path"])
            if started:
                raise
            view = ErrorView(
                500,
                "internal",
                "Something went wrong on our side; nothing was changed by this request. "
                f"The log says more under {error_id}.",
                error_id=error_id,
            )
            await respond(Request(scope), view)(scope, receive, send)


def _refusal(scope: Scope, error: HTTPException) -> Response:
    response = respond(Request(scope), view_of_http(error))
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(allowed_methods(scope["app"].routes, scope))
    return response
