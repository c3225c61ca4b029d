"""Counts by state, format, years and missing tags, or by publisher and size, each from one index.

Used by listing.py. Such a count reads a few ranges of the index for any filter. Only missing tags
require reading every entry in the ranges, so the search index counts them if there are many.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue import search_terms
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import FileState

# Reading this many entries of the index takes about 10 ms; most counts reach their cap earlier.
MAX_LOOKED_AT = 200_000
PUBLISHER = "ifnull(publisher, char(1114111)) COLLATE NOCASE"
"""What the indexes by publisher are of; files without one come last."""

Totals = Mapping[tuple[str, str], int]
"""The number of files per (state, format), "" for an unknown format."""


def kind_source(
    file_filter: FileFilter, totals: Totals, *, max_looked_at: int
) -> tuple[str, list[Any]] | None:
    """Return FROM, WHERE and values for the files of a filter; None if the index can't be used.

    At most `max_looked_at` entries may have to be read.
    """
    others = dataclasses.replace(
        file_filter, states=(), formats=(), missing=(), root=None, year_from=None, year_to=None
    )
    if others != FileFilter(text=file_filter.text) or file_filter.text.strip():
        return None
    states = file_filter.accepted_states or tuple(FileState)
    chosen = {
        (state, name): files
        for (state, name), files in totals.items()
        if state in states and (not file_filter.formats or name in file_filter.formats)
    }
    formats = file_filter.formats or tuple(dict.fromkeys(name for _, name in chosen))
    has_years = file_filter.year_from is not None or file_filter.year_to is not None
    passes_over = (
        file_filter.missing or file_filter.root is not None or (has_years and "" in formats)
    )
    if passes_over and sum(chosen.values()) > max_looked_at:
        return None
    conditions = [f"f.state IN ({_marks(states)})"]
    values: list[Any] = [*states]
    # With years, all formats are listed, so that each is a range with no entries to skip.
    if formats and (file_filter.formats or (has_years and "" not in formats)):
        conditions.append(f"f.format IN ({_marks(formats)})")
        values += formats
    if file_filter.year_from is not None:
        conditions.append("f.year >= ?")
        values.append(file_filter.year_from)
    if file_filter.year_to is not None:
        conditions.append("f.year <= ?")
        values.append(file_filter.year_to)
    conditions += map(search_terms.missing_condition, file_filter.missing)
    if file_filter.root is not None:
        conditions.append("f.root_id = (SELECT root_id FROM roots WHERE path = ?)")
        values.append(file_filter.root)
    return f"files f INDEXED BY idx_files_kinds WHERE {' AND '.join(conditions)}", values


def publisher_source(database: Database, file_filter: FileFilter) -> tuple[str, list[Any]] | None:
    """Return FROM, WHERE and values for the files of a publisher within sizes.

    None for any other filter, and on a server, which has another index for it.
    """
    low, high = file_filter.size_from, file_filter.size_to
    publisher = FileFilter(publisher=file_filter.publisher, size_from=low, size_to=high)
    has_index = database.dialect.search_is_ordered
    if not has_index or file_filter.publisher is None or file_filter != publisher:
        return None
    source = f"files f INDEXED BY idx_files_publisher_size WHERE {PUBLISHER} = ?"
    values: list[Any] = [file_filter.publisher]
    if low is not None:
        source += " AND f.size_bytes >= ?"
        values.append(low)
    if high is not None:
        source += " AND f.size_bytes <= ?"
        values.append(high)
    return source, values


def files_of_kinds(
    totals: Totals,
    *,
    states: tuple[FileState, ...],
    formats: tuple[str, ...] = (),
) -> int:
    """Return how many files have one of the states and one of the formats; () for any."""
    return sum(
        files
        for (state, format_name), files in totals.items()
        if (not states or state in states) and (not formats or format_name in formats)
    )


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))
