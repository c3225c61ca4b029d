"""New files are identified before they are processed, as far as that is switched on."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.jobs.model import Priority
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.model import GroupKey, Verdict
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.services.arrivals import Arrivals
from comicmaintainer.settings import IdentifyNew
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock

PATHS = ("/comics/Rain/Rain 1.cbz", "/comics/Snow/Snow 1.cbz", "/comics/Hail/Hail 1.cbz")


@pytest.fixture
def decisions(tmp_path: Path) -> DecisionStore:
    store = DecisionStore(Database(tmp_path / "jobs.db"), now=Clock())
    rain = SeriesFacts("comicvine", "7", "Rain")
    store.decide(GroupKey("/comics/Rain", "rain|"), "Rain", Verdict.SERIES, rain)
    store.decide(GroupKey("/comics/Hail", "hail|"), "Hail", Verdict.NEVER)
    return store


def arrivals(tmp_path: Path, decisions: DecisionStore, identify: IdentifyNew, on: bool) -> Arrivals:
    given = {"comicvine": GivenSettings(on, None, {"key": "k3y"})}
    sources = Sources.build(Database(tmp_path / "jobs.db"), given, answer_days=30, now=Clock())
    return Arrivals(identify, sources, decisions)


@pytest.mark.parametrize(
    ("identify", "is_on", "identified"),
    [
        (IdentifyNew.OFF, True, ()),
        (IdentifyNew.ALL, False, ()),
        (IdentifyNew.ALL, True, PATHS),
        (IdentifyNew.DECIDED, True, PATHS[:1]),
    ],
)
def test_files_are_identified_first(
    tmp_path: Path,
    decisions: DecisionStore,
    identify: IdentifyNew,
    is_on: bool,
    identified: tuple[str, ...],
) -> None:
    *first, last = arrivals(tmp_path, decisions, identify, is_on).requests(PATHS)
    assert (last.kind, tuple(last.items), last.priority) == ("process", PATHS, Priority.NORMAL)
    found = [tuple(request.items) for request in first]
    assert found == ([identified] if identified else [])
    for request in first:
        assert (request.kind, request.priority) == ("identify", Priority.HIGH)
        assert request.params["decided_only"] is (identify is IdentifyNew.DECIDED)
