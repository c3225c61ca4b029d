"""A service beside a source that speaks as ComicVine does, over comics of series that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.running_service import RunningService, draw_comic
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer

KEY = "k3y-of-a-person"
NUMBERS = range(1, 7)


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
    _series(40, "Night Atlas", 1995, "Lantern Comics"),
]
"""Two names belong to two series each; files whose names have no year may be of either."""

CERTAIN = ("Harbour Lights (2016)", "Velvet Orchard (2001)", "Paper Engine (2019)")
AMBIGUOUS = ("Copper Signal", "Glass Parade")
FILES = 20


def draw_library(folder: Path) -> list[Path]:
    """Draw twenty comics: four of each series."""
    drawn = []
    for place, folder_name in enumerate((*CERTAIN, *AMBIGUOUS)):
        name = folder_name.partition(" (")[0]
        for number in range(1, 5):
            path = folder / folder_name / f"{name} {number:03}.cbz"
            drawn.append(draw_comic(path, pages=2, seed=7 * place + number))
    return drawn


@contextmanager
def identified_library(folder: Path) -> Iterator[tuple[RunningService, ReplayServer]]:
    """Run both; the library is scanned, and no source is on."""
    with ReplayServer(series_of(SERIES)).running() as server:
        server.knobs.keys["comicvine"] = KEY
        service = RunningService(folder)
        draw_library(service.comics)
        service.start().add_user().scan()
        try:
            yield service, server
        finally:
            service.stop()
