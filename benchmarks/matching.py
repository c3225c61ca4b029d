"""Measures how well matching finds out what comics are, without any network.

    python benchmarks/matching.py --catalogue series.jsonl --cases cases.jsonl
        [--without-covers] [--stop-words-count] [--missing 30] [--show 20]

A catalogue in memory answers the questions as ComicVine would. Each line of the catalogue is a
series: `{"id", "name", "start_year", "publisher", "issues": [[issue id, number, year], …]}`, each
line of the cases a folder: `{"folder", "series", "files": [{"name", "issue"}, …]}`; `issue` is null
for a file that is of no issue. Covers are random hashes: a file's differs from its issue's in up to
six bits, one in ten files has a variant's cover, three in a hundred have an advertisement in front.

A right series with a wrong issue counts as wrong. "Dated" are files whose name has a year, or whose
folder has one, and that are of an issue. Requests are counted without keeping answers between
groups. With `--missing`, the source lacks so many per cent of the series, and files of these are of
no issue. `files_per_s` is the time of matching alone. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.matching.file_reading import file_facts
from comicmaintainer.matching.group_matching import match_group
from comicmaintainer.matching.groups import group_files
from comicmaintainer.matching.known_issues import LIST_PAGE, list_requests
from comicmaintainer.matching.model import FileGroup, IssueFacts, Level, Match, SeriesFacts
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
SEARCH_LIMIT = 100
VARIANTS = 3
NOISE_BITS = 6
VARIANT_SHARE = 0.10
ADVERTISEMENT_SHARE = 0.03
STOP_WORDS = frozenset({"the", "and", "a", "an", "of"})
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


class Catalogue:
    """Series in memory, searched as ComicVine does: every word, the best name first."""

    def __init__(self, path: Path, *, stop_words_count: bool, missing_percent: int = 0) -> None:
        self._ignored = frozenset() if stop_words_count else STOP_WORDS
        self.series: dict[str, SeriesFacts] = {}
        self.issues: dict[str, tuple[IssueFacts, ...]] = {}
        self.issue: dict[str, IssueFacts] = {}
        self._numbered: dict[tuple[str, str], list[IssueFacts]] = defaultdict(list)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._lengths: dict[str, int] = {}
        for line in path.read_text().splitlines():
            row = json.loads(line)
            if random.Random(row["id"]).randrange(100) >= missing_percent:
                self._add(row)

    def _add(self, row: dict[str, Any]) -> None:
        id_ = str(row["id"])
        self.series[id_] = SeriesFacts(
            SOURCE,
            id_,
            row["name"] or "",
            start_year=row["start_year"],
            publisher=row["publisher"],
            issue_count=len(row["issues"]),
        )
        self.issues[id_] = tuple(
            IssueFacts(
                SOURCE,
                str(issue),
                id_,
                str(number or ""),
                year=year or None,
                cover=f"{issue}/0",
                variants=tuple(f"{issue}/{at}" for at in range(1, VARIANTS + 1)),
            )
            for issue, number, year in row["issues"]
        )
        for issue in self.issues[id_]:
            self.issue[issue.id] = issue
            self._numbered[id_, number_key(issue.number)].append(issue)
        words = self._words(row["name"] or "")
        self._lengths[id_] = len(words)
        for word in words:
            self._by_word[word].add(id_)

    def _words(self, text: str) -> list[str]:
        folded = unicodedata.normalize("NFKD", text).casefold()
        words = re.findall(r"[^\W_]+", re.sub(r"['’.]", "", folded))
        return [word for word in words if word not in self._ignored] or words

    def search(self, name: str) -> tuple[SeriesFacts, ...]:
        """Names with all the words; those with the fewest others first, then the longest series."""
        words = self._words(name)
        if not words:
            return ()
        found = set.intersection(*(self._by_word.get(word, set()) for word in words))
        ranked = sorted(
            found,
            key=lambda id_: (self._lengths[id_], -(self.series[id_].issue_count or 0), int(id_)),
        )
        return tuple(self.series[id_] for id_ in ranked[:SEARCH_LIMIT])

    def known(self, issue: int | None) -> int | None:
        """The issue; None if it is not in the catalogue."""
        return issue if str(issue) in self.issue else None

    def numbered(self, series_ids: Iterable[str], number: str) -> tuple[IssueFacts, ...]:
        """The issues of these series with the number."""
        key = number_key(number)
        return tuple(issue for id_ in series_ids for issue in self._numbered.get((id_, key), ()))


def cover_hash(address: str) -> int:
    """The hash of an image of the catalogue, the same at every run."""
    return random.Random(address).getrandbits(64)


def file_hashes(issue: int | None, name: str) -> tuple[int, ...]:
    """The hash of a file's first page."""
    chance = random.Random(f"{issue} {name}")
    drawn = chance.random()
    if issue is None or drawn < ADVERTISEMENT_SHARE:
        return (chance.getrandbits(64),)
    is_variant = drawn < ADVERTISEMENT_SHARE + VARIANT_SHARE
    value = cover_hash(f"{issue}/{chance.randint(1, VARIANTS) if is_variant else 0}")
    for _ in range(chance.randint(0, NOISE_BITS)):
        value ^= 1 << chance.randrange(64)
    return (value,)


