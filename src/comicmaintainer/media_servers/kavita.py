"""Kavita's client.

Source: https://github.com/Kareadita/Kavita, openapi.json, and its controllers Plugin, Library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from comicmaintainer.media_servers.client import Exchange
from comicmaintainer.media_servers.model import MediaServer, ServerLibrary, plain
from comicmaintainer.outgoing.transport import Transport

_CALLER = "ComicMaintainer"


class Kavita:
    """See Client. The key is exchanged for a token with the first request that needs one."""

    def __init__(self, server: MediaServer, transport: Transport) -> None:
        self._exchange = Exchange(server, transport)
        self._key = server.api_key
        self._token: str | None = None

    def libraries(self) -> list[ServerLibrary]:
        """See Client."""
        value = self._json("/api/Library/libraries")
        if not isinstance(value, list):
            raise self._exchange.unusable()
        return [self._library(each) for each in value]

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        """See Client. Kavita looks at the series that is in a folder, or at its whole library."""
        libraries = self.libraries()
        for folder in folders:
            if any(library.has(folder) for library in libraries):
                body = {"apiKey": self._key, "folderPath": plain(folder).rstrip("/")}
                self._exchange.send("/api/Library/scan-folder", headers={}, body=body)
            yield [folder]

    def close(self) -> None:
        """See Client."""
        self._exchange.close()

    def _library(self, value: Any) -> ServerLibrary:
        match value:
            case {"id": int(library_id), "name": str(name), "folders": [*folders]}:
                return ServerLibrary(str(library_id), name, tuple(map(str, folders)))
        raise self._exchange.unusable()

    def _json(self, path: str, **about: Any) -> Any:
        return self._exchange.json(path, headers=self._signed(), **about)

    def _signed(self) -> dict[str, str]:
        if self._token is None:
            query = (("apiKey", self._key), ("pluginName", _CALLER))
            value = self._exchange.json(
                "/api/Plugin/authenticate", headers={}, query=query, posts=True
            )
            match value:
                case {"token": str(token)} if token:
                    self._token = token
                case _:
                    raise self._exchange.unusable()
        return {"Authorization": f"Bearer {self._token}"}
