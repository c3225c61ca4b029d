"""What sources knew of files when their tags were written (SQL only).

Used by the kinds `identify` and `refresh`: a field that has another value by now was changed by a
person or another program, and stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from comicmaintainer.database import Database, Transaction
from comicmaintainer.database.stored_values import stored_object

DIGEST_CHARS = 8
"""Two values of one field have the same digest once in four billion times."""


@dataclass(frozen=True, slots=True)
class IdentifiedFile:
    """The issue that a file was identified as, at its source.

    `written` are the digests of the values before and after, by field; before counts as well
    because the write may not have been carried out, or was undone. Whole values would fill the
    database of a large library.
    """

    source: str
    issue_id: str
    written: Mapping[str, str]

    @classmethod
    def of(
        cls,
        source: str,
        issue_id: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        fields: Iterable[str],
    ) -> Self:
        """Return what is stored of these fields; the values are JSON, without empty ones."""
        written = {name: _digest(before.get(name)) + _digest(after.get(name)) for name in fields}
        return cls(source, issue_id, written)

    def changed_since(self, values: Mapping[str, Any]) -> frozenset[str]:
        """Return the fields that have other values now; `values` are as in `of`."""
        return frozenset(
            name
            for name, digests in self.written.items()
            if _digest(values.get(name)) not in (digests[:DIGEST_CHARS], digests[DIGEST_CHARS:])
        )


class IdentifiedStore:
    """SQL of the table `identified_files`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, file_id: int) -> IdentifiedFile | None:
        """Return what was written to a file, None if it was never identified."""
        row = self._database.row(
            "SELECT source, issue_id, written FROM identified_files WHERE file_id = ?", (file_id,)
        )
        if row is None:
            return None
        written = {
            name: digests
            for name, digests in stored_object(row["written"]).items()
            if isinstance(digests, str) and len(digests) == 2 * DIGEST_CHARS
        }
        return IdentifiedFile(row["source"], row["issue_id"], written)


def put_identified(
    transaction: Transaction, files: Iterable[tuple[int, IdentifiedFile]], *, now: float
) -> None:
    """Store what is going to be written, by the files' ids; nothing of files without a row."""
    transaction.execute_many(
        "INSERT INTO identified_files (file_id, source, issue_id, written, identified_at)"
        " SELECT file_id, ?, ?, ?, ? FROM files"
        " WHERE file_id = ? ON CONFLICT (file_id) DO UPDATE SET source = excluded.source,"
        " issue_id = excluded.issue_id, written = excluded.written,"
        " identified_at = excluded.identified_at",
        [
            (
                file.source,
                file.issue_id,
                json.dumps(dict(file.written), ensure_ascii=False, separators=(",", ":")),
                now,
                file_id,
            )
            for file_id, file in files
        ],
    )


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2s(text.encode(), digest_size=DIGEST_CHARS // 2).hexdigest()
