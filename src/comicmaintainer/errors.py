"""Every error this product raises on purpose, as one tree.

ComicMaintainerError
 ├─ InvalidInput              the caller asked for something that can't be right
 │   ├─ InvalidSetting
 │   ├─ InvalidTemplate
 │   ├─ UnknownKind
 │   ├─ NotAComicPath
 │   └─ OutsideLibrary
 ├─ NotFound                  what was named does not exist
 │   ├─ JobNotFound
 │   ├─ FileMissing
 │   └─ PageMissing
 ├─ Conflict                  it exists, but not in a state that allows this
 │   ├─ JobStateConflict
 │   ├─ TargetExists
 │   ├─ FileChanged
 │   ├─ FileBusy
 │   └─ UndoRefused
 ├─ AccessDenied              who asks may not
 │   ├─ NotSignedIn
 │   └─ TooManyAttempts
 ├─ ArchiveError              a comic that can't be read or written as asked
 │   ├─ NotAnArchive
 │   ├─ EmptyArchive
 │   ├─ HoldsComics
 │   ├─ EncryptedArchive
 │   ├─ DamagedArchive
 │   ├─ HostileArchive
 │   ├─ UnsupportedArchive
 │   ├─ TooCostly
 │   ├─ SetAside
 │   └─ MalformedMetadata
 ├─ StorageError              the disk or its filesystem says no
 │   ├─ DiskFull
 │   ├─ DiskMissing
 │   ├─ ReadOnlyStorage
 │   │   └─ DiskReadOnly
 │   └─ StorageFailed
 ├─ DatabaseError             the shared database says no
 │   ├─ DatabaseBusy
 │   ├─ DatabaseFull
 │   ├─ DatabaseReadOnly
 │   ├─ DatabaseMissing
 │   ├─ DatabaseDamaged
 │   └─ DatabaseUnusable
 │       └─ SchemaMismatch
 ├─ WorkerDied                the work on a job has ended by an error nobody expected
 ├─ NotificationFailed        nobody could be told; nothing else is wrong
 └─ ItemInterrupted           a running item must stop at its next safe point
     ├─ LeaseLost
     └─ JobStopped

Each class has a stable `code` (API and CLI output) and says whether trying the same thing again
later can succeed (`retryable`). The web maps classes to HTTP statuses, the CLI to exit codes;
nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import ClassVar

MAX_MESSAGE_LENGTH = 10_000
_MESSAGE_END_LENGTH = 1_000


class ComicMaintainerError(Exception):
    """Base of all errors raised on purpose; `str(error)` is one sentence for the user.

    A message that is too long loses its middle: names from inside an archive may have 65,000 bytes.
    """

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "") -> None:
        super().__init__(_shortened(message))


def _shortened(message: str) -> str:
    if len(message) <= MAX_MESSAGE_LENGTH:
        return message
    begin = MAX_MESSAGE_LENGTH - _MESSAGE_END_LENGTH
    return f"{message[:begin]} … {message[-_MESSAGE_END_LENGTH:]}"


class InvalidInput(ComicMaintainerError):
    """A value that can never be accepted; the message names it and what is allowed.

    `field` is where the value stands in what was asked, as `params.images`, where that is known.
    """

    code = "invalid_input"

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class InvalidSetting(InvalidInput):
    """An environment variable has a value that is not allowed."""

    code = "invalid_setting"


class InvalidTemplate(InvalidInput):
    """A naming template can't be read."""

    code = "invalid_template"


class UnknownKind(InvalidInput):
    """No such kind of job."""

    code = "unknown_kind"


class NotAComicPath(InvalidInput):
    """A path that does not name a comic archive."""

    code = "not_a_comic"


class OutsideLibrary(InvalidInput):
    """A path that lies, or leads through a symlink, outside the watched folders."""

    code = "outside_library"


class NotFound(ComicMaintainerError):
    """What was named does not exist."""

    code = "not_found"


class JobNotFound(NotFound):
    """No job has this id."""

    code = "job_not_found"


class FileMissing(NotFound):
    """The file is not there (any more)."""

    code = "file_missing"


class PageMissing(NotFound):
    """The comic has no page of this number."""

    code = "page_missing"


class Conflict(ComicMaintainerError):
    """It exists, but its present state does not allow what was asked."""

    code = "conflict"


class JobStateConflict(Conflict):
    """The job's status does not allow this."""

    code = "job_state_conflict"


class TargetExists(Conflict):
    """The new name is taken; nothing is ever overwritten."""

    code = "target_exists"


class FileChanged(Conflict):
    """The file was changed by other hands since it was looked at."""

    code = "file_changed"


class FileBusy(Conflict):
    """Another process is changing the file at this moment."""

    code = "file_busy"
    retryable = True


