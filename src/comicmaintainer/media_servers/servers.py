"""Servers as people manage them: add, change, remove, and try the connection.

Used by the web and the command line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Transaction
from comicmaintainer.errors import Conflict, InvalidInput, SourceError
from comicmaintainer.media_servers import server_store
from comicmaintainer.media_servers.book_store import BookStore
from comicmaintainer.media_servers.carry_store import CarryStore
from comicmaintainer.media_servers.clients import Clients
from comicmaintainer.media_servers.model import (
    MediaServer,
    PathMap,
    ProgressMode,
    ServerKind,
    ServerLibrary,
    is_below,
)
from comicmaintainer.media_servers.scan_store import ScanStore
from comicmaintainer.media_servers.server_store import ServerStore
from comicmaintainer.outgoing.addresses import checked_address

MOST_SERVERS = 20
MOST_PAIRS = 50
LONGEST_NAME = 100
LONGEST_KEY = 1000
LONGEST_PATH = 4000
PATIENCE_S = 600.0
LONGEST_PATIENCE_S = 86400.0
Pairs = Sequence[tuple[str, str]]
_CHANGEABLE = ("name", "url", "api_key", "path_map", "enabled", "progress", "patience_s")


@dataclass(frozen=True, slots=True)
class SeenLibrary:
    """A library that a server shows; `here` are its folders as we name them.

    It `is_watched` if one of them is in a watched folder, or has one in it.
    """

    library: ServerLibrary
    here: tuple[str, ...]
    is_watched: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a connection: the libraries, or why there are none."""

    libraries: tuple[SeenLibrary, ...] = ()
    problem: str | None = None


class MediaServers:
    """The servers. Thread-safe; `roots` are the watched folders."""

    def __init__(
        self,
        database: Database,
        client_of: Clients,
        roots: Sequence[str],
        *,
        now: Callable[[], float],
    ) -> None:
        self.scans = ScanStore(database)
        self.carries = CarryStore(database)
        self.books = BookStore(database)
        self._database = database
        self._store = ServerStore(database)
        self._client_of = client_of
        self._roots = tuple(roots)
        self._now = now

    def all(self) -> list[MediaServer]:
        """Return all servers, by their names."""
        return self._store.all()

    def described(self) -> list[tuple[MediaServer, int, int]]:
        """Return all servers, each with how many folders and how many comics wait for it."""
        folders, comics = self.scans.waiting(), self.carries.counts()
        return [
            (each, folders.get(each.server_id, 0), comics.get(each.server_id, 0))
            for each in self.all()
        ]

    def problems(self, server_id: int) -> dict[str, str]:
        """Return comics whose progress could not be carried over yet, with the reasons."""
        return dict(self.carries.problems(server_id))

    def get(self, server_id: int) -> MediaServer:
        """Return a server.

        Raises:
            NotFound: there is none with this id.
        """
        return self._store.get(server_id)

    def add(
        self,
        kind: ServerKind,
        name: str,
        url: str,
        api_key: str,
        *,
        path_map: Pairs = (),
        progress: ProgressMode = ProgressMode.CARRIED,
        patience_s: float = PATIENCE_S,
    ) -> MediaServer:
        """Add a server.

        Raises:
            InvalidInput: name, address, key or folders can't be.
            Conflict: the name is taken, or there are too many.
        """
        _require_recognising(kind, progress)
        server = MediaServer(
            server_id=0,
            kind=kind,
            name=_name(name),
            url=_address(url),
            api_key=_key(api_key),
            path_map=_path_map(path_map),
            enabled=True,
            created_at=self._now(),
            progress=progress,
            patience_s=_patience(patience_s),
        )
        with self._database.transaction() as transaction:
            if server_store.count(transaction) >= MOST_SERVERS:
                raise Conflict(f"There are {MOST_SERVERS} servers already; remove one first.")
            _require_free(transaction, server.name)
            server_id = server_store.insert(transaction, server)
            self._record(transaction, Action.SERVER_ADDED, server.name, kind=kind.value)
        return self.get(server_id)

    def change(
        self,
        server_id: int,
        *,
        name: str | None = None,
        url: str | None = None,
        api_key: str | None = None,
        path_map: Pairs | None = None,
        enabled: bool | None = None,
        progress: ProgressMode | None = None,
        patience_s: float | None = None,
    ) -> MediaServer:
        """Change what is not None; what waits is tried at once.

        Raises:
            NotFound: there is no such server.
            InvalidInput: name, address, key or folders can't be.
            Conflict: the name is taken.
        """
        with self._database.transaction() as transaction:
            before = server_store.found(transaction, server_id)
            after = dataclasses.replace(
                before,
                name=before.name if name is None else _name(name),
                url=before.url if url is None else _address(url),
                api_key=before.api_key if api_key is None else _key(api_key),
                path_map=before.path_map if path_map is None else _path_map(path_map),
                enabled=before.enabled if enabled is None else enabled,
                progress=before.progress if progress is None else progress,
                patience_s=before.patience_s if patience_s is None else _patience(patience_s),
            )
            _require_recognising(after.kind, after.progress)
            _require_free(transaction, after.name, server_id)
            server_store.update(transaction, after, now=self._now())
            changed = [
                each for each in _CHANGEABLE if getattr(before, each) != getattr(after, each)
            ]
            details = {"changed": changed, "enabled": after.enabled}
            self._record(transaction, Action.SERVER_CHANGED, after.name, **details)
        return self.get(server_id)

    def remove(self, server_id: int) -> None:
        """Remove a server with everything that waits for it.

        Raises:
            NotFound: there is no such server.
        """
        with self._database.transaction() as transaction:
            server = server_store.found(transaction, server_id)
            server_store.delete(transaction, server_id)
            self._record(transaction, Action.SERVER_REMOVED, server.name)

    def test(self, server_id: int) -> Trial:
        """Ask a server for its libraries now; if it answers, what waits for it is tried at once.

        Raises:
            NotFound: there is no such server.
        """
        server = self.get(server_id)
        try:
            with closing(self._client_of(server)) as client:
                libraries = client.libraries()
        except SourceError as error:
            return Trial(problem=error.message)
        self._store.answered(server_id, self._now())
        return Trial(tuple(self._seen(server, each) for each in libraries))

    def _seen(self, server: MediaServer, library: ServerLibrary) -> SeenLibrary:
        here = tuple(server.path_map.here(folder) for folder in library.folders)
        is_watched = any(
            is_below(folder, root) or is_below(root, folder)
            for folder in here
            for root in self._roots
        )
        return SeenLibrary(library, here, is_watched)

    def _record(
        self, transaction: Transaction, action: Action, subject: str, **details: object
    ) -> None:
        record(transaction, action, subject, now=self._now(), details=details)


