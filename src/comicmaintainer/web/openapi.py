"""The OpenAPI document: FastAPI's description of the routes, completed with our middleware.

A route declares its own refusals (`refusals`). Those of the gate, the size limit and the input
checks follow from its path and its parameters, and are added here, as are the shape of errors and
the ways to authenticate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from comicmaintainer.accounts.roles import Role
from comicmaintainer.web.cross_site import SAFE_METHODS
from comicmaintainer.web.gate import SESSION_COOKIE, is_open
from comicmaintainer.web.route_roles import KEYWORD

_WITHOUT_DATABASE = ("/health/", "/ping", "/api/version")
DESCRIPTION = (
    "Every address below `/api/` is also below `/api/v1/`, in every way the same: "
    "`/api/v1/jobs` is `/api/jobs`. Those with a version stay as they are in all 1.x releases "
    "and later; members may be added to their answers."
)


class ErrorDetail(BaseModel):
    """What went wrong: a stable code and a sentence for people.

    `field` names the value of the request that is at fault, `error_id` the entry in the log.
    """

    code: str
    message: str
    field: str | None = None
    error_id: str | None = None


class ErrorAnswer(BaseModel):
    """The answer to a request that was refused."""

    error: ErrorDetail


_MEANINGS = {
    400: "The request is not valid. Nothing was changed.",
    401: "Not signed in, or the key is not valid.",
    403: "The role is too low, or the request was made by a page of another site.",
    404: "Not found.",
    409: "It exists, but its state does not allow this.",
    413: "The body is too large.",
    422: "The comic or the page can't be read.",
    429: "Too many attempts to sign in.",
    500: "An error of the service; the log has it under `error_id`.",
    502: "A source did not answer as it should.",
    503: "The service is busy, or its database can't be used now.",
    507: "A disk is full.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may refuse with these statuses."""
    return {status: _refusal(status) for status in statuses}


def operation_id(route: APIRoute) -> str:
    """Name the operation after its function: generated clients call it so.

    The names of these functions differ in all of the API.
    """
    return route.name


class DocumentedApp(FastAPI):
    """An application whose document describes all real responses."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi())
        return self.openapi_schema


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    shape = ErrorAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**shape.pop("$defs"), ErrorAnswer.__name__: shape}
    components["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The same key",
        },
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method.upper(), operation)
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    own_422 = responses.get("422", {})
    if own_422.get("description") != _MEANINGS[422]:
        responses.pop("422", None)  # FastAPI's own, which is never sent
    for response in responses.values():
        _declare_bytes(response.get("content", {}))
    _declare_bytes(operation.get("requestBody", {}).get("content", {}))
    for status in _general_refusals(path, method, operation):
        responses.setdefault(str(status), _refusal(status))
    operation["responses"] = dict(sorted(responses.items()))
    schemes = () if is_open(path) else ("key", "bearer", "session")
    operation["security"] = [{scheme: []} for scheme in schemes]


def _declare_bytes(content: dict[str, Any]) -> None:
    """Say of what is neither JSON nor text that it is bytes."""
    for media_type in content:
        if media_type != "application/json" and not media_type.startswith("text/"):
            content[media_type] = {"schema": {"type": "string", "format": "binary"}}


def _general_refusals(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    """Yield the statuses that middleware, input checks and the database may cause."""
    parameters = operation.get("parameters", [])
    has_body = "requestBody" in operation
    if has_body or any(parameter["in"] != "path" for parameter in parameters):
        yield 400
    if not is_open(path):
        yield 401
    if method not in SAFE_METHODS or operation.get(KEYWORD, Role.LOOK) != Role.LOOK:
        yield 403
    if "{" in path:
        yield 404
    if has_body:
        yield 413
    if not path.startswith(_WITHOUT_DATABASE):
        yield from (500, 503)
        if method not in SAFE_METHODS:
            yield 507


def _refusal(status: int) -> dict[str, Any]:
    reference = {"schema": {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}}
    # A browser that opens the address gets the same as a page.
    content = {"application/json": reference, "text/html": {"schema": {"type": "string"}}}
    return {"description": _MEANINGS[status], "content": content}
