"""The translation of PostgreSQL's errors into the errors of this product.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout

from comicmaintainer.errors import (
    ComicMaintainerError,
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnusable,
    InvalidInput,
    SchemaMismatch,
    WriteConflict,
)

_LACKING = frozenset({"42P01", "42703", "42704", "42883"})
_LOCKED = frozenset({"55P03", "57014"})
_CONFLICT = frozenset({"40P01", "40001"})
_CUT_OFF = frozenset({"57P01", "57P02", "57P03", "57P05", "53300"})
# Errors of connecting have no code: https://www.postgresql.org/docs/current/libpq-status.html.
_REFUSED = (
    "authentication failed", "no password supplied", "does not exist", "pg_hba.conf",
    "permission denied for database",
)  # fmt: skip


def translated(error: psycopg.Error, name: str) -> ComicMaintainerError:
    """Return the error of this product for `error` of the database called `name`."""
    code = error.sqlstate or ""
    failure = _known(code, error, name)
    if failure is not None:
        return failure
    if not code and any(words in str(error) for words in _REFUSED):
        return DatabaseUnusable(
            f"The server of {name} refused the connection ({_line(error)}). Check the user, the "
            "password and the name of the database in DATABASE_URL."
        )
    if isinstance(error, PoolTimeout) or _is_lost(code, error):
        return DatabaseBusy(
            f"The database {name} can't be reached ({_line(error)}). Waiting jobs continue once it "
            "answers; check that the server runs and that the network reaches it."
        )
    if isinstance(error, psycopg.DataError) and "NUL" in str(error):
        return InvalidInput("A text contains a NUL character, which the database can't store.")
    return DatabaseError(f"The database {name} refused: {_line(error)}")


def _known(code: str, error: psycopg.Error, name: str) -> DatabaseError | None:
    if code in _LOCKED:
        return DatabaseBusy(
            f"The database {name} is busy: another process has held its lock too long. Nothing "
            "was changed; try again, and check the load of the server if this persists."
        )
    if code in _CONFLICT:
        return _conflict(name)
    if code == "25P03":
        return DatabaseBusy(
            f"This process was silent in the middle of a change for longer than the server of "
            f"{name} waits, because it was stopped or its host is overloaded. Nothing was changed; "
            "try again."
        )
    if code == "53100":
        return DatabaseFull(
            f"The disk of the database {name} is full. Nothing was changed; free some space on "
            "the server, then try again."
        )
    if code == "25006":
        return DatabaseReadOnly(
            f"The database {name} can only be read: the server that answers is a standby. Waiting "
            "jobs continue once it can be written."
        )
    if code in _LACKING:
        return SchemaMismatch(
            f"The database {name} does not have what its version promises ({_line(error)}). It was "
            "changed by hand or made by an unreleased build. Restore a dump of it."
        )
    return None


def _conflict(name: str) -> WriteConflict:
    return WriteConflict(
        f"Two processes changed the same rows of the database {name} at once, so nothing of this "
        "change was stored. Try again."
    )


def _is_lost(code: str, error: psycopg.Error) -> bool:
    """Tell whether the connection was lost or never made; libpq's own errors have no code."""
    is_libpq = not code and isinstance(error, psycopg.OperationalError)
    return is_libpq or code in _CUT_OFF or code.startswith("08")


def _line(error: psycopg.Error) -> str:
    """Return the first line of a message."""
    message = error.diag.message_primary or str(error)
    return message.strip().split("\n", 1)[0].rstrip(".")


@contextmanager
def driver_errors(name: str, *, among_others: bool = False) -> Iterator[None]:
    """Run a block that uses the database called `name`, and translate the driver's errors.

    A writer `among_others` has no turn, so another one may be first with the same value.
    """
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        if among_others:
            raise _conflict(name) from error
        raise translated(error, name) from error
    except psycopg.Error as error:
        raise translated(error, name) from error
