"""What jobs have changed, file by file, as long as the journal has it: up to the end of undo.

Used to show the results of jobs: of those that were cleaned up, the journal is all that is left. An
item of a job is named by its `seq`. Abandoned changes are left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database
from comicmaintainer.library.journal import CHANGES, Change, ChangeState, host_of

_SHOWN = "state IN ('planned', 'applied', 'undone')"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """The changes of one item of a job, in the order in which they were made; never empty."""

    seq: int
    changes: Sequence[Change]

    @property
    def path_before(self) -> str:
        """The path of the item's comic before the job; of a comic that stayed, the path then."""
        first = next(iter(of_comic(self.changes)), self.changes[0])
        path: str = first.intent.get("beside", first.path_before)
        return path

    @property
    def path_now(self) -> str:
        """The path of the item's comic after the job, or again before it if that was undone."""
        last = next(reversed(of_comic(self.changes)), None)
        if last is None or last.state is ChangeState.UNDONE:
            return self.path_before
        return last.path_now

    @property
    def undoable(self) -> list[int]:
        """The ids of the changes that are still in effect, in the order of undo."""
        return [
            change.change_id
            for change in reversed(self.changes)
            if change.state is ChangeState.APPLIED
        ]

    @property
    def undone_at(self) -> float | None:
        """When the last of the changes was undone; None while one of them is in effect."""
        times = [change.undone_at for change in self.changes]
        known = [at for at in times if at is not None]
        return max(known) if known and len(known) == len(times) else None


def of_comic(changes: Iterable[Change]) -> list[Change]:
    """Return those of an item's changes that were made to its comic, not beside it."""
    return [change for change in changes if not change.is_beside]


class JobChanges:
    """Reads the journal by the items of jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_items(self, job_id: str, seqs: Iterable[int]) -> dict[int, ChangedFile]:
        """Return what these items of a job changed, by seq."""
        rows = self._database.rows(
            f"{CHANGES} WHERE job_id = ?"
            " AND seq IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
            f" AND {_SHOWN} ORDER BY change_id",
            (job_id, json.dumps(list(seqs))),
        )
        found: dict[int, list[Change]] = defaultdict(list)
        for row in rows:
            found[row["seq"]].append(Change.of_row(row, host_of(self._database)))
        return {seq: ChangedFile(seq, changes) for seq, changes in found.items()}

    def page(
        self, job_id: str, *, kinds: Sequence[str] = (), limit: int = 100, after: int | None = None
    ) -> list[ChangedFile]:
        """Return a page of the items that a job changed, in their order.

        `after` is the seq of the last one seen. With `kinds` only items with such a change.
        """
        seqs = self._database.rows(
            "SELECT DISTINCT seq FROM changes WHERE job_id = ?1 AND seq > ?2"
            f" AND {_SHOWN} AND (?3 = '[]' OR kind IN (SELECT value FROM json_each(?3)))"
            " ORDER BY seq LIMIT ?4",
            (job_id, -1 if after is None else after, json.dumps(list(kinds)), limit),
        )
        found = self.of_items(job_id, [row["seq"] for row in seqs])
        return [found[row["seq"]] for row in seqs if row["seq"] in found]

    def effects(self, job_id: str) -> dict[str, int]:
        """Return how many items of a job have which kinds of change, joined by spaces."""
        rows = self._database.rows(
            "SELECT effect, count(*) AS items FROM ("
            " SELECT string_agg(kind, ' ' ORDER BY kind) AS effect FROM ("
            f"  SELECT DISTINCT seq, kind FROM changes WHERE job_id = ? AND {_SHOWN}"
            "   AND seq IS NOT NULL) AS kinds"
            " GROUP BY seq) AS effects GROUP BY effect",
            (job_id,),
        )
        return {row["effect"]: row["items"] for row in rows}
