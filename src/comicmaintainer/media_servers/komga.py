"""Komga's client.

Source: https://github.com/gotson/komga, komga/docs/openapi.json (1.20 and later, which have keys).
A scan is always one of a whole library; Komga has none of a folder, and passes over the folders
that have not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from comicmaintainer.media_servers.client import Exchange
from comicmaintainer.media_servers.model import MediaServer, ServerLibrary
from comicmaintainer.outgoing.transport import Transport


class Komga:
    """See Client."""

    def __init__(self, server: MediaServer, transport: Transport) -> None:
        self._exchange = Exchange(server, transport)
        self._headers = {"X-API-Key": server.api_key}

    def libraries(self) -> list[ServerLibrary]:
        """See Client. Komga tells where a library is only to administrators."""
        value = self._json("/api/v1/libraries")
        if not isinstance(value, list):
            raise self._exchange.unusable()
        return [self._library(each) for each in value]

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        """See Client."""
        left = list(folders)
        for library in self.libraries():
            inside = [each for each in left if library.has(each)]
            if inside:
                path = f"/api/v1/libraries/{library.library_id}/scan"
                self._exchange.send(path, headers=self._headers, posts=True)
                yield inside
                left = [each for each in left if each not in inside]
        yield left

    def close(self) -> None:
        """See Client."""
        self._exchange.close()

    def _library(self, value: Any) -> ServerLibrary:
        match value:
            case {"id": str(library_id), "name": str(name), "root": str(root)}:
                return ServerLibrary(library_id, name, (root,) if root else ())
        raise self._exchange.unusable()

    def _json(self, path: str, **about: Any) -> Any:
        return self._exchange.json(path, headers=self._headers, **about)
