"""Finds the series that a group may be: those that searches by its name give."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from comicmaintainer.matching.judgement import SHOWN
from comicmaintainer.matching.model import FileGroup, SeriesFacts
from comicmaintainer.matching.names import LOOSE_PENALTY, search_names
from comicmaintainer.matching.questions import Question, SeriesSearch
from comicmaintainer.matching.scoring import Contender, contender

PLAUSIBLE_NAME = 0.45
"""Search with other words if no name is this near."""
MOST_CONTENDERS = 30
MOST_MORE_SEARCHES = 2
"""So many searches follow if the series that were found first do not fit."""


class Contenders:
    """The series found so far, and the searches that are left."""

    def __init__(self, group: FileGroup) -> None:
        self._group = group
        self._found: dict[str, Contender] = {}
        self._names = list(search_names(group.name, group.folder_series))

    def add(self, series: SeriesFacts) -> None:
        """Add a series unless it is known."""
        if series.id not in self._found:
            self._found[series.id] = contender(self._group, series)

    @property
    def nearest(self) -> list[Contender]:
        """Those that a person could choose, the nearest first."""
        ranked = sorted(self._found.values(), key=lambda each: each.distance)
        return [each for each in ranked if each.distance <= SHOWN][:MOST_CONTENDERS]

    def search(self) -> Generator[Question, Any, None]:
        """Search until a name is plausible."""
        while self._names:
            answer: tuple[SeriesFacts, ...] = yield SeriesSearch(self._names.pop(0))
            for series in answer:
                self.add(series)
            if any(each.name_penalty <= PLAUSIBLE_NAME for each in self._found.values()):
                return

    def search_more(self) -> Generator[Question, Any, bool]:
        """Search with a few other words for more series of the same name; tell whether one is."""
        self._names = self._names[-MOST_MORE_SEARCHES:]
        while self._names:
            answer: tuple[SeriesFacts, ...] = yield SeriesSearch(self._names.pop(0))
            made = (contender(self._group, series) for series in answer)
            more = {
                each.series.id: each
                for each in made
                if each.name_penalty <= LOOSE_PENALTY and each.series.id not in self._found
            }
            self._found |= more
            if more:
                return True
        return False
