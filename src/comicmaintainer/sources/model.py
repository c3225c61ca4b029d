"""The values of sources: what a source declares, what is asked of it, and how it stands.

A source's `name` is the word of settings, ids and the API ("comicvine"); its `title` is for people.
Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

from comicmaintainer.sources.sharing import Portion
from comicmaintainer.texts.current import marked

T = TypeVar("T")

COVERS = "covers"
"""The resource of all downloads of covers, which count against no limit of an API."""


_EVERY = {
    1.0: marked("{count} a second"),
    60.0: marked("{count} a minute"),
    3600.0: marked("{count} an hour"),
    86400.0: marked("{count} a day"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` requests in any `period_s` seconds.

    It holds for each resource by itself; a `shared` one holds for all of them together.
    """

    count: int
    period_s: float
    shared: bool = False

    def __str__(self) -> str:
        text = _EVERY.get(self.period_s, marked("{count} in {period} s"))
        return text.format(count=f"{self.count:,}", period=f"{self.period_s:g}")


COVER_LIMITS = (Limit(4, 1.0),)
"""Courtesy: no source states a limit for its images."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A key or password that a source may need: its name in settings, and its title for people."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source declares.

    `address` is the usual address of its API, without a slash at the end; None for a source that
    is read from a file. `has_issue_details` says that the details of each issue are asked for by
    themselves; otherwise, those of its series serve for all. `needs` are alternatives: the names of
    secrets of which one group must be set. `fields` are those of `ComicMetadata` that it knows.
    `sent` is a sentence for the user. `image_hosts` serve its covers; a name stands for its
    subdomains too. With `asks_together`, a question about the issues of several series costs one
    request. With `has_series_details`, it answers what there is to say about a series.
    """

    name: str
    title: str
    site: str
    credit: str
    sent: str
    fields: frozenset[str]
    address: str | None = None
    secrets: tuple[Secret, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    limits: tuple[Limit, ...] = ()
    image_hosts: tuple[str, ...] = ()
    has_issue_details: bool = False
    asks_together: bool = False
    has_series_details: bool = False

    def limits_of(self, resource: str) -> tuple[Limit, ...]:
        """Return the limits that a request of this resource counts against."""
        return COVER_LIMITS if resource == COVERS else self.limits


@dataclass(frozen=True, slots=True)
class Access:
    """How a source is reached: its address, and the secrets that are set. Never shown."""

    address: str
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without secrets.

    `resource` is what the source counts apart ("issues"). `path` is below the source's address; of
    a cover it is the whole address. A `body` is sent as JSON with POST. One with a `portion` may be
    made together with others; those `along` are going to be asked for next.
    """

    resource: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None
    portion: Portion | None = field(default=None, compare=False)
    along: tuple[Portion, ...] = field(default=(), compare=False)

    def key(self, source: str) -> str:
        """Return the text that names this request among the answers."""
        query = f"?{urlencode(sorted(self.query))}" if self.query else ""
        body = "" if self.body is None else f" {_compact(self.body)}"
        return f"{source} {self.path}{query}{body}"


Asking: TypeAlias = Generator[Request, Any, T]
"""Yields requests, is sent the JSON of each answer (None if the source has no such thing), and
returns what was found out. It does nothing else, so it can be run again from the beginning."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What shows a source who asks: added to the query and the headers of a request."""

    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """How many requests a source says are left under one of its limits, and until when."""

    limit: Limit
    count: int
    reset_at: float | None = None


@dataclass(frozen=True, slots=True)
class ResourceState:
    """The budget of one resource: requests spent and left under its tightest limit.

    `next_at` is when the next request is possible; None if it is now. `waiting` is how many
    questions have a time at which they may be asked.
    """

    resource: str
    limit: Limit
    spent: int
    left: int
    next_at: float | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The requests of one resource, those for the details of issues apart from the others.

    They were made at these times, or wait for theirs.
    """

    resource: str
    made_at: tuple[float, ...] = ()
    details_made_at: tuple[float, ...] = ()
    waiting: int = 0
    details_waiting: int = 0


@dataclass(frozen=True, slots=True)
class SecretState:
    """Whether a secret is set, and whether the environment sets it. Its value is not here."""

    secret: Secret
    is_set: bool
    from_environment: bool


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source stands. `missing` says what has to be set before it can be used."""

    info: SourceInfo
    enabled: bool
    enabled_by_environment: bool
    address: str | None
    address_from_environment: bool
    secrets: tuple[SecretState, ...]
    missing: str | None
    requests: int
    resources: tuple[ResourceState, ...]
    resting_until: float | None
    rest_reason: str | None
    stop_reason: str | None


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
