"""A small library with the real engine, and both servers over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.media_servers.bridge import Bridge
from comicmaintainer.media_servers.clients import clients_over
from comicmaintainer.media_servers.model import MediaServer, ProgressMode, ServerKind
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.databases import Place
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble
from tests.operations.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path, place: Place) -> Iterator[Workbench]:
    bench = Workbench(tmp_path, database=None if place.url is None else place.open())
    yield bench
    bench.database.close()


@pytest.fixture
def komga(bench: Workbench) -> Iterator[KomgaDouble]:
    with KomgaDouble(bench.library) as running:
        yield running


@pytest.fixture
def kavita(bench: Workbench) -> Iterator[KavitaDouble]:
    with KavitaDouble(bench.library, there="/data/comics") as running:
        yield running


@pytest.fixture
def servers(bench: Workbench) -> MediaServers:
    return MediaServers(bench.database, clients_over(), [str(bench.library)], now=bench.clock)


@pytest.fixture
def bridge(bench: Workbench) -> Bridge:
    return bridge_of(bench)


def bridge_of(bench: Workbench, holder: str = "one") -> Bridge:
    return Bridge(bench.database, clients_over(), holder=holder, now=bench.clock)


def add_komga(
    servers: MediaServers, komga: KomgaDouble, progress: ProgressMode = ProgressMode.CARRIED
) -> MediaServer:
    return servers.add(ServerKind.KOMGA, "Komga", komga.url, "komga-key", progress=progress)


def add_kavita(
    servers: MediaServers, kavita: KavitaDouble, progress: ProgressMode = ProgressMode.CARRIED
) -> MediaServer:
    pairs = [(str(kavita.root), kavita.there)]
    return servers.add(
        ServerKind.KAVITA, "Kavita", kavita.url, "kavita-key", path_map=pairs, progress=progress
    )
