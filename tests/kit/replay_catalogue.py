"""The series and issues that the replay server knows, from a file or invented.

A line of the file is one series: {"id", "name", "start_year", "publisher", "issues": [[issue id,
number, year], …]}. `COMICMAINTAINER_CATALOGUE` names another file than the invented catalogue.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PEOPLE = (
    "Ada Marlow", "Bo Linden", "Cleo Hart", "Dag Wester", "Esi Brandt", "Finn Okafor", "Gro Lund",
    "Hana Sato", "Ivo Kral", "June Abara",
)  # fmt: skip
_ROLES = ("writer", "penciler", "inker", "colorist", "letterer", "cover", "editor")
_FIRST = ("Harbour", "Paper", "Night", "Copper", "Silent", "Velvet", "Northern", "Glass", "Hollow")
_SECOND = ("Lights", "Crown", "Engine", "Garden", "Signal", "Atlas", "Tide", "Orchard", "Parade")
_PUBLISHERS = ("Tern Press", "Lantern Comics", "Ostrava House", None)


@dataclass(frozen=True, slots=True)
class CatalogueIssue:
    """One issue; `position` is its place in its series, from 0."""

    id: int
    number: str
    year: int | None
    series_id: int
    position: int

    @property
    def cover_date(self) -> str | None:
        """The cover date: the months of a year follow one another."""
        return None if self.year is None else f"{self.year:04}-{1 + self.position % 12:02}-01"

    def credits(self) -> list[tuple[str, str]]:
        """Return people and their roles, the same for the same issue."""
        source = random.Random(f"credits {self.id}")
        return [(person, source.choice(_ROLES)) for person in source.sample(_PEOPLE, 3)]


@dataclass(frozen=True, slots=True)
class CatalogueSeries:
    """One series."""

    id: int
    name: str
    start_year: int | None
    publisher: str | None
    issues: tuple[CatalogueIssue, ...] = field(repr=False)

    @property
    def publisher_id(self) -> int:
        """An id for the publisher's name."""
        return sum((self.publisher or "").encode()) + 1


class ReplayCatalogue:
    """Series and issues by id, and searches of names."""

    def __init__(self, series: Iterable[CatalogueSeries]) -> None:
        self.series = {each.id: each for each in series}
        self.issues = {issue.id: issue for each in self.series.values() for issue in each.issues}
        self._names = [(each.name.lower(), each) for each in self.series.values()]
        self._words = [(words_of(each.name), each) for each in self.series.values()]

    @classmethod
    def read(cls, path: Path) -> ReplayCatalogue:
        """Read a catalogue file."""
        with path.open(encoding="utf-8") as lines:
            return cls([_series(json.loads(line)) for line in lines if line.strip()])

    @classmethod
    def usual(cls) -> ReplayCatalogue:
        """Return what `COMICMAINTAINER_CATALOGUE` names, else the invented catalogue."""
        named = os.environ.get("COMICMAINTAINER_CATALOGUE")
        return cls.read(Path(named)) if named else cls([_series(each) for each in invented()])

    def containing(self, text: str) -> list[CatalogueSeries]:
        """Return the series whose names contain a text, by id."""
        wanted = text.lower()
        return sorted((s for name, s in self._names if wanted in name), key=lambda each: each.id)

    def with_words(self, text: str) -> list[CatalogueSeries]:
        """Return the series whose names have all words of a text, the shortest names first."""
        wanted = words_of(text)
        found = [(len(words - wanted), -len(s.issues), s.id, s) for words, s in self._words
                 if wanted <= words]  # fmt: skip
        return [each[-1] for each in sorted(found, key=lambda each: each[:3])]


def words_of(text: str) -> frozenset[str]:
    """Return the words of a name without signs, in lower case."""
    return frozenset("".join(c if c.isalnum() else " " for c in text.lower()).split())


def invented(count: int = 60) -> list[dict[str, Any]]:
    """Return an invented catalogue: some names belong to several series of different years."""
    source = random.Random("catalogue")
    lines, issue_id = [], 5000
    for number in range(count):
        name = f"{_FIRST[number % len(_FIRST)]} {_SECOND[number // 2 % len(_SECOND)]}"
        start = 1962 + 7 * (number % 9)
        issues = []
        for position in range(source.choice((1, 4, 6, 12, 30, 130))):
            issues.append([issue_id, str(position + 1), start + position // 12])
            issue_id += source.randint(1, 9)
        lines.append(
            {
                "id": 100 + number * 3,
                "name": name,
                "start_year": start,
                "publisher": _PUBLISHERS[number % len(_PUBLISHERS)],
                "issues": issues,
            }
        )
    return lines


def _series(line: Mapping[str, Any]) -> CatalogueSeries:
    series_id = int(line["id"])
    issues = tuple(
        CatalogueIssue(int(id_), str(number), year, series_id, position)
        for position, (id_, number, year) in enumerate(line["issues"])
    )
    return CatalogueSeries(
        series_id, line["name"], line.get("start_year"), line.get("publisher"), issues
    )


def series_of(lines: Iterable[Mapping[str, Any]]) -> ReplayCatalogue:
    """Return a catalogue of lines as they are in a file."""
    return ReplayCatalogue([_series(line) for line in lines])
