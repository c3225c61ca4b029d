"""What a source's client does: it turns questions into requests and answers into values.

A client holds nothing and sends nothing. The desk sends its requests, and gives it the JSON that
came back. The functions here read what sources have in common.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from comicmaintainer import json_input
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import SourceFailed, SourceStopped, UnusableAnswer
from comicmaintainer.matching.questions import Question
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources.model import Asking, Left, Limit, Request, Signature, SourceInfo

OK = 200
NOT_FOUND = (404, 410)
REFUSED = (401, 403)
TOO_MANY = (420, 429)
FOR_NOW = (408, 425)


class Client(Protocol):
    """One online source."""

    @property
    def info(self) -> SourceInfo:
        """What the source declares."""

    def answer(self, question: Question) -> Asking[Any]:
        """Answer a question of matching; not of covers, which the desk downloads."""

    def details(self, issue_id: str) -> Asking[ComicMetadata | None]:
        """Find out everything about an issue (of a source of series: about a series)."""

    def test(self) -> Request:
        """Return one cheap request that shows whether the source answers and accepts the key."""

    def signature(self, secrets: Mapping[str, str]) -> Signature:
        """Return what is added to every request of this API."""

    def judge(self, reply: Reply) -> Any:
        """Return the JSON to keep; None if there is no such thing.

        Raises:
            SourceStopped, SourceLimit, SourceFailed, UnusableAnswer: see `judged`.
        """

    def left(self, resource: str, reply: Reply) -> tuple[Left, ...]:
        """Return what the source says is left of its limits."""


class SourceLimit(SourceFailed):
    """A limit of the source is reached; `wish_s` is how long it asks us to wait, if it does."""

    code = "source_limit"

    def __init__(self, message: str = "", *, wish_s: float | None = None, **about: Any) -> None:
        super().__init__(message, **about)
        self.wish_s = wish_s


@dataclass(frozen=True, slots=True)
class Judge:
    """Reads the status and the JSON of a reply, as nearly all sources mean them."""

    title: str
    now: Callable[[], float] = time.time

    def judged(self, reply: Reply) -> Any:
        """Return the JSON of a reply; None if the source has no such thing.

        Raises:
            SourceStopped: the source refuses the key.
            SourceLimit: a limit is reached.
            SourceFailed: the source has an error of its own, or sent something that is not JSON.
            UnusableAnswer: this question is refused, or the JSON holds half characters.
        """
        if reply.status in NOT_FOUND:
            return None
        self.require_fine(reply)
        return self._parsed(reply.body)

    def require_fine(self, reply: Reply) -> None:
        """Return if the status of a reply is that of an answer.

        Raises:
            SourceStopped, SourceLimit, SourceFailed, UnusableAnswer: it is not; see `judged`.
        """
        if reply.status in REFUSED:
            raise SourceStopped(
                f"{self.title} refuses the request (HTTP {reply.status}). Check its key or "
                "password in the settings."
            )
        if reply.status in TOO_MANY:
            raise SourceLimit(
                f"{self.title} says that its limit is reached (HTTP {reply.status}).",
                wish_s=reply.wish_s(self.now()),
            )
        if 400 <= reply.status < 500 and reply.status not in FOR_NOW:
            raise UnusableAnswer(f"{self.title} refuses this question (HTTP {reply.status}).")
        if reply.status != OK:
            raise SourceFailed(f"{self.title} answered with an error (HTTP {reply.status}).")

    def _parsed(self, body: bytes) -> Any:
        try:
            value = json_input.parse(body)
        except ValueError:
            raise SourceFailed(
                f"{self.title} sent something that is not JSON, or only a part of it."
            ) from None
        try:
            json_input.require_plain(value)
        except ValueError as error:
            raise UnusableAnswer(f"{self.title} sent something unusable: {error}.") from None
        return value


def left_of(headers: Mapping[str, str], prefix: str, limit: Limit) -> tuple[Left, ...]:
    """Return what `<prefix>remaining` and `<prefix>reset` (epoch seconds) say of a limit, if so."""
    count = header_number(headers, f"{prefix}remaining")
    if count is None:
        return ()
    return (Left(limit, int(count), header_number(headers, f"{prefix}reset")),)


def header_number(headers: Mapping[str, str], name: str) -> float | None:
    """Return a header that is a number, or None."""
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
