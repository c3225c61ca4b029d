"""The order of folders inside a folder: by name, as series are sorted.

The key of a name is stored with each folder. Folders of an earlier release have none and come
first, until a scan has caught up on them.
"""

from __future__ import annotations

from comicmaintainer.database import Database, Transaction
from comicmaintainer.library.catalogue.sort_keys import series_key

MAX_AT_ONCE = 500
_PARENT = "rtrim(rtrim(path, replace(path, '/', '')), '/')"
_KEY = "coalesce(sort_key, '')"
_FIRST = f"SELECT path FROM folders WHERE {_PARENT} = ?"
# SQLite finds its place in the index only by a single value.
_NEXT = f"{_FIRST} AND {_KEY} >= ? AND ({_KEY}, path) > (?, ?)"
_IN_ORDER = f" ORDER BY {_KEY}, path LIMIT ?"


def folder_key(path: str) -> str:
    """Return the key of a folder among those beside it."""
    return series_key(path.rpartition("/")[2])


def folders_after(database: Database, parent: str, after: str | None, limit: int) -> list[str]:
    """Return some folders directly inside another one, in order, behind the folder `after`."""
    parent = parent.rstrip("/")
    if after is None:
        rows = database.rows(_FIRST + _IN_ORDER, (parent, limit))
    else:
        known = database.row(f"SELECT {_KEY} AS sort_key FROM folders WHERE path = ?", (after,))
        key = folder_key(after) if known is None else known["sort_key"]
        rows = database.rows(_NEXT + _IN_ORDER, (parent, key, key, after, limit))
    return [row["path"] for row in rows]


def has_missing_keys(database: Database) -> bool:
    """Return whether an earlier release has added folders without a key."""
    return database.row("SELECT 1 FROM folders WHERE sort_key IS NULL LIMIT 1") is not None


def catch_up(transaction: Transaction) -> None:
    """Store the keys of some folders of an earlier release."""
    rows = transaction.rows(
        "SELECT path FROM folders WHERE sort_key IS NULL LIMIT ?", (MAX_AT_ONCE,)
    )
    transaction.execute_many(
        "UPDATE folders SET sort_key = ? WHERE path = ?",
        [(folder_key(row["path"]), row["path"]) for row in rows],
    )
