"""Searching a dump's names of series by their words."""

from __future__ import annotations

from typing import Any

from comicmaintainer.database.dump_file import DumpFile, IndexTable

MOST_FOUND = 200


def name_table(*queries: str) -> IndexTable:
    """Return the index of names; each query of the dump gives a name and the id of its series."""
    return IndexTable(
        create=(
            "CREATE VIRTUAL TABLE names USING fts5(name, series UNINDEXED,"
            " tokenize = 'unicode61 remove_diacritics 2')"
        ),
        insert="INSERT INTO names (name, series)",
        queries=queries,
    )


def found_series(dump: DumpFile, name: str) -> list[Any]:
    """Return the ids of the series whose names have all words of a name, the nearest first."""
    words = "".join(sign if sign.isalnum() else " " for sign in name).split()
    if not words:
        return []
    # Scripts without spaces have one long word for a whole name.
    wanted = " ".join(f'"{word}"' if word.isascii() else f'"{word}"*' for word in words[:30])
    rows = dump.rows(
        "SELECT series, min(length(name)) AS size FROM main.names WHERE names MATCH ?"
        " GROUP BY series ORDER BY size, series LIMIT ?",
        (wanted, MOST_FOUND),
    )
    return [row["series"] for row in rows]
