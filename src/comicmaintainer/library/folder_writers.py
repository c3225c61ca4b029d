"""Which item of a job writes the file beside the comics of a folder (SQL only).

Used by operations. Many items of a job lie in one folder and run side by side, in several
processes; the first that claims the folder is its writer as long as the job exists, also when it is
tried again.
"""

from __future__ import annotations

from comicmaintainer.database import Database, Turn


class FolderWriters:
    """SQL of the table `folder_writers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def writer(self, job_id: str, folder: str) -> int | None:
        """Return the seq of the item that writes in a folder, None if no item claimed it yet."""
        row = self._database.row(
            "SELECT seq FROM folder_writers WHERE job_id = ? AND folder = ?", (job_id, folder)
        )
        return None if row is None else row["seq"]

    def claim(self, job_id: str, folder: str, seq: int) -> bool:
        """Make the item the writer in a folder unless another is; tell whether it is the writer."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "INSERT INTO folder_writers (job_id, folder, seq) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (job_id, folder, seq),
            )
            writer: int = transaction.value(
                "SELECT seq FROM folder_writers WHERE job_id = ? AND folder = ?", (job_id, folder)
            )
        return writer == seq
