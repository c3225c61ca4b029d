"""Asks sources while a person waits for the answer.

Used by the review queue and by whoever shows what a source lists. A limit of seconds is waited for,
one of minutes is reported.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from comicmaintainer.errors import AnswerDelayed
from comicmaintainer.matching.questions import Question
from comicmaintainer.sources.cover_images import CoverImage
from comicmaintainer.sources.sources import Sources

Answer = TypeVar("Answer")
PATIENCE_S = 5.0
"""How long a person waits for the next request that a source allows."""


class PatientSources:
    """The sources, asked with urgency."""

    def __init__(
        self,
        sources: Sources,
        *,
        now: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sources = sources
        self._now = now
        self._pause = pause

    def require_active(self, source: str) -> None:
        """Check that a source can be asked.

        Raises:
            SourceOff: it is not switched on, or lacks a secret.
        """
        self._sources.require_active([source])

    def active(self) -> tuple[str, ...]:
        """Return the names of the sources that are switched on and have what they need."""
        return self._sources.active()

    def answer(self, source: str, question: Question) -> Any:
        """Answer a question of matching.

        Raises:
            AnswerDelayed: the source allows no request for longer than a person waits.
            SourceError, SourceOff, InvalidInput: see `Sources.answer`.
        """
        return self._patiently(lambda: self._sources.answer(source, question, urgent=True))

    def cover_image(self, source: str, address: str) -> CoverImage | None:
        """Return a cover to show; None if the source has none that can be shown.

        Raises:
            As `answer`.
        """
        return self._patiently(lambda: self._sources.cover_image(source, address))

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        patience_until = self._now() + PATIENCE_S
        while True:
            try:
                return ask()
            except AnswerDelayed as delay:
                if delay.until > patience_until:
                    raise
                self._pause(max(0.0, delay.until - self._now()))
