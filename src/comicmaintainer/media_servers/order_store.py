"""Which files a server has to see before more of them changes, and the items that wait (SQL only).

A server that recognises a book by its name or else by its contents must not find both changed at
once. What it has not seen yet is a carry (see carry_store): of the file's contents if the file is
still where the server saw it, else of its name. Items that wait are put off for as long as they
may wait at most; `wake` makes them due before. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Turn
from comicmaintainer.media_servers.book_model import Trait
from comicmaintainer.media_servers.carry_store import NOT_SEEN

LONGEST_S = 86400.0
"""So long a change waits for a server; a scan of a large library takes hours."""
STALE_S = 1200.0
"""What was read of a server is this long as good as known."""
_AT_ONCE = 1000
_HOLDS = (
    "one.enabled = 1 AND one.progress = 'ordered' AND carry.since > :now - :longest"
    " AND (carry.book_id IS NOT NULL OR coalesce(one.known_at, 0) < carry.since)"
    f" AND (carry.problem IS NULL OR carry.problem IN ({', '.join(map(repr, NOT_SEEN))}))"
)
_CARRIES = "SELECT {row} FROM server_carries AS carry JOIN media_servers AS one USING (server_id)"


@dataclass(frozen=True, slots=True)
class Unseen:
    """What keeps a file from being changed until `until`: a server that has not seen it."""

    server: str
    until: float


@dataclass(frozen=True, slots=True)
class Wait:
    """An item that waits until servers have seen the file at `path`."""

    job_id: str
    seq: int
    path: str


class OrderStore:
    """SQL of the table `server_waits`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unseen(
        self, path: str, trait: Trait, now: float, *, but: int | None = None
    ) -> Unseen | None:
        """Return the server that has not seen a change of this trait of the file at `path`.

        What is noted for the change `but`, which is about to be undone, does not count.
        """
        row = self._database.row(
            f"{_CARRIES.format(row='one.name, carry.since')} WHERE carry.path = :path"
            " AND CASE WHEN carry.origin = carry.path THEN 'contents' ELSE 'name' END = :trait"
            f" AND coalesce(carry.holder, 0) <> :but AND {_HOLDS} ORDER BY carry.since LIMIT 1",
            {
                "path": path,
                "trait": trait.value,
                "but": but or -1,
                "now": now,
                "longest": LONGEST_S,
            },
        )
        return None if row is None else Unseen(row["name"], row["since"] + LONGEST_S)

    def is_known(self, path: str, now: float) -> bool:
        """Return whether a server may know the file at `path` that recognises it in order."""
        row = self._database.row(
            "SELECT 1 FROM media_servers AS one WHERE enabled = 1 AND progress = 'ordered'"
            " AND (coalesce(known_at, 0) < :stale OR EXISTS (SELECT 1 FROM server_books AS book"
            "  WHERE book.server_id = one.server_id AND book.path = :path)"
            " OR EXISTS (SELECT 1 FROM server_carries AS carry WHERE carry.path = :path"
            "  AND carry.server_id = one.server_id AND carry.book_id IS NOT NULL)) LIMIT 1",
            {"path": path, "stale": now - STALE_S},
        )
        return row is not None

    def wait(self, waits: Sequence[Wait]) -> None:
        """Note what items wait for."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute_many(
                "INSERT INTO server_waits (job_id, seq, path) VALUES (?, ?, ?)"
                " ON CONFLICT (job_id, seq) DO UPDATE SET path = excluded.path",
                [(wait.job_id, wait.seq, wait.path) for wait in waits],
            )

    def wake(self, now: float) -> int:
        """Make the items due whose files the servers have seen; return how many.

        An item that a worker still holds is left for the next time: it is about to be put off.
        """
        if self._database.row("SELECT 1 FROM server_waits LIMIT 1") is None:
            return 0
        rows = self._database.rows(
            "SELECT held.job_id, held.seq FROM server_waits AS held"
            " LEFT JOIN job_items AS item ON item.job_id = held.job_id AND item.seq = held.seq"
            " WHERE item.seq IS NULL OR item.state IN ('succeeded', 'failed')"
            " OR (item.state = 'queued' AND NOT EXISTS ("
            f"  {_CARRIES.format(row='1')} WHERE carry.path = held.path AND {_HOLDS}))"
            " ORDER BY held.job_id, held.seq",
            {"now": now, "longest": LONGEST_S},
        )
        for start in range(0, len(rows), _AT_ONCE):
            some = [(row["job_id"], row["seq"]) for row in rows[start : start + _AT_ONCE]]
            with self._database.transaction(Turn.ROWS) as transaction:
                transaction.execute_many(
                    "UPDATE job_items SET not_before = ? WHERE job_id = ? AND seq = ?"
                    " AND state = 'queued' AND not_before > ?",
                    [(now, job_id, seq, now) for job_id, seq in some],
                )
                transaction.execute_many(
                    "DELETE FROM server_waits WHERE job_id = ? AND seq = ?", some
                )
        return len(rows)

    def is_waited_for(self, server_id: int, now: float) -> bool:
        """Return whether an item waits for a server to see a file, and no scan is to be asked for.

        So it is if the change that it has to see was begun and then abandoned.
        """
        row = self._database.row(
            "SELECT 1 FROM server_waits AS held JOIN server_carries AS carry ON"
            " carry.path = held.path JOIN media_servers AS one USING (server_id)"
            f" WHERE one.server_id = :server_id AND {_HOLDS} AND NOT EXISTS ("
            "  SELECT 1 FROM media_scans WHERE server_id = :server_id) LIMIT 1",
            {"server_id": server_id, "now": now, "longest": LONGEST_S},
        )
        return row is not None

    def waiting(self, job_id: str) -> int:
        """Return how many items of a job wait for servers."""
        return int(
            self._database.value("SELECT count(*) FROM server_waits WHERE job_id = ?", (job_id,))
        )
