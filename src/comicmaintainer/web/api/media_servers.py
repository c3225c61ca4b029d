"""The programs that show the library to readers: Komga and Kavita."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.media_servers.model import MediaServer, ProgressMode, ServerKind
from comicmaintainer.media_servers.plain_values import server_of, trial_of
from comicmaintainer.media_servers.servers import (
    LONGEST_KEY,
    LONGEST_NAME,
    LONGEST_PATH,
    LONGEST_PATIENCE_S,
    MOST_PAIRS,
    PATIENCE_S,
)
from comicmaintainer.outgoing.addresses import LONGEST_ADDRESS
from comicmaintainer.texts.current import shown
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/media-servers", tags=["media servers"])
_ADMINISTER = needs(Role.ADMINISTER)
_Name = Annotated[str, Field(max_length=LONGEST_NAME)]
_Address = Annotated[str, Field(max_length=LONGEST_ADDRESS)]
_Key = Annotated[str, Field(max_length=LONGEST_KEY)]
_Path = Annotated[str, Field(max_length=LONGEST_PATH)]


class FolderPair(Body):
    """A folder `here`, and what the server calls it."""

    here: _Path
    there: _Path


_Patience = Annotated[float, Field(ge=0, le=LONGEST_PATIENCE_S)]
_PathMap = Annotated[list[FolderPair], Field(max_length=MOST_PAIRS)]


class NewServer(Body):
    """A server to add. Folders that are not in `path_map` have the same path on both sides."""

    kind: ServerKind
    name: _Name
    url: _Address
    api_key: _Key
    path_map: _PathMap = Field(default_factory=list)
    progress: ProgressMode = ProgressMode.CARRIED
    patience_s: _Patience = PATIENCE_S


class ServerChange(Body):
    """What to change of a server; the rest stays."""

    name: _Name | None = None
    url: _Address | None = None
    api_key: _Key | None = None
    path_map: _PathMap | None = None
    enabled: bool | None = None
    progress: ProgressMode | None = None
    patience_s: _Patience | None = None


@router.get("", openapi_extra=_ADMINISTER)
def list_servers(services: ServicesOf) -> dict[str, Any]:
    """List the servers; keys are not shown. So many folders are `waiting` to be looked at.

    Of so many comics progress is still to be `carried` over.
    """
    return {"servers": [server_of(*each) for each in services.media_servers.described()]}


@router.post("", status_code=201, responses=refusals(409), openapi_extra=_ADMINISTER)
def add_server(services: ServicesOf, body: NewServer) -> dict[str, Any]:
    """Add a server. With `progress` "carried" a worker reads what it knows of the comics."""
    added = services.media_servers.add(
        body.kind,
        body.name,
        body.url,
        body.api_key,
        path_map=_pairs(body.path_map) or (),
        progress=body.progress,
        patience_s=body.patience_s,
    )
    return server_of(added, 0, 0)


@router.patch("/{server_id}", responses=refusals(409), openapi_extra=_ADMINISTER)
def change_server(services: ServicesOf, server_id: RowId, body: ServerChange) -> dict[str, Any]:
    """Change name, address, key or folders of a server, or switch it on or off."""
    changed = services.media_servers.change(
        server_id,
        name=body.name,
        url=body.url,
        api_key=body.api_key,
        path_map=_pairs(body.path_map),
        enabled=body.enabled,
        progress=body.progress,
        patience_s=body.patience_s,
    )
    return _described(services, changed)


@router.get("/{server_id}/problems", openapi_extra=_ADMINISTER)
def list_problems(services: ServicesOf, server_id: RowId) -> dict[str, Any]:
    """List comics whose progress could not be carried over yet, the first twenty."""
    problems = services.media_servers.problems(services.media_servers.get(server_id).server_id)
    return {"problems": [{"path": path, "problem": shown(p)} for path, p in problems.items()]}


@router.delete("/{server_id}", openapi_extra=_ADMINISTER)
def remove_server(services: ServicesOf, server_id: RowId) -> dict[str, bool]:
    """Remove a server with everything that waits for it."""
    services.media_servers.remove(server_id)
    return {"removed": True}


@router.post("/{server_id}/test", openapi_extra=_ADMINISTER)
def test_server(services: ServicesOf, server_id: RowId) -> dict[str, Any]:
    """Try the connection: list the libraries that the key shows, with their folders here."""
    return trial_of(services.media_servers.test(server_id))


def _pairs(pairs: list[FolderPair] | None) -> list[tuple[str, str]] | None:
    return None if pairs is None else [(each.here, each.there) for each in pairs]


def _described(services: ServicesOf, server: MediaServer) -> dict[str, Any]:
    described = services.media_servers.described()
    return next(server_of(*each) for each in described if each[0].server_id == server.server_id)
