"""Books keep everything by themselves: name and contents never change between two scans."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.media_servers.bridge import WAKE_EVERY_S, Bridge
from comicmaintainer.media_servers.model import ProgressMode
from comicmaintainer.media_servers.order_store import LONGEST_S, OrderStore
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble
from tests.media_servers.conftest import add_kavita, add_komga
from tests.media_servers.test_carrying import (
    PAGES,
    carries,
    kept,
    newest,
    process,
    read_some,
    settle,
    shelf,
    undo,
    work_off,
)
from tests.operations.workbench import Workbench, sha256, tags

ORDERED = ProgressMode.ORDERED


def other_reads(komga: KomgaDouble, paths: list[Path]) -> dict[str, tuple[int, bool]]:
    """Somebody else, whose key we do not have, has read every other comic."""
    for path in paths[::2]:
        komga.read(path, 3, user="guest")
    return komga.progress_of("guest")


def renamed(names: dict[str, str], progress: dict[str, Any]) -> dict[str, Any]:
    return {names[name]: value for name, value in progress.items()}


@pytest.mark.parametrize("empties_trash", [False])
def test_200_comics_keep_everything_of_everybody(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    empties_trash: bool,
) -> None:  # fmt: skip
    paths = shelf(bench, 200)
    read_some(komga, paths)
    guest = other_reads(komga, paths)
    komga.empties_trash = empties_trash
    before = kept(komga, {})
    hashes = {path.name: sha256(path) for path in paths}
    add_komga(servers, komga, ORDERED)
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert len(names) == 200
    assert kept(komga, names) == before
    assert renamed(names, komga.progress_of("guest")) == guest
    assert komga.scans_asked == 2
    assert carries(bench) == 0
    undo(bench, bridge)
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert komga.progress_of("guest") == guest
    assert {path.name: sha256(path) for path in paths} == hashes
    assert komga.scans_asked == 4
    assert carries(bench) == 0
    assert set_by_us(komga) == []


def set_by_us(komga: KomgaDouble) -> list[str]:
    """The requests by which books would have been changed."""
    return [line for line in komga.lines if line.startswith(("PATCH", "DELETE"))]
