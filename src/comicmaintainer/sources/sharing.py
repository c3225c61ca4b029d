"""Requests that a source answers together: short lists of several series come as one page.

A client whose source can do so gives these requests a `Portion`; the desk then makes one request of
several that wait, and keeps its parts as if each had been asked for alone. A source that can't has
no portions, and nothing else to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from comicmaintainer.sources.model import Request


class Sharing(Protocol):
    """How the requests of one kind are put together, and their answer taken apart."""

    @property
    def room(self) -> int:
        """How many rows one answer holds."""

    def together(self, ids: Sequence[str]) -> Request:
        """Return the request for all of these; for one it is the request that is made alone."""

    def apart(self, answer: Any, ids: Sequence[str]) -> Mapping[str, Any]:
        """Return by id what the source would have answered to each alone.

        An id is left out if that can't be told: a part may be missing, or on another page.
        """


@dataclass(frozen=True, slots=True)
class Portion:
    """What one request asks for: an `id`, of which the answer has about `size` rows."""

    id: str
    size: int
    sharing: Sharing = field(repr=False)
