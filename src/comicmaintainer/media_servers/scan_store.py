"""The folders that servers are to look at, as stored rows (SQL only).

Rows are written by triggers, in the transaction that confirms a change (see the schema). A folder
is ripe when no job is changing files there any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comicmaintainer.database import Database, Turn

QUIET_S = 5.0
"""So long after the end of a job, another one of the same batch may still come."""
SOON_S = 60.0
"""An item that is put off for less is waited for, before servers look at what its job has done."""
_AT_WORK = """
    CASE WHEN jobs.status NOT IN ('queued', 'processing') THEN 0
    WHEN NOT EXISTS (SELECT 1 FROM server_waits AS held WHERE held.job_id = jobs.job_id) THEN 1
    WHEN EXISTS (SELECT 1 FROM job_items AS item WHERE item.job_id = jobs.job_id
        AND (item.state = 'processing' OR (item.state = 'queued' AND item.not_before <= :soon)))
    THEN 1 ELSE 0 END = 1
"""


@dataclass(frozen=True, slots=True)
class ChangedFolder:
    """A folder in which files were changed by jobs; `notes` are its rows as they were read."""

    folder: str
    notes: tuple[tuple[str, int], ...]


class ScanStore:
    """SQL of the table `media_scans`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ripe(self, server_id: int, now: float) -> list[ChangedFolder]:
        """Return the folders that a server is to look at now, by their names.

        A job that is paused, or whose row is gone, holds nothing back; nor does one that waits for
        servers to see what it has done so far.
        """
        rows = self._database.rows(
            "SELECT one.folder, one.job_id, one.notes,"
            f" ({_AT_WORK} OR jobs.completed_at > :recent) AS is_early"
            " FROM media_scans AS one LEFT JOIN jobs ON jobs.job_id = one.job_id"
            " WHERE one.server_id = :server_id ORDER BY one.folder, one.job_id",
            {"recent": now - QUIET_S, "soon": now + SOON_S, "server_id": server_id},
        )
        early = {row["folder"] for row in rows if row["is_early"]}
        notes: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            if row["folder"] not in early:
                notes.setdefault(row["folder"], []).append((row["job_id"], row["notes"]))
        return [ChangedFolder(folder, tuple(each)) for folder, each in notes.items()]

    def asked(self, server_id: int, folders: Iterable[ChangedFolder]) -> None:
        """Forget folders that a server was asked to look at, unless more has changed meanwhile."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute_many(
                "DELETE FROM media_scans"
                " WHERE server_id = ? AND folder = ? AND job_id = ? AND notes = ?",
                [
                    (server_id, each.folder, job_id, notes)
                    for each in folders
                    for job_id, notes in each.notes
                ],
            )

    def waiting(self) -> dict[int, int]:
        """Return how many folders wait for each server."""
        rows = self._database.rows(
            "SELECT server_id, count(DISTINCT folder) AS folders FROM media_scans"
            " GROUP BY server_id"
        )
        return {row["server_id"]: row["folders"] for row in rows}
