"""Finds the series that a group may be: those that a search by its name gives."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from comicmaintainer.matching.judgement import SHOWN
from comicmaintainer.matching.model import FileGroup, SeriesFacts
from comicmaintainer.matching.names import search_names
from comicmaintainer.matching.questions import Question, SeriesSearch
from comicmaintainer.matching.scoring import Contender, contender

PLAUSIBLE_NAME = 0.45
"""Search with other words if no name is this near."""
MOST_CONTENDERS = 30


def find_contenders(
    group: FileGroup, already: Iterable[Contender]
) -> Generator[Question, Any, list[Contender]]:
    """The nearest first; `already` are those that ids gave."""
    found = {each.series.id: each for each in already}
    for name in search_names(group.name, group.folder_series):
        answer: tuple[SeriesFacts, ...] = yield SeriesSearch(name)
        for series in answer:
            if series.id not in found:
                found[series.id] = contender(group, series)
        if any(each.name_penalty <= PLAUSIBLE_NAME for each in found.values()):
            break
    ranked = sorted(found.values(), key=lambda each: each.distance)
    return [each for each in ranked if each.distance <= SHOWN][:MOST_CONTENDERS]
