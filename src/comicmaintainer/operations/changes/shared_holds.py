"""Holds on files as rows of a database that several hosts share.

A file is held under its path, which is the same on all hosts, and under its device and inode for
other paths of this host. A hold ends with its block. If the process dies, or its change has been
abandoned meanwhile, its host ends the hold, once it has noted what was done: a lock file of the
block shows that it is gone. If the lease of its worker has ended, it does not end: the process may
be stopped right before its last step, and come to it later. A host that was not seen for a day is
gone.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.errors import DatabaseError, FileBusy
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.changes.holds import HeldFile, Item

logger = logging.getLogger(__name__)

GONE_AFTER_S = 86400.0
"""How long a host that is not seen keeps its holds."""


class SharedHolds:
    """The holds of all hosts that use `database`; `now` is its time."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now
        self._folder = database.local_folder / "holders"

    @contextmanager
    def hold(self, files: Sequence[HeldFile], change: Change | None = None) -> Iterator[None]:
        """See Holds."""
        holder = uuid.uuid4().hex
        alive = self._liveness()
        alive.enter(holder)
        try:
            self._take(holder, files, None if change is None else change.item)
            try:
                yield
            finally:
                self._give_up(holder, change)
        finally:
            alive.leave()

    def end_dead(self, settle: Callable[[Item], None]) -> None:
        """See Holds."""
        rows = self._database.rows(
            "SELECT DISTINCT holder, host, job_id, seq FROM held_files WHERE host = ?",
            (self._database.host,),
        )
        liveness = self._liveness()
        for row in rows:
            if liveness.is_dead(row["holder"], row["host"]):
                if row["job_id"] is not None:
                    settle((row["job_id"], row["seq"]))
                self._give_up(row["holder"])
                liveness.clear([row["holder"]])

    def _liveness(self) -> Liveness:
        return Liveness(self._folder, self._database.host)

    def _take(self, holder: str, files: Sequence[HeldFile], item: Item | None) -> None:
        now = self._now()
        # Two names that differ in letter case have one place, which is then held alone.
        by_need = sorted(files, key=lambda file: not file.is_shared)
        wanted = {place: file for file in by_need for place in self._places(file)}
        job_id, seq = item or (None, None)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            for place, file in wanted.items():
                self._require_free(transaction, place, file, item, now)
            transaction.execute_many(
                "INSERT INTO held_files (place, holder, host, job_id, seq, shared, since_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (place, holder, self._database.host, job_id, seq, int(file.is_shared), now)
                    for place, file in wanted.items()
                ],
            )

    def _places(self, file: HeldFile) -> tuple[str, str]:
        device, inode = file.inode
        return f"path {place_key(str(file.path))}", f"inode {self._database.host} {device} {inode}"

    def _require_free(
        self, transaction: Transaction, place: str, file: HeldFile, item: Item | None, now: float
    ) -> None:
        for row in transaction.rows(
            "SELECT holder, host, job_id, seq, shared, since_at FROM held_files WHERE place = ?",
            (place,),
        ):
            if row["shared"] and file.is_shared:
                continue
            if item is not None and (row["job_id"], row["seq"]) == item:
                continue
            if not self._is_gone(transaction, row, now):
                host = row["host"]
                raise FileBusy(f"a job on {host} is moving it or keeping it", path=file.path)

    def _is_gone(self, transaction: Transaction, row: Row, now: float) -> bool:
        if row["host"] == self._database.host:
            return self._liveness().is_dead(row["holder"], row["host"])
        seen = transaction.row("SELECT seen_at FROM hosts WHERE host = ?", (row["host"],))
        last: float = max(row["since_at"], 0.0 if seen is None else seen["seen_at"])
        return last < now - GONE_AFTER_S

    def _give_up(self, holder: str, change: Change | None = None) -> None:
        """Remove a hold, unless its change has been abandoned meanwhile.

        Then the process was stopped for so long that it was considered dead. What it has done is
        noted by `end_dead`, even if it dies before it can note that itself.
        """
        try:
            with self._database.transaction(Turn.ROWS) as transaction:
                transaction.execute(
                    "DELETE FROM held_files WHERE holder = ? AND NOT EXISTS"
                    " (SELECT 1 FROM changes WHERE change_id = ? AND state = 'abandoned')",
                    (holder, -1 if change is None else change.change_id),
                )
        except DatabaseError as error:
            # The lock file is free from now on, so this host ends the hold later.
            logger.info("A hold on files is left over: %s", error)
