"""Which items of a job are called so: the other items, looked up by what their names are told by.

Used by operations whose items get in each other's way. `key` says which names count as the same.
The names of a job's items never change, so each process indexes them once, when first asked: eight
bytes an item, for the last few jobs. How the items stand is read anew each time.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from comicmaintainer.database import Database
from comicmaintainer.jobs.model import ENDED, ItemState, JobStatus

KEPT_JOBS = 4
_PAGE = 5000
_SEQ_BITS = 24  # items of a job are numbered from 0; beyond 16 million none is found
_SEQ_MASK = (1 << _SEQ_BITS) - 1


@dataclass(frozen=True, slots=True)
class Peer:
    """Another item of a job, as it stands at this moment."""

    seq: int
    item: str
    state: ItemState

    @property
    def has_ended(self) -> bool:
        """Whether it has its result."""
        return self.state in (ItemState.SUCCEEDED, ItemState.FAILED)


class Peers:
    """The items of jobs by name. Safe to share between threads."""

    def __init__(self, database: Database, key: Callable[[str], str] = str) -> None:
        self._database = database
        self._key = key
        self._turn = threading.Lock()
        self._indexes: OrderedDict[str, array[int]] = OrderedDict()

    def named(self, job_id: str, name: str) -> list[Peer]:
        """Return the items of a job whose names count as `name`, in the job's order."""
        key = self._key(name)
        index = self._index(job_id)
        wanted = _digest(key)
        at = bisect_left(index, wanted << _SEQ_BITS)
        found = []
        while at < len(index) and index[at] >> _SEQ_BITS == wanted:
            peer = self._peer(job_id, index[at] & _SEQ_MASK)
            if peer is not None and self._key(peer.item) == key:
                found.append(peer)
            at += 1
        return found

    def is_going_on(self, job_id: str, seq: int) -> bool:
        """Tell whether the item has no result yet and its job is neither paused nor over."""
        row = self._database.row(
            "SELECT status FROM job_items JOIN jobs USING (job_id) WHERE job_id = ? AND seq = ?"
            " AND state NOT IN ('succeeded', 'failed') AND deleting = 0",
            (job_id, seq),
        )
        return row is not None and row["status"] not in (*ENDED, JobStatus.PAUSED)

    def has_waiting(self, job_id: str) -> bool:
        """Tell whether any item of the job waits for another."""
        sql = "SELECT 1 FROM job_items WHERE job_id = ? AND state = 'waiting' LIMIT 1"
        return self._database.row(sql, (job_id,)) is not None

    def end_of_wait(self, job_id: str, seq: int) -> int:
        """Return the item that the item waits for in the end, through others; itself if for none.

        Of items that wait for each other in a circle it is any.
        """
        met: set[int] = set()
        while seq not in met:
            met.add(seq)
            row = self._database.row(
                "SELECT waits_for FROM job_items "
                "WHERE job_id = ? AND seq = ? AND state = 'waiting'",
                (job_id, seq),
            )
            if row is None or row["waits_for"] is None:
                return seq
            seq = row["waits_for"]
        return seq

    def _peer(self, job_id: str, seq: int) -> Peer | None:
        row = self._database.row(
            "SELECT item, state FROM job_items WHERE job_id = ? AND seq = ?", (job_id, seq)
        )
        return None if row is None else Peer(seq, row["item"], ItemState(row["state"]))

    def _index(self, job_id: str) -> array[int]:
        with self._turn:
            index = self._indexes.get(job_id)
            if index is None:
                index = array("Q", sorted(self._entries(job_id)))
                self._indexes[job_id] = index
                while len(self._indexes) > KEPT_JOBS:
                    self._indexes.popitem(last=False)
            self._indexes.move_to_end(job_id)
            return index

    def _entries(self, job_id: str) -> Iterator[int]:
        after = -1
        while rows := self._database.rows(
            "SELECT seq, item FROM job_items WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            (job_id, after, _PAGE),
        ):
            for row in rows:
                if row["seq"] <= _SEQ_MASK:
                    yield _digest(self._key(row["item"])) << _SEQ_BITS | row["seq"]
            after = rows[-1]["seq"]


def _digest(key: str) -> int:
    """40 bits: what falls together by chance is told apart by reading the items."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=5).digest()
    return int.from_bytes(digest)
