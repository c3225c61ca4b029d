"""Whether files may be changed now, by what is stored of servers that keep progress.

Used by items, in every worker process, which never talk to servers themselves: the bridge reads
what servers know, and items wait until that is not older than FRESH_S. If the reading takes long,
items of a long job go on after SHORT_S with the one before, unless that is older than STALE_S.
Where no server keeps progress, an item asks nothing: the process looks once a second whether there
is one.

For servers that recognise books in order, name and contents of a file don't change at once: an item
makes the first of its changes, and waits until the server has seen them (see order_store).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Turn
from comicmaintainer.media_servers.book_model import Trait
from comicmaintainer.media_servers.carry_store import CarryStore
from comicmaintainer.media_servers.model import ProgressMode
from comicmaintainer.media_servers.order_store import STALE_S, OrderStore, Unseen, Wait

FRESH_S = 300.0
SHORT_S = 20.0
LOOK_S = 1.0
WAIT_S = 2.0
"""So long an item is put off before it looks again."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """An item is to run again at `until` (UTC epoch seconds); `reason` is a sentence."""

    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class _Server:
    server_id: int
    name: str
    known_at: float | None
    wanted_at: float | None
    patience_s: float
    is_ordered: bool


class Keeping:
    """Thread-safe. `clock` is monotonic, `now` the time of the database."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._carries = CarryStore(database)
        self._order = OrderStore(database)
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._servers: tuple[_Server, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Whether any server keeps progress."""
        return bool(self._known())

    def put_off(self) -> PutOff | None:
        """Return until when an item that changes files has to wait, or None if it need not."""
        servers = self._known()
        if not servers:
            return None
        now = self._now()
        for server in servers:
            if server.known_at is not None and server.known_at > now - FRESH_S:
                continue
            wanted_at = server.wanted_at
            if wanted_at is None:
                wanted_at = self._want(server, now)
            is_usable = server.known_at is not None and server.known_at > now - STALE_S
            longest_s = min(SHORT_S, server.patience_s) if is_usable else server.patience_s
            if now - wanted_at < longest_s:
                reason = f"It waits until what {server.name} knows of the comics is read."
                return PutOff(reason, now + WAIT_S)
        return None

    def must_wait(self, path: str, trait: Trait, *, undoes: int | None = None) -> PutOff | None:
        """Return until when this trait of the file at `path` may not change, at the longest.

        A server has to see that the other one has changed before. `undoes` is the change that is to
        be undone, if it is an undo.
        """
        if not self._is_ordered:
            return None
        unseen = self._order.unseen(path, trait.other, self._now(), but=undoes)
        return None if unseen is None else _until_seen(unseen)

    def is_to_see(self, path: str) -> bool:
        """Return whether a server has to see a change of one trait of a file before the other."""
        return self._is_ordered and self._order.is_known(path, self._now())

    def note_waits(self, waits: Sequence[Wait]) -> None:
        """Note that items wait until servers have seen their files, in one commit."""
        self._order.wait(waits)

    def hold(self, change_id: int, path: str) -> None:
        """Store what servers know of a file before a change of it is undone."""
        if self.is_needed:
            self._carries.hold(change_id, path, self._now())

    @property
    def _is_ordered(self) -> bool:
        return any(server.is_ordered for server in self._known())

    def _want(self, server: _Server, now: float) -> float:
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "UPDATE media_servers SET wanted_at = ? WHERE server_id = ? AND wanted_at IS NULL",
                (now, server.server_id),
            )
        with self._lock:
            self._looked_at = None
        return now

    def _known(self) -> tuple[_Server, ...]:
        with self._lock:
            at = self._clock()
            if self._looked_at is None or at - self._looked_at >= LOOK_S:
                rows = self._database.rows(
                    "SELECT server_id, name, known_at, wanted_at, patience_s, progress"
                    " FROM media_servers"
                    " WHERE enabled = 1 AND progress <> 'off' ORDER BY server_id"
                )
                self._servers = tuple(
                    _Server(
                        row["server_id"],
                        row["name"],
                        row["known_at"],
                        row["wanted_at"],
                        row["patience_s"],
                        row["progress"] == ProgressMode.ORDERED,
                    )
                    for row in rows
                )
                self._looked_at = at
            return self._servers


def _until_seen(unseen: Unseen) -> PutOff:
    return PutOff(f"It waits until {unseen.server} has seen what has changed.", unseen.until)
