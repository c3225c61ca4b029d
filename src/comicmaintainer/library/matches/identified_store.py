"""What sources knew of files when their tags were written (SQL only).

Used by the kinds `identify` and `refresh`: a field that has another value by now was changed by a
person or another program, and stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.database.stored_values import stored_object


@dataclass(frozen=True, slots=True)
class IdentifiedFile:
    """The issue that a file was identified as, at its source.

    `written` are the JSON values before and after, by field; before counts as well because the
    write may not have been carried out, or was undone.
    """

    source: str
    issue_id: str
    written: Mapping[str, tuple[Any, Any]]

    def changed_since(self, values: Mapping[str, Any]) -> frozenset[str]:
        """Return the fields that have other values now; `values` are JSON, without empty ones."""
        return frozenset(
            name for name, known in self.written.items() if values.get(name) not in known
        )


class IdentifiedStore:
    """SQL of the table `identified_files`."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def get(self, file_id: int) -> IdentifiedFile | None:
        """Return what was written to a file, None if it was never identified."""
        row = self._database.row("SELECT * FROM identified_files WHERE file_id = ?", (file_id,))
        if row is None:
            return None
        written = {
            name: (pair[0], pair[1])
            for name, pair in stored_object(row["written"]).items()
            if isinstance(pair, list) and len(pair) == 2
        }
        return IdentifiedFile(row["source"], row["issue_id"], written)

    def put(self, file_id: int, file: IdentifiedFile) -> None:
        """Store what is going to be written; nothing if the file has left the catalogue."""
        text = json.dumps(dict(file.written), ensure_ascii=False, separators=(",", ":"))
        with self._database.transaction() as transaction:
            transaction.execute(
                "INSERT INTO identified_files SELECT file_id, ?, ?, ?, ? FROM files"
                " WHERE file_id = ? ON CONFLICT (file_id) DO UPDATE SET source = excluded.source,"
                " issue_id = excluded.issue_id, written = excluded.written,"
                " identified_at = excluded.identified_at",
                (file.source, file.issue_id, text, self._now(), file_id),
            )
