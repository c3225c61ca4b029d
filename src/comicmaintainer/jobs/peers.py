"""Finds other items of a job by file name.

Used by operations whose items need each other's names. `key` decides which names count as equal.
The names of a job's items never change, so each process indexes them once, on first use: eight
bytes an item, for the last few jobs. The items' states are read each time.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter

from comicmaintainer.database import Database, Row, paging
from comicmaintainer.jobs.model import ENDED, ItemState, JobStatus

KEPT_JOBS = 4
_PAGE = 5000
_SEQ_BITS = 24  # items of a job are numbered from 0; those beyond 16 million are not found
_SEQ_MASK = (1 << _SEQ_BITS) - 1


@dataclass(frozen=True, slots=True)
class Peer:
    """Another item of a job and its state at this moment."""

    seq: int
    item: str
    state: ItemState

    @property
    def has_ended(self) -> bool:
        """Whether it has its result."""
        return self.state in (ItemState.SUCCEEDED, ItemState.FAILED)


class Peers:
    """The items of jobs by name. Thread-safe."""

    def __init__(self, database: Database, key: Callable[[str], str] = str) -> None:
        self._database = database
        self._key = key
        self._turn = threading.Lock()
        self._indexes: OrderedDict[str, array[int]] = OrderedDict()

    def named(self, job_id: str, name: str) -> list[Peer]:
        """Return the items of a job whose names count as equal to `name`, in the job's order."""
        key = self._key(name)
        index = self._index(job_id)
        digest = _digest(key)
        at = bisect_left(index, digest << _SEQ_BITS)
        peers = []
        while at < len(index) and index[at] >> _SEQ_BITS == digest:
            peer = self._peer(job_id, index[at] & _SEQ_MASK)
            if peer is not None and self._key(peer.item) == key:
                peers.append(peer)
            at += 1
        return peers

    def is_going_on(self, job_id: str, seq: int) -> bool:
        """Tell whether the item has no result yet and its job is neither paused nor ended."""
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
        """Return the last item in the item's chain of waits; the item itself if it does not wait.

        In a cycle of waiting items, any of them is returned.
        """
        visited: set[int] = set()
        while seq not in visited:
            visited.add(seq)
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
        def page_after(seq: int | None) -> list[Row]:
            return self._database.rows(
                "SELECT seq, item FROM job_items WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT ?",
                (job_id, -1 if seq is None else seq, _PAGE),
            )

        for row in paging.all_rows(page_after, itemgetter("seq")):
            if row["seq"] <= _SEQ_MASK:
                yield _digest(self._key(row["item"])) << _SEQ_BITS | row["seq"]


def _digest(key: str) -> int:
    """Return 40 bits; callers rule out collisions by reading the items."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=5).digest()
    return int.from_bytes(digest)