@dataclass(slots=True)
class Answers:
    """Answers the questions of one group, and counts the requests that they cost."""

    catalogue: Catalogue
    hashes: dict[str, tuple[int, ...]]
    kept: dict[Question, Any] = field(default_factory=dict)
    requests: int = 0
    downloads: int = 0

    def answer(self, question: Question) -> Any:
        """The answer; what was asked before costs nothing."""
        if question not in self.kept:
            self.kept[question] = self._answer(question)
        return self.kept[question]

    def _answer(self, question: Question) -> Any:
        match question:
            case FileCoverHashes(key):
                return self.hashes[key]
            case CoverHash(address):
                self.downloads += 1
                return cover_hash(address)
            case IssueList(series_id):
                self.requests += list_requests(self.catalogue.series[series_id])
                return self.catalogue.issues[series_id]
            case IssueLists(lists):
                listed = [i for each in lists for i in self.catalogue.issues[each.series_id]]
                self.requests += max(1, math.ceil(len(listed) / LIST_PAGE))
                return tuple(listed)
        self.requests += 1
        match question:
            case SeriesSearch(name):
                return self.catalogue.search(name)
            case SeriesById(id_):
                return self.catalogue.series.get(id_)
            case IssueById(id_):
                return self.catalogue.issue.get(id_)
            case IssuesNumbered(series_ids, number):
                return self.catalogue.numbered(series_ids, number)
        raise ValueError(question)


@dataclass(slots=True)
class Outcome:
    """What became of one file."""

    key: str
    issue: int | None
    is_dated: bool
    match: Match

    @property
    def found(self) -> str | None:
        """The id of the issue that the best candidate gives it."""
        best = self.match.best
        issue = best.issues.get(self.key) if best is not None else None
        return issue.id if issue is not None else None

    @property
    def is_right(self) -> bool:
        """Whether the best candidate has the right issue."""
        return self.issue is not None and self.found == str(self.issue)

    def rank(self) -> int | None:
        """The place of the right issue among the candidates, from 0."""
        for at, candidate in enumerate(self.match.candidates):
            issue = candidate.issues.get(self.key)
            if issue is not None and issue.id == str(self.issue):
                return at
        return None

    def miss(self) -> str | None:
        """Why it is not certain and right; None if it is."""
        level = self.match.level
        if level is Level.CERTAIN:
            if self.is_right:
                return None
            return "CERTAIN, WRONG" if self.issue is not None else "CERTAIN, OF NO ISSUE"
        if self.issue is None:
            return None
        place = self.rank()
        where = (
            "not shown" if place is None else "in the first three" if place < 3 else "shown later"
        )
        return f"{level}, right one {where}: {self.match.reason}"


@dataclass(slots=True)
class Run:
    """The sums of one run."""

    outcomes: list[Outcome] = field(default_factory=list)
    matching_s: float = 0.0
    requests: int = 0
    downloads: int = 0
    large_files: int = 0
    large_requests: int = 0
    questions: Counter[str] = field(default_factory=Counter)


def drive(group: FileGroup, answers: Answers, *, covers: bool, run: Run) -> tuple[Match, ...]:
    """Match one group."""
    start = time.process_time()
    matching = match_group(group, source=SOURCE, covers=covers, together=True)
    try:
        question = next(matching)
        while True:
            run.matching_s += time.process_time() - start
            answer = answers.answer(question)
            run.questions[type(question).__name__] += 1
            start = time.process_time()
            question = matching.send(answer)
    except StopIteration as stop:
        run.matching_s += time.process_time() - start
        matches: tuple[Match, ...] = stop.value
        return matches


