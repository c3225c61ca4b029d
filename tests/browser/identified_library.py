"""A service beside a server that speaks as sources do, over comics of series that these know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.running_service import RunningService, draw_comic
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer

KEY = "k3y-of-a-person"
NUMBERS = range(1, 41)


def _series(series_id: int, name: str, year: int, publisher: str) -> dict[str, Any]:
    issues = [[series_id * 100 + number, str(number), year] for number in NUMBERS]
    return {
        "id": series_id,
        "name": name,
        "start_year": year,
        "publisher": publisher,
        "issues": issues,
    }


SERIES = [
    _series(10, "Harbour Lights", 2016, "Tern Press"),
    _series(11, "Velvet Orchard", 2001, "Tern Press"),
    _series(12, "Paper Engine", 2019, "Ostrava House"),
    _series(20, "Copper Signal", 1974, "Lantern Comics"),
    _series(21, "Copper Signal", 2011, "Tern Press"),
    _series(30, "Glass Parade", 1988, "Lantern Comics"),
    _series(31, "Glass Parade", 2009, "Ostrava House"),
    _series(32, "Iron Meadow", 1981, "Lantern Comics"),
    _series(33, "Iron Meadow", 2014, "Tern Press"),
    _series(34, "Quiet Orbit", 1969, "Lantern Comics"),
    _series(35, "Quiet Orbit", 2005, "Ostrava House"),
    _series(36, "Salt Lantern", 1977, "Lantern Comics"),
    _series(37, "Salt Lantern", 2018, "Tern Press"),
    _series(40, "Night Atlas", 1995, "Lantern Comics"),
]
"""Some names belong to two series each; files whose names have no year may be of either."""

CERTAIN = ("Harbour Lights (2016)", "Velvet Orchard (2001)", "Paper Engine (2019)")
AMBIGUOUS = ("Copper Signal", "Glass Parade", "Iron Meadow", "Quiet Orbit", "Salt Lantern")


def _draw_library(folder: Path, files: Mapping[str, int]) -> None:
    for place, (folder_name, count) in enumerate(files.items()):
        name = folder_name.partition(" (")[0]
        for number in range(1, count + 1):
            path = folder / folder_name / f"{name} {number:03}.cbz"
            draw_comic(path, pages=2, seed=7 * place + number)


@contextmanager
def identified_library(
    folder: Path, files: Mapping[str, int]
) -> Iterator[tuple[RunningService, ReplayServer]]:
    """Run both over so many files of each folder; they are scanned, and no source is on."""
    with ReplayServer(series_of(SERIES)).running() as server:
        server.knobs.keys["comicvine"] = KEY
        service = RunningService(folder)
        _draw_library(service.comics, files)
        service.start().add_user().scan()
        try:
            yield service, server
        finally:
            service.stop()
