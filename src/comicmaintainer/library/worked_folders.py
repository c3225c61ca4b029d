"""Finds the folders outside the watched ones with changed files, from the journal.

The command line works on files anywhere; this list finds what a crash left beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path, PurePath

from comicmaintainer.database import Database, Row, paging

_PAGE = 1000
_LAST = chr(0x10FFFF)


def folders_outside(database: Database, roots: Sequence[Path]) -> list[Path]:
    """Return the folders of changed files outside all `roots`, each once.

    `roots` are not nested. They may be gone by now; the disk is not read.
    """
    folders: dict[str, None] = {}
    for column in ("path_before", "path_after"):
        for first, end in _gaps(roots):
            for path in _paths(database, column, first, end):
                folders[str(PurePath(path).parent)] = None
    return [Path(folder) for folder in folders]


def _gaps(roots: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Yield the ranges of paths between the roots, each from its first to before its end.

    So only paths outside are read from the index, however many changes there are inside.
    """
    first = ""
    for root in sorted(f"{root}/" for root in roots):
        yield first, root
        first = root[:-1] + "0"  # "0" follows "/": the first name that is not below the root
    yield first, _LAST


def _paths(database: Database, column: str, first: str, end: str) -> Iterator[str]:
    def page_after(path: str | None) -> list[Row]:
        comparison = ">=" if path is None else ">"
        return database.rows(
            f"SELECT DISTINCT {column} AS path FROM changes"
            f" WHERE {column} {comparison} ? AND {column} < ? ORDER BY {column} LIMIT {_PAGE}",
            (path or first, end),
        )

    return map(itemgetter("path"), paging.all_rows(page_after, itemgetter("path")))
