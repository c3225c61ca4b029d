"""Errors of those who know comics online: switched off, stopped, or without an answer."""

from __future__ import annotations

from comicmaintainer.errors.base import ComicMaintainerError, StrPath
from comicmaintainer.errors.requests import Conflict


class SourceError(ComicMaintainerError):
    """A source of metadata gave no answer."""

    code = "source_error"


class SourceOff(Conflict):
    """The source is not switched on, or lacks a key; nothing is sent to it."""

    code = "source_off"


class SourceStopped(SourceError):
    """The source refuses the key; it is not asked again until its settings change."""

    code = "source_stopped"


class SourceFailed(SourceError):
    """The source can't be reached, or answered with an error of its own; it is left to rest."""

    code = "source_failed"
    retryable = True


class UnusableAnswer(SourceError):
    """The source answered with something that can't be used, such as far too much of it."""

    code = "unusable_answer"


class AnswerDelayed(SourceError):
    """The question can be answered, but not now: `until` is when to ask again (epoch seconds)."""

    code = "answer_delayed"
    retryable = True

    def __init__(
        self,
        message: str = "",
        *,
        until: float = 0.0,
        path: StrPath | None = None,
        member: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message, path=path, member=member, field=field)
        self.until = until
