"""Errors of the disks and of the shared database."""

from __future__ import annotations

from comicmaintainer.errors.base import ComicMaintainerError


class StorageError(ComicMaintainerError):
    """The disk or its filesystem refused; nothing was lost."""

    code = "storage_error"


class DiskFull(StorageError):
    """No space (or quota) is left on the file's disk."""

    code = "disk_full"
    retryable = True


class ReadOnlyStorage(StorageError):
    """The file or its folder can't be written."""

    code = "read_only"


class DiskReadOnly(ReadOnlyStorage):
    """The whole filesystem is read-only: mounted so, or made so by the kernel after an error."""

    code = "disk_read_only"
    retryable = True


class DiskMissing(StorageError):
    """The disk that held the file is not mounted; its mount point is empty."""

    code = "disk_missing"
    retryable = True


class StorageFailed(StorageError):
    """Input or output failed (EIO and the like)."""

    code = "storage_failed"
    retryable = True


class DatabaseError(ComicMaintainerError):
    """The shared database refused; no acknowledged job is lost."""

    code = "database_error"


class DatabaseBusy(DatabaseError):
    """Other writers kept the database locked for too long."""

    code = "database_busy"
    retryable = True


class WriteConflict(DatabaseBusy):
    """Two processes changed the same rows at once, and the server refused one of them."""

    code = "write_conflict"


class DatabaseFull(DatabaseError):
    """The disk that holds the database is full."""

    code = "database_full"
    retryable = True


class DatabaseReadOnly(DatabaseError):
    """The database or its directory can't be written."""

    code = "database_read_only"
    retryable = True


class DatabaseMissing(DatabaseError):
    """The disk that held the database is not mounted; no new database is started in its place."""

    code = "database_missing"
    retryable = True


class DatabaseDamaged(DatabaseError):
    """The database file is damaged; indexes are rebuilt while the service runs."""

    code = "database_damaged"
    retryable = True


class DatabaseUnusable(DatabaseError):
    """This SQLite, directory or schema version can't be used; the message says what to do."""

    code = "database_unusable"


class SchemaMismatch(DatabaseUnusable):
    """The database lacks tables, columns or indexes that its version should have."""

    code = "schema_mismatch"
