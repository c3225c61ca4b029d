"""Servers as stored rows (SQL only).

Used by servers and the bridge. Keys are stored as they are, because requests need them; they never
leave this room. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from typing import Any

from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.database.stored_values import known_member, stored_json
from comicmaintainer.errors import NotFound
from comicmaintainer.media_servers.model import (
    MediaServer,
    PathMap,
    ProgressMode,
    ServerKind,
)

PAUSES_S = (5.0, 15.0, 60.0, 300.0, 900.0)
"""After each attempt in a row without an answer; the last one is repeated."""
ROUND_PAUSES_S = (3.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Before each reading after a scan was asked for; the last one is repeated."""
_COLUMNS = (
    "server_id, kind, name, url, api_key, path_map, enabled, failures, next_try_at, problem,"
    " answered_at, created_at, progress, patience_s, wanted_at, known_at, rounds, next_round_at"
)


class ServerStore:
    """SQL of the table `media_servers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[MediaServer]:
        """Return all servers, by their names."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM media_servers ORDER BY name")
        return [_server(row) for row in rows]

    def get(self, server_id: int) -> MediaServer:
        """Return a server.

        Raises:
            NotFound: there is none with this id.
        """
        return found(self._database, server_id)

    def enabled(self, now: float) -> list[MediaServer]:
        """Return the servers that are switched on and may be asked now."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM media_servers WHERE enabled = 1 AND next_try_at <= ?"
            " ORDER BY server_id",
            (now,),
        )
        return [_server(row) for row in rows]

    def begin_rounds(self, server_id: int, now: float) -> None:
        """Note that a scan is asked for: what it finds is to be read."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "UPDATE media_servers SET rounds = 0, next_round_at = ? WHERE server_id = ?",
                (now + ROUND_PAUSES_S[0], server_id),
            )

    def end_round(self, server: MediaServer, now: float, *, is_all: bool) -> None:
        """Note that a server was read; it is read again, later and later, until that `is_all`."""
        rounds = 0 if is_all else server.rounds + 1
        pause_s = ROUND_PAUSES_S[min(rounds, len(ROUND_PAUSES_S) - 1)]
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "UPDATE media_servers SET rounds = ?, next_round_at = ? WHERE server_id = ?",
                (rounds, None if is_all else now + pause_s, server.server_id),
            )

    def answered(self, server_id: int, now: float) -> None:
        """Note that a server has answered."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "UPDATE media_servers SET failures = 0, next_try_at = 0, problem = NULL,"
                " answered_at = ? WHERE server_id = ?",
                (now, server_id),
            )

    def failed(self, server: MediaServer, problem: str, now: float) -> None:
        """Note that a server did not answer; it is left alone for a while."""
        pause_s = PAUSES_S[min(server.failures, len(PAUSES_S) - 1)]
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "UPDATE media_servers SET failures = failures + 1, next_try_at = ?, problem = ?"
                " WHERE server_id = ?",
                (now + pause_s, problem, server.server_id),
            )


def found(source: Database | Transaction, server_id: int) -> MediaServer:
    """Return a server.

    Raises:
        NotFound: there is none with this id.
    """
    row = source.row(f"SELECT {_COLUMNS} FROM media_servers WHERE server_id = ?", (server_id,))
    if row is None:
        raise NotFound(f"There is no server {server_id}.")
    return _server(row)


def is_name_taken(transaction: Transaction, name: str, server_id: int | None = None) -> bool:
    """Return whether another server has a name."""
    row = transaction.row(
        "SELECT 1 FROM media_servers WHERE name = ? AND server_id <> ?", (name, server_id or 0)
    )
    return row is not None


def count(transaction: Transaction) -> int:
    """Return how many servers there are."""
    return int(transaction.value("SELECT count(*) FROM media_servers"))


def insert(transaction: Transaction, server: MediaServer) -> int:
    """Store a new server; return its id."""
    values = (server.kind, server.created_at, *_values(server, server.created_at))
    row_id: Any = transaction.value(
        "INSERT INTO media_servers (kind, created_at, name, url, api_key, path_map, enabled,"
        " progress, patience_s, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " RETURNING server_id",
        values,
    )
    return int(row_id)


def update(transaction: Transaction, server: MediaServer, *, now: float) -> None:
    """Store what a person has changed of a server; it may be tried again at once."""
    transaction.execute(
        "UPDATE media_servers SET name = ?, url = ?, api_key = ?, path_map = ?, enabled = ?,"
        " progress = ?, patience_s = ?, changed_at = ?,"
        " failures = 0, next_try_at = 0, problem = NULL WHERE server_id = ?",
        (*_values(server, now), server.server_id),
    )


def delete(transaction: Transaction, server_id: int) -> None:
    """Delete a server with everything that waits for it."""
    transaction.execute("DELETE FROM media_servers WHERE server_id = ?", (server_id,))


def _values(server: MediaServer, now: float) -> tuple[Any, ...]:
    pairs = json.dumps([list(pair) for pair in server.path_map.pairs])
    chosen = (int(server.enabled), server.progress, server.patience_s)
    return server.name, server.url, server.api_key, pairs, *chosen, now


def _server(row: Row) -> MediaServer:
    pairs = stored_json(row["path_map"])
    return MediaServer(
        server_id=row["server_id"],
        kind=known_member(ServerKind, row["kind"], ServerKind.KOMGA),
        name=row["name"],
        url=row["url"],
        api_key=row["api_key"],
        path_map=PathMap(tuple((here, there) for here, there in pairs)),
        enabled=bool(row["enabled"]),
        created_at=row["created_at"],
        failures=row["failures"],
        next_try_at=row["next_try_at"],
        problem=row["problem"],
        answered_at=row["answered_at"],
        progress=known_member(ProgressMode, row["progress"], ProgressMode.CARRIED),
        patience_s=row["patience_s"],
        wanted_at=row["wanted_at"],
        known_at=row["known_at"],
        rounds=row["rounds"],
        next_round_at=row["next_round_at"],
    )
