"""Every error this product raises on purpose, as one tree.

ComicMaintainerError
 ├─ InvalidInput              what was asked can never be right
 │   ├─ InvalidSetting
 │   ├─ InvalidTemplate
 │   ├─ UnknownKind
 │   ├─ NotAComicPath
 │   └─ OutsideLibrary
 ├─ NotFound                  what was named does not exist
 │   ├─ JobNotFound
 │   ├─ ChangeNotFound
 │   ├─ MatchNotFound
 │   ├─ DecisionNotFound
 │   ├─ TrashEntryNotFound
 │   ├─ FileMissing
 │   └─ PageMissing
 ├─ Conflict                  it exists, but not in a state that allows this
 │   ├─ FolderProtected
 │   ├─ JobStateConflict
 │   ├─ TargetExists
 │   ├─ FileChanged
 │   │   └─ FileChangedMeanwhile
 │   ├─ FileBusy
 │   ├─ UndoRefused
 │   └─ SourceOff
 ├─ AccessDenied              whoever asks is not allowed to
 │   ├─ RoleTooLow
 │   ├─ NotSignedIn
 │   │   └─ SignInRefused
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
 │   ├─ MalformedMetadata
 │   └─ NoCover
 ├─ StorageError              the disk or its filesystem refused
 │   ├─ DiskFull
 │   ├─ DiskMissing
 │   ├─ ReadOnlyStorage
 │   │   └─ DiskReadOnly
 │   └─ StorageFailed
 ├─ DatabaseError             the shared database refused
 │   ├─ DatabaseBusy
 │   │   └─ WriteConflict
 │   ├─ DatabaseFull
 │   ├─ DatabaseReadOnly
 │   ├─ DatabaseMissing
 │   ├─ DatabaseDamaged
 │   └─ DatabaseUnusable
 │       └─ SchemaMismatch
 ├─ SourceError               who knows comics online gave no answer
 │   ├─ SourceStopped
 │   ├─ SourceFailed
 │   ├─ UnusableAnswer
 │   └─ AnswerDelayed
 ├─ ProviderFailed            who vouches for people gave no answer
 ├─ WorkerDied                an unexpected error ended a thread that works on jobs
 └─ ItemInterrupted           a running item must stop at its next safe point
     ├─ LeaseLost
     └─ JobStopped

Each error is one sentence with the `path` and the `field` it is about as attributes (see `base`).
Each class has a stable `code` (API and CLI output) and says whether trying the same thing again
later can succeed (`retryable`). The web maps classes to HTTP statuses, the CLI to exit codes;
nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from comicmaintainer.errors.archives import (
    ArchiveError,
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HoldsComics,
    HostileArchive,
    MalformedMetadata,
    NoCover,
    NotAnArchive,
    SetAside,
    TooCostly,
    UnsupportedArchive,
)
from comicmaintainer.errors.base import (
    MAX_MESSAGE_LENGTH,
    ComicMaintainerError,
    StrPath,
    about,
)
from comicmaintainer.errors.requests import (
    AccessDenied,
    ChangeNotFound,
    Conflict,
    DecisionNotFound,
    FileBusy,
    FileChanged,
    FileChangedMeanwhile,
    FileMissing,
    FolderProtected,
    InvalidInput,
    InvalidSetting,
    InvalidTemplate,
    JobNotFound,
    JobStateConflict,
    MatchNotFound,
    NotAComicPath,
    NotFound,
    NotSignedIn,
    OutsideLibrary,
    PageMissing,
    ProviderFailed,
    RoleTooLow,
    SignInRefused,
    TargetExists,
    TooManyAttempts,
    TrashEntryNotFound,
    UndoRefused,
    UnknownKind,
)
from comicmaintainer.errors.sources import (
    AnswerDelayed,
    SourceError,
    SourceFailed,
    SourceOff,
    SourceStopped,
    UnusableAnswer,
)
from comicmaintainer.errors.storage import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseError,
    DatabaseFull,
    DatabaseMissing,
    DatabaseReadOnly,
    DatabaseUnusable,
    DiskFull,
    DiskMissing,
    DiskReadOnly,
    ReadOnlyStorage,
    SchemaMismatch,
    StorageError,
    StorageFailed,
    WriteConflict,
)
from comicmaintainer.errors.work import (
    ItemInterrupted,
    JobStopped,
    LeaseLost,
    WorkerDied,
)

__all__ = [
    "MAX_MESSAGE_LENGTH",
    "AccessDenied",
    "AnswerDelayed",
    "ArchiveError",
    "ChangeNotFound",
    "ComicMaintainerError",
    "Conflict",
    "DamagedArchive",
    "DatabaseBusy",
    "DatabaseDamaged",
    "DatabaseError",
    "DatabaseFull",
    "DatabaseMissing",
    "DatabaseReadOnly",
    "DatabaseUnusable",
    "DecisionNotFound",
    "DiskFull",
    "DiskMissing",
    "DiskReadOnly",
    "EmptyArchive",
    "EncryptedArchive",
    "FileBusy",
    "FileChanged",
    "FileChangedMeanwhile",
    "FileMissing",
    "FolderProtected",
    "HoldsComics",
    "HostileArchive",
    "InvalidInput",
    "InvalidSetting",
    "InvalidTemplate",
    "ItemInterrupted",
    "JobNotFound",
    "JobStateConflict",
    "JobStopped",
    "LeaseLost",
    "MalformedMetadata",
    "MatchNotFound",
    "NoCover",
    "NotAComicPath",
    "NotAnArchive",
    "NotFound",
    "NotSignedIn",
    "OutsideLibrary",
    "PageMissing",
    "ProviderFailed",
    "ReadOnlyStorage",
    "RoleTooLow",
    "SchemaMismatch",
    "SetAside",
    "SignInRefused",
    "SourceError",
    "SourceFailed",
    "SourceOff",
    "SourceStopped",
    "StorageError",
    "StorageFailed",
    "StrPath",
    "TargetExists",
    "TooCostly",
    "TooManyAttempts",
    "TrashEntryNotFound",
    "UndoRefused",
    "UnknownKind",
    "UnsupportedArchive",
    "UnusableAnswer",
    "WorkerDied",
    "WriteConflict",
    "about",
    "error_of",
]


def error_of(parts: Mapping[str, str]) -> ComicMaintainerError:
    """Return the error that `ComicMaintainerError.parts` took apart.

    It is a StorageFailed where the tree has no such code.
    """
    kind = _classes().get(parts["code"], StorageFailed)
    return kind(
        parts.get("message", ""),
        path=parts.get("path"),
        member=parts.get("member"),
        field=parts.get("field"),
    )


@lru_cache(maxsize=1)
def _classes() -> Mapping[str, type[ComicMaintainerError]]:
    return {kind.code: kind for kind in _below(ComicMaintainerError)}


def _below(kind: type[ComicMaintainerError]) -> Iterator[type[ComicMaintainerError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)
