"""Requests with short limits to a replay server over real sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from comicmaintainer.outgoing.transport import Transport
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer
from tests.sources.conftest import QUICK, SERIES


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        yield running


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport(QUICK)
    yield opened
    opened.close()
