"""A small invented catalogue that answers the questions of matching, and notes what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.matching.file_reading import file_facts
from comicmaintainer.matching.group_matching import match_group
from comicmaintainer.matching.groups import group_files
from comicmaintainer.matching.model import FileFacts, FileGroup, IssueFacts, Match, SeriesFacts
from comicmaintainer.matching.names import name_form
from comicmaintainer.matching.numbers import number_key
from comicmaintainer.matching.questions import (
    CoverHash,
    FileCoverHashes,
    IssueById,
    IssueList,
    IssueLists,
    IssuesNumbered,
    Question,
    SeriesById,
    SeriesSearch,
)

SOURCE = "comicvine"


@dataclass
class InventedCatalogue:
    """Series and their issues, images by address, and the questions that were asked."""

    series: dict[str, SeriesFacts] = field(default_factory=dict)
    issues: dict[str, list[IssueFacts]] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    file_covers: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    together: bool = False
    """Whether it lists several series together."""
    hidden: dict[str, set[str]] = field(default_factory=dict)
    """Searches that do not find a series, by its id."""

    def add(
        self,
        name: str,
        start_year: int,
        numbers: Iterable[int | str],
        *,
        id_: str | None = None,
        a_year: int = 12,
        years: Mapping[str, int] | None = None,
        **facts: Any,
    ) -> SeriesFacts:
        """Add a series with `a_year` issues a year, and an image for each."""
        listed = [str(number) for number in numbers]
        id_ = id_ or str(100 + len(self.series))
        series = SeriesFacts(
            SOURCE, id_, name, start_year=start_year, issue_count=len(listed), **facts
        )
        self.series[id_] = series
        self.issues[id_] = [
            IssueFacts(
                SOURCE,
                f"{id_}-{number}",
                id_,
                number,
                year=(years or {}).get(number, start_year + at // a_year),
                cover=f"{id_}-{number}.jpg",
            )
            for at, number in enumerate(listed)
        ]
        for issue in self.issues[id_]:
            self.images[issue.cover or ""] = Random(issue.id).getrandbits(64)
        return series

    def change(self, issue_id: str, **facts: Any) -> None:
        """Change what is known of an issue."""
        for issues in self.issues.values():
            for at, issue in enumerate(issues):
                if issue.id == issue_id:
                    issues[at] = replace(issue, **facts)

    def match(self, group: FileGroup, *, covers: bool = False) -> tuple[Match, ...]:
        """Match a group; every question is answered."""
        matching = match_group(group, source=SOURCE, covers=covers, together=self.together)
        try:
            question = next(matching)
            while True:
                self.questions.append(question)
                question = matching.send(self._answer(question))
        except StopIteration as stop:
            matches: tuple[Match, ...] = stop.value
            return matches

    def match_names(
        self, folder: str, *names: str, covers: bool = False, **facts: Any
    ) -> tuple[Match, ...]:
        """Match the files of one folder; keys are the names."""
        files = read_names(folder, *names, **facts)
        return tuple(
            match for group in group_files(files) for match in self.match(group, covers=covers)
        )

    def asked(self, kind: type) -> list[Any]:
        """The questions of one kind."""
        return [question for question in self.questions if isinstance(question, kind)]

    @property
    def requests(self) -> int:
        """How many requests the questions cost ComicVine; lists here have one page."""
        return len(self.questions) - len(self.asked(CoverHash)) - len(self.asked(FileCoverHashes))

    def _answer(self, question: Question) -> Any:
        match question:
            case SeriesSearch(name):
                words = name_form(name).words
                found = [
                    series
                    for series in self.series.values()
                    if words <= name_form(series.name).words
                    and name not in self.hidden.get(series.id, ())
                ]
                return tuple(found)
            case SeriesById(id_):
                return self.series.get(id_)
            case IssueById(id_):
                listed = [issue for issues in self.issues.values() for issue in issues]
                return next((issue for issue in listed if issue.id == id_), None)
            case IssueList(series_id):
                return tuple(self.issues[series_id])
            case IssueLists(lists):
                return tuple(issue for each in lists for issue in self.issues[each.series_id])
            case IssuesNumbered(series_ids, number):
                return tuple(
                    issue
                    for id_ in series_ids
                    for issue in self.issues[id_]
                    if number_key(issue.number) == number_key(number)
                )
            case CoverHash(address):
                return self.images.get(address)
            case FileCoverHashes(key):
                return (self.file_covers[key],) if key in self.file_covers else ()


def read_names(folder: str, *names: str, **facts: Any) -> list[FileFacts]:
    """The facts of files that have a name only; `facts` are those that each has besides."""
    folders = tuple(part for part in folder.split("/") if part)
    return [
        replace(file_facts(name, folders, parse_filename(name, folder)), **facts) for name in names
    ]
