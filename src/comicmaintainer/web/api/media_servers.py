"""The programs that show the library to readers: Komga and Kavita."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.media_servers.model import MediaServer, ServerKind
from comicmaintainer.media_servers.plain_values import server_of, trial_of
from comicmaintainer.media_servers.servers import (
    LONGEST_KEY,
    LONGEST_NAME,
    LONGEST_PATH,
    MOST_PAIRS,
)
from comicmaintainer.outgoing.addresses import LONGEST_ADDRESS
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


_PathMap = Annotated[list[FolderPair], Field(max_length=MOST_PAIRS)]


class NewServer(Body):
    """A server to add. Folders that are not in `path_map` have the same path on both sides."""

    kind: ServerKind
    name: _Name
    url: _Address
    api_key: _Key
    path_map: _PathMap = Field(default_factory=list)


class ServerChange(Body):
    """What to change of a server; the rest stays."""

    name: _Name | None = None
    url: _Address | None = None
    api_key: _Key | None = None
    path_map: _PathMap | None = None
    enabled: bool | None = None


@router.get("", openapi_extra=_ADMINISTER)
def list_servers(services: ServicesOf) -> dict[str, Any]:
    """List the servers; keys are not shown. So many folders are `waiting` to be looked at."""
    waiting = services.media_servers.scans.waiting()
    servers = services.media_servers.all()
    return {"servers": [server_of(each, waiting.get(each.server_id, 0)) for each in servers]}


@router.post("", status_code=201, responses=refusals(409), openapi_extra=_ADMINISTER)
def add_server(services: ServicesOf, body: NewServer) -> dict[str, Any]:
    """Add a server. It is asked for nothing until a file changes or its connection is tried."""
    added = services.media_servers.add(
        body.kind, body.name, body.url, body.api_key, path_map=_pairs(body.path_map) or ()
    )
    return server_of(added, 0)


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
    )
    return _with_waiting(services, changed)


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


def _with_waiting(services: ServicesOf, server: MediaServer) -> dict[str, Any]:
    return server_of(server, services.media_servers.scans.waiting().get(server.server_id, 0))
