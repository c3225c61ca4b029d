"""What finds files by the ids of issues and by the names of series as sources write them.

The writer of the catalogue keeps it with each file that is read. Files of an earlier release are
caught up on by a scan; no file is read for that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Transaction
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.library.catalogue import sort_keys
from comicmaintainer.matching.identifiers import issue_ids_in
from comicmaintainer.matching.names import name_form

MAX_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read: its series as shown, and its own tags."""

    file_id: int
    series: str | None
    tags: Mapping[str, Any]


def write(transaction: Transaction, files: Sequence[ReadFile]) -> None:
    """Store the ids and the series' names of files, in place of their earlier ids."""
    transaction.execute(
        "DELETE FROM file_ids WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
        (json.dumps([file.file_id for file in files]),),
    )
    transaction.execute_many(
        "INSERT INTO file_ids (file_id, source, issue_id) VALUES (?, ?, ?)",
        [
            (file.file_id, source, id_)
            for file in files
            for source, id_ in ids_in_tags(file.tags).items()
        ],
    )
    write_names(transaction, (file.series for file in files))


def write_names(transaction: Transaction, series: Iterable[str | None]) -> None:
    """Store the names of series as sources write them."""
    transaction.execute_many(
        "INSERT INTO series_names (series_key, name_key) VALUES (?, ?) ON CONFLICT DO NOTHING",
        sorted(
            (sort_keys.series_key(name), sort_keys.bounded(name_form(name).key))
            for name in set(series)
            if name is not None
        ),
    )


def catch_up(transaction: Transaction) -> int:
    """Store those of some files of an earlier release; return of how many, 0 at the end."""
    rows = transaction.rows(
        "SELECT f.file_id, f.series, t.tags FROM files_without_lookups "
        "JOIN files f USING (file_id) LEFT JOIN file_tags t USING (file_id) LIMIT ?",
        (MAX_AT_ONCE,),
    )
    write(
        transaction,
        [
            ReadFile(
                row["file_id"], row["series"], stored_object(row["tags"]) if row["tags"] else {}
            )
            for row in rows
        ],
    )
    transaction.execute_many(
        "DELETE FROM files_without_lookups WHERE file_id = ?", [(row["file_id"],) for row in rows]
    )
    return len(rows)


def ids_in_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids of the issue by source, from a file's tags as the catalogue keeps them."""
    identifiers, web, notes = tags.get("identifiers"), tags.get("web"), tags.get("notes")
    if not (identifiers or web or notes):
        return {}
    return issue_ids_in(
        [
            (str(each.get("source", "")), str(each.get("value", "")))
            for each in _objects(identifiers)
        ],
        [each for each in web if isinstance(each, str)] if isinstance(web, list | tuple) else (),
        notes if isinstance(notes, str) else "",
    )


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return (each for each in value or () if isinstance(each, Mapping))
