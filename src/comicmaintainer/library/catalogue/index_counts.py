"""Counts by state, format, years and missing tags, taken from one index of these columns alone.

Used by listing.py. Such a count is a few ranges of the index, whatever the filters; only tags that
are missing make it look at every entry of them, so that it is left to the search index where these
are many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.library.catalogue import search_terms
from comicmaintainer.library.catalogue.model import FileFilter, FileState

# Looking at so many entries of the index takes about 10 ms; most counts stop at their cap before.
MAX_LOOKED_AT = 200_000


def kind_source(
    wanted: FileFilter, totals: Mapping[tuple[str, str], int], *, max_looked_at: int
) -> tuple[str, list[Any]] | None:
    """Return FROM and WHERE of the files of a filter, with its values; None where that is no way.

    `totals` are the number of files per (state, format), "" where a file has none. No more than
    `max_looked_at` entries may have to be passed over.
    """
    if wanted.text.strip() or wanted.series is not None or wanted.folder is not None:
        return None
    states = wanted.states or tuple(FileState)
    chosen = {
        (state, name): files
        for (state, name), files in totals.items()
        if state in states and (not wanted.formats or name in wanted.formats)
    }
    formats = wanted.formats or tuple(dict.fromkeys(name for _, name in chosen))
    has_years = wanted.year_from is not None or wanted.year_to is not None
    passes_over = wanted.missing or wanted.root is not None or (has_years and "" in formats)
    if passes_over and sum(chosen.values()) > max_looked_at:
        return None
    conditions = [f"f.state IN ({_marks(states)})"]
    values: list[Any] = [*states]
    # All formats are named where years follow: that makes a range of each, and nothing between.
    if wanted.formats or (has_years and "" not in formats):
        conditions.append(f"f.format IN ({_marks(formats)})")
        values += formats
    if wanted.year_from is not None:
        conditions.append("f.year >= ?")
        values.append(wanted.year_from)
    if wanted.year_to is not None:
        conditions.append("f.year <= ?")
        values.append(wanted.year_to)
    if wanted.missing:
        bits = search_terms.missing_bits(wanted.missing)
        conditions.append("f.missing & ? = ?")
        values += (bits, bits)
    if wanted.root is not None:
        conditions.append("f.root_id = (SELECT root_id FROM roots WHERE path = ?)")
        values.append(wanted.root)
    return f"files f INDEXED BY idx_files_kinds WHERE {' AND '.join(conditions)}", values


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))
