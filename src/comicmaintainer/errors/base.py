"""The base of all errors raised on purpose: one sentence, and what it is about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeAlias

StrPath: TypeAlias = str | os.PathLike[str]

MAX_MESSAGE_LENGTH = 10_000
_MESSAGE_END_LENGTH = 1_000


class ComicMaintainerError(Exception):
    """A sentence for the user, and the file or the value of the request that it is about.

    `message` is the sentence alone. `path` is the file, `member` the entry inside that archive,
    and `field` the value's place in the request, such as `params.images`. `str(error)` puts path
    and member in front of the sentence; it is the only place that does. Where the path is shown
    already, use `beside`.

    A text that is too long loses its middle: names from inside an archive may have 65,000 bytes.
    """

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        path: StrPath | None = None,
        member: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = _shortened(message)
        self.path = None if path is None else os.fspath(path)
        self.member = member
        self.field = field

    def __str__(self) -> str:
        return _composed(self.path, self.member, self.message)

    def beside(self, path: StrPath, member: str | None = None) -> str:
        """Return the text for a place that shows `path`, and `member`, already."""
        return _composed(
            None if self.path == os.fspath(path) else self.path,
            None if self.member == member else self.member,
            self.message,
        )

    def parts(self) -> dict[str, str]:
        """Return what `error_of` makes the same error of, as plain values."""
        parts = {"code": self.code, "message": self.message}
        for name in ("path", "member", "field"):
            value = getattr(self, name)
            if value is not None:
                parts[name] = value
        return parts


@contextmanager
def about(path: StrPath) -> Iterator[None]:
    """Give errors that leave the block this path, where they have none."""
    try:
        yield
    except ComicMaintainerError as error:
        if error.path is None:
            error.path = os.fspath(path)
        raise


def _composed(*parts: str | None) -> str:
    return _shortened(": ".join(part for part in parts if part is not None))


def _shortened(text: str) -> str:
    if len(text) <= MAX_MESSAGE_LENGTH:
        return text
    begin = MAX_MESSAGE_LENGTH - _MESSAGE_END_LENGTH
    return f"{text[:begin]} … {text[-_MESSAGE_END_LENGTH:]}"
