"""The translation of SQLite's errors into the errors of this product.

Result codes: https://sqlite.org/rescode.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseError,
    DatabaseFull,
    DatabaseMissing,
    DatabaseReadOnly,
    DatabaseUnusable,
    SchemaMismatch,
)
from comicmaintainer.filesystem.disks import DiskProblem, check_disk

_LACKING = re.compile(r"no such (table|column|index)|has no column named")
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26


def translated(error: driver.Error, path: Path) -> DatabaseError:
    """Return the error of this product for `error` in the database at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in (_BUSY, _LOCKED):
        return DatabaseBusy(
            f"The database {path} is busy: another process has held its lock too long. "
            "Nothing was changed; try again, and check the load of the disk if this persists."
        )
    if primary in (_IOERR, _CANTOPEN, _READONLY, _FULL):
        failure = of_disk(path)
        if failure is not None:
            return failure
    if primary == _FULL:
        return DatabaseFull(
            f"The disk that holds {path} is full. Nothing was changed; free some space, then try "
            "again."
        )
    if primary == _READONLY:
        return DatabaseReadOnly(
            f"The database {path} can't be written. Check the permissions of it and its folder."
        )
    if primary in (_CORRUPT, _NOTADB):
        return DatabaseDamaged(
            f"The database {path} is damaged ({error}). Restart the service: it sets the file "
            "aside and recovers what it can."
        )
    if primary == _CANTOPEN:
        return DatabaseUnusable(
            f"The database {path} can't be opened. Check that its folder exists and is writable."
        )
    if primary == _IOERR:
        return DatabaseError(f"Reading or writing {path} failed ({error}). Check the disk.")
    if _LACKING.search(str(error)):
        return mismatch(path, str(error))
    return DatabaseError(f"The database {path} refused: {error}")


def of_disk(path: Path) -> DatabaseError | None:
    """Return the error that describes a problem with the disk of the database at `path`, or None.

    SQLite reports all of these as an I/O error or a file that can't be opened.
    """
    match check_disk(path.parent).problem:
        case DiskProblem.READ_ONLY:
            return DatabaseReadOnly(
                f"The disk that holds {path} is read-only now. Nothing was changed. Read dmesg, "
                "check the disk and mount it writable. Waiting jobs then continue."
            )
        case DiskProblem.MISSING:
            return DatabaseMissing(
                f"The folder {path.parent} does not exist. Is its disk mounted? Waiting jobs "
                "continue once it is back."
            )
        case DiskProblem.FULL:
            return DatabaseFull(
                f"The disk that holds {path} is full. Nothing was changed; free some space, then "
                "try again."
            )
        case _:
            return None


def mismatch(name: Path | str, lack: str) -> SchemaMismatch:
    """Return the error for a database of this name that lacks part of its schema."""
    return SchemaMismatch(
        f"The database {name} does not have what its version promises ({lack}). It was changed by "
        "hand or made by an unreleased build. Put back a backup (comicmaintainer restore), or move "
        "it aside and start anew: no comic is touched, but jobs, users and undo begin afresh."
    )


@dataclass(frozen=True, slots=True)
class driver_errors:  # noqa: N801 - used like a function
    """Runs a block that uses the database at `path`, and translates the driver's errors."""

    path: Path

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, driver.Error):
            raise translated(error, self.path) from error
