"""Errors of what was asked: it is invalid, does not exist, is not possible now, or not allowed."""

from __future__ import annotations

from typing import Self

from comicmaintainer.errors.base import ComicMaintainerError


class InvalidInput(ComicMaintainerError):
    """A value that can never be accepted; the message says what is allowed."""

    code = "invalid_input"


class InvalidSetting(InvalidInput):
    """An environment variable has a value that is not allowed."""

    code = "invalid_setting"


class InvalidTemplate(InvalidInput):
    """A naming template is not valid; `span` is the start and end of what is wrong in its text."""

    code = "invalid_template"

    span: tuple[int, int] | None = None

    def at(self, start: int, end: int) -> Self:
        """Return the error with this span."""
        self.span = (start, end)
        return self


class UnknownKind(InvalidInput):
    """There is no such kind of job."""

    code = "unknown_kind"


class NotAComicPath(InvalidInput):
    """The path does not name a comic archive."""

    code = "not_a_comic"


class OutsideLibrary(InvalidInput):
    """The path lies outside the watched folders, or a symbolic link leads out of them."""

    code = "outside_library"


class NotFound(ComicMaintainerError):
    """What was named does not exist."""

    code = "not_found"


class JobNotFound(NotFound):
    """No job has this id."""

    code = "job_not_found"


class MatchNotFound(NotFound):
    """There is no match of this id; its files may have been matched again."""

    code = "match_not_found"


class DecisionNotFound(NotFound):
    """There is no decision of this id; it may have been taken back."""

    code = "decision_not_found"


class ChangeNotFound(NotFound):
    """The journal has no change of this id; it may have expired."""

    code = "change_not_found"


class TrashEntryNotFound(NotFound):
    """The trash has no entry of this id; it may have been restored or have expired."""

    code = "trash_entry_not_found"


class FileMissing(NotFound):
    """The file does not exist, or not any more."""

    code = "file_missing"


class PageMissing(NotFound):
    """The comic has no page of this number."""

    code = "page_missing"


class Conflict(ComicMaintainerError):
    """It exists, but its present state does not allow what was asked."""

    code = "conflict"


class FolderProtected(Conflict):
    """A file is in a folder whose files are never written."""

    code = "folder_protected"


class JobStateConflict(Conflict):
    """The job's status does not allow this."""

    code = "job_state_conflict"


class TargetExists(Conflict):
    """The new name is taken; nothing is ever overwritten."""

    code = "target_exists"


class FileChanged(Conflict):
    """Someone else has changed the file since it was looked at."""

    code = "file_changed"


class FileChangedMeanwhile(FileChanged):
    """Someone else has changed the file while it was being worked on; a new look at it may do."""

    code = "file_changed_meanwhile"
    retryable = True


class FileBusy(Conflict):
    """Another process is changing the file at this moment."""

    code = "file_busy"
    retryable = True


class UndoRefused(Conflict):
    """A change can't be undone; the message says why."""

    code = "undo_refused"


class AccessDenied(ComicMaintainerError):
    """Whoever asks is not allowed to do this."""

    code = "access_denied"


class RoleTooLow(AccessDenied):
    """The role of the user or the key does not allow this."""

    code = "role_too_low"


class NotSignedIn(AccessDenied):
    """Nobody is signed in, or the name, password or key is wrong."""

    code = "not_signed_in"


class SignInRefused(NotSignedIn):
    """Another service's word for who somebody is was not accepted; the message says why."""

    code = "sign_in_refused"


class ProviderFailed(ComicMaintainerError):
    """The service that vouches for people can't be reached, or answered with an error."""

    code = "provider_failed"
    retryable = True


class TooManyAttempts(AccessDenied):
    """Too many attempts to sign in have failed; more are refused for a while."""

    code = "too_many_attempts"
    retryable = True
