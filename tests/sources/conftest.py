"""Sources that ask a replay server over real sockets, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from comicmaintainer.database import Database
from comicmaintainer.outgoing.transport import Transport, TransportLimits
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer

THREADS = 4
MANGA = ("anilist", "mangaupdates", "mangadex")
KEY = "k3y-that-nobody-may-see"
SERIES = [
    {
        "id": 10,
        "name": "Harbour Lights",
        "start_year": 2016,
        "publisher": "Tern Press",
        "issues": [[100 + number, str(number), 2016 + number // 13] for number in range(1, 251)],
    },
    {
        "id": 11,
        "name": "Harbour Lights",
        "start_year": 1974,
        "publisher": None,
        "issues": [[900, "1", 1974], [901, "2", 1974], [902, "½", 1975]],
    },
    {
        "id": 12,
        "name": "Spider-Tide",
        "start_year": 1999,
        "publisher": "Tern Press",
        "issues": [[950, "1", 1999]],
    },
]
QUICK = TransportLimits(
    answer_bytes=2 << 20, image_bytes=2 << 20, connect_s=1, silence_s=1, whole_s=2
)


class HurryingClock(Clock):
    """Moves on with each look at it, so that requests need not wait for one another."""

    def __call__(self) -> float:
        return self.advance(2.0)


MakeSources = Callable[..., Sources]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        yield running


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport(QUICK)
    yield opened
    opened.close()


@pytest.fixture
def make_sources(
    database: Database, server: ReplayServer, transport: Transport, clock: Clock
) -> MakeSources:
    """Build the sources of one process; all share the database and the clock."""

    def make(*, key: str = KEY, enabled: bool = True, answer_days: int = 30) -> Sources:
        given = {
            "comicvine": GivenSettings(
                enabled, server.address("comicvine"), {"key": key} if key else {}
            ),
            "metron": GivenSettings(enabled, server.address("metron"), {"token": KEY}),
            **{name: GivenSettings(enabled, server.address(name)) for name in MANGA},
        }
        sources = Sources.build(
            database, given, answer_days=answer_days, now=clock, transport=transport
        )
        return sources.of_worker(hash_of_length, THREADS)

    return make


@pytest.fixture
def sources(make_sources: MakeSources) -> Sources:
    return make_sources()


def hash_of_length(image: bytes) -> int | None:
    """A stand-in for the hash of a cover: None if it is no JPEG."""
    return len(image) if image.startswith(b"\xff\xd8") else None