def _require_free(transaction: Transaction, name: str, server_id: int | None = None) -> None:
    if server_store.is_name_taken(transaction, name, server_id):
        raise Conflict(f"Another server is called {name}.", field="name")


def _require_recognising(kind: ServerKind, progress: ProgressMode) -> None:
    if progress is ProgressMode.ORDERED and kind is not ServerKind.KOMGA:
        raise InvalidInput(
            "Only Komga recognises a renamed file by its contents. Carry progress over instead.",
            field="progress",
        )


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(
            f"Give the server a name of at most {LONGEST_NAME} characters.", field="name"
        )
    return name


def _address(text: str) -> str:
    return checked_address(text, without="#?").rstrip("/")


def _key(text: str) -> str:
    key = text.strip()
    if not key or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidInput("Enter the API key of an administrator.", field="api_key")
    return key


def _patience(seconds: float) -> float:
    if not 0 <= seconds <= LONGEST_PATIENCE_S:
        raise InvalidInput("Changes wait for a server at most a day.", field="patience_s")
    return seconds


def _path_map(pairs: Pairs) -> PathMap:
    cleaned = tuple((here.strip(), there.strip()) for here, there in pairs)
    if len(cleaned) > MOST_PAIRS:
        raise InvalidInput(f"At most {MOST_PAIRS} folders can be mapped.", field="path_map")
    for here, there in cleaned:
        if not PurePosixPath(here).is_absolute() or not there or len(here + there) > LONGEST_PATH:
            raise InvalidInput(
                "Give the whole path of each folder, here and on the server.", field="path_map"
            )
    if len({here for here, _ in cleaned}) < len(cleaned):
        raise InvalidInput("A folder is mapped twice.", field="path_map")
    return PathMap(cleaned)