class UndoRefused(Conflict):
    """A change can't be taken back; the message says why."""

    code = "undo_refused"


class AccessDenied(ComicMaintainerError):
    """Who asks may not do this."""

    code = "access_denied"


class NotSignedIn(AccessDenied):
    """Nobody is signed in, or the name, password or key is wrong."""

    code = "not_signed_in"


class TooManyAttempts(AccessDenied):
    """Too many attempts to sign in have failed; more are refused for a while."""

    code = "too_many_attempts"
    retryable = True


class ArchiveError(ComicMaintainerError):
    """A comic that can't be read or written as asked."""

    code = "archive_error"


class NotAnArchive(ArchiveError):
    """The content is of no archive format that is known, whatever the suffix says."""

    code = "not_an_archive"


class EmptyArchive(ArchiveError):
    """A sound archive without a single page, or a file of no bytes."""

    code = "empty_archive"


class HoldsComics(ArchiveError):
    """An archive of comics, where one of pages was expected."""

    code = "holds_comics"


class EncryptedArchive(ArchiveError):
    """The archive needs a password."""

    code = "encrypted_archive"


class DamagedArchive(ArchiveError):
    """The archive is cut off or its content does not match its checksums."""

    code = "damaged_archive"


class HostileArchive(ArchiveError):
    """The archive goes beyond a limit (entries, size, ratio, overlap) and is left alone."""

    code = "hostile_archive"


class UnsupportedArchive(ArchiveError):
    """A known format, but this can't be done with it (yet)."""

    code = "unsupported_archive"


class TooCostly(ArchiveError):
    """Reading it takes more time or memory than it may, or ended the process that read it."""

    code = "too_costly"


class SetAside(ArchiveError):
    """Worker processes ended while they were at work on it; it is left alone now."""

    code = "set_aside"


class MalformedMetadata(ArchiveError):
    """The archive's metadata file can't be parsed; it is left as it is."""

    code = "malformed_metadata"


class StorageError(ComicMaintainerError):
    """The disk or its filesystem refused; nothing was lost."""

    code = "storage_error"


class DiskFull(StorageError):
    """No space (or quota) left where the file lies."""

    code = "disk_full"
    retryable = True


class ReadOnlyStorage(StorageError):
    """The file or its folder may not be written."""

    code = "read_only"


class DiskReadOnly(ReadOnlyStorage):
    """The whole filesystem is read-only: mounted so, or turned so by the kernel after an error."""

    code = "disk_read_only"
    retryable = True


class DiskMissing(StorageError):
    """The disk that held the file is not there; its mount point is empty."""

    code = "disk_missing"
    retryable = True


class StorageFailed(StorageError):
    """Input or output failed (EIO and its kin)."""

    code = "storage_failed"
    retryable = True


class DatabaseError(ComicMaintainerError):
    """The shared database refused; no acknowledged job is lost."""

    code = "database_error"


class DatabaseBusy(DatabaseError):
    """Other writers did not let go of the database in time."""

    code = "database_busy"
    retryable = True


class DatabaseFull(DatabaseError):
    """The disk that holds the database is full."""

    code = "database_full"
    retryable = True


class DatabaseReadOnly(DatabaseError):
    """The database or its directory may not be written."""

    code = "database_read_only"
    retryable = True


class DatabaseMissing(DatabaseError):
    """The disk that held the database is not there; no other database is begun in its place."""

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
    """The database lacks tables, columns or indexes that its version promises."""

    code = "schema_mismatch"


class WorkerDied(ComicMaintainerError):
    """A thread that works on jobs has died of an error nobody expected; the job is kept."""

    code = "worker_died"


class NotificationFailed(ComicMaintainerError):
    """A message could not be delivered; jobs are not affected."""

    code = "notification_failed"
    retryable = True


class ItemInterrupted(ComicMaintainerError):
    """A running item must stop at its next safe point; it has changed nothing since the last."""

    code = "interrupted"


class LeaseLost(ItemInterrupted):
    """Another worker has taken over; results of this one will be refused."""

    code = "lease_lost"


class JobStopped(ItemInterrupted):
    """The job was paused or cancelled, or the worker is shutting down."""

    code = "job_stopped"


def error_of(code: str, message: str) -> ComicMaintainerError:
    """Return the error of this tree that has the code; StorageFailed where none has."""
    return _classes().get(code, StorageFailed)(message)


@lru_cache(maxsize=1)
def _classes() -> Mapping[str, type[ComicMaintainerError]]:
    return {kind.code: kind for kind in _below(ComicMaintainerError)}


def _below(kind: type[ComicMaintainerError]) -> Iterator[type[ComicMaintainerError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)