def measure(catalogue: Catalogue, cases: Path, *, covers: bool) -> Run:
    """Match every folder of the cases."""
    run = Run()
    for line in cases.read_text().splitlines():
        case = json.loads(line)
        folders = (case["folder"],)
        issues = {
            f"{case['folder']}/{each['name']}": catalogue.known(each["issue"])
            for each in case["files"]
        }
        files = [
            file_facts(key, folders, parse_filename(key.rpartition("/")[2], case["folder"]))
            for key in issues
        ]
        hashes = {key: file_hashes(issue, key) for key, issue in issues.items()}
        for group in group_files(files):
            answers = Answers(catalogue, hashes)
            matches = drive(group, answers, covers=covers, run=run)
            run.requests += answers.requests
            run.downloads += answers.downloads
            if len(group.files) >= 4:
                run.large_files += len(group.files)
                run.large_requests += answers.requests
            for match in matches:
                for key in match.files:
                    dated = YEAR.search(key) is not None and issues[key] is not None
                    run.outcomes.append(Outcome(key, issues[key], dated, match))
    return run


def figures(run: Run) -> dict[str, Any]:
    """The figures of a run; shares are percentages."""
    outcomes = run.outcomes
    certain = [each for each in outcomes if each.match.level is Level.CERTAIN]
    wrong = [each for each in certain if not each.is_right]
    dated = [each for each in outcomes if each.is_dated]
    real = [each for each in outcomes if each.issue is not None]
    review = [each for each in real if each.match.level is Level.LIKELY]
    shown = [each for each in review if (rank := each.rank()) is not None and rank < 3]
    sure = [each for each in dated if each.match.level is Level.CERTAIN and each.is_right]
    dated_review = [each for each in review if each.is_dated]
    dated_shown = [each for each in shown if each.is_dated]
    return {
        "files": len(outcomes),
        "certain": len(certain),
        "certain_wrong": len(wrong),
        "wrong_of_certain_percent": _percent(len(wrong), len(certain)),
        "dated": len(dated),
        "dated_certain_right_percent": _percent(len(sure), len(dated)),
        "all_certain_right_percent": _percent(len(certain) - len(wrong), len(real)),
        "review": len(review),
        "review_first_three_percent": _percent(len(shown), len(review)),
        "dated_review_first_three_percent": _percent(len(dated_shown), len(dated_review)),
        "unknown": sum(each.match.level is Level.UNKNOWN for each in real),
        "no_issue_certain": sum(each.issue is None for each in certain),
        "requests_per_comic_in_large_groups": round(
            run.large_requests / max(1, run.large_files), 3
        ),
        "requests_per_comic": round(run.requests / max(1, len(outcomes)), 3),
        "cover_downloads": run.downloads,
        "files_per_s": round(len(outcomes) / run.matching_s),
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def report(run: Run, show: int) -> Iterator[str]:
    """The lines to print."""
    for name, value in figures(run).items():
        yield f"{name:38} {value}"
    misses: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in run.outcomes:
        if (miss := outcome.miss()) is not None:
            misses[f"{'dated' if outcome.is_dated else 'undated'}: {miss}"].append(outcome)
    yield f"questions: {dict(run.questions)}"
    for miss, found in sorted(misses.items(), key=lambda each: -len(each[1])):
        yield f"{len(found):6}  {miss}"
        for outcome in found[:: max(1, len(found) // show)][:show] if show else ():
            yield from shown(outcome)
    yield json.dumps(figures(run))


def shown(outcome: Outcome) -> Iterator[str]:
    """A file with its first candidates; the right one has a star."""
    yield f"        {outcome.key}"
    for each in outcome.match.candidates[:4]:
        issue = each.issues.get(outcome.key)
        star = "*" if issue is not None and issue.id == str(outcome.issue) else " "
        series = f"{each.series.name} ({each.series.start_year})"
        number = f"#{issue.number} {issue.year}" if issue is not None else "no issue"
        differing = {one.name: round(one.penalty, 2) for one in each.evidence if one.penalty}
        yield f"          {star} {each.distance:.2f} {series}, {number}, {differing}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--without-covers", action="store_true")
    parser.add_argument("--stop-words-count", action="store_true")
    parser.add_argument("--missing", type=int, default=0, help="per cent of the series")
    parser.add_argument("--show", type=int, default=0, help="examples of each kind of miss")
    arguments = parser.parse_args()
    catalogue = Catalogue(
        arguments.catalogue,
        stop_words_count=arguments.stop_words_count,
        missing_percent=arguments.missing,
    )
    run = measure(catalogue, arguments.cases, covers=not arguments.without_covers)
    for line in report(run, arguments.show):
        print(line)


if __name__ == "__main__":
    main()
