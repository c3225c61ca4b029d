"""Matches a group of files with one series of a source, and each file with one of its issues.

Ids that the files have come first. Then one search gives the contenders, and one or two requests
about their issues tell them apart: the nearest ones are asked about until the best is known, and
every other one is farther. Where a source lists several series together, short lists of all near
ones are asked for at once. Covers are compared only if that does not decide. Files that do not fit
the best series are matched again without the others.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from comicmaintainer.comics.issue_numbers import plain_issue
from comicmaintainer.matching.contenders import Contenders
from comicmaintainer.matching.cover_check import CoverCheck
from comicmaintainer.matching.judgement import (
    CERTAIN,
    SHOWN,
    contradicts,
    is_for_covers,
    judged,
    known_by_id,
    near_best,
    unknown,
)
from comicmaintainer.matching.known_issues import LIST_PAGE, KnownIssues, list_requests
from comicmaintainer.matching.model import (
    Candidate,
    FileFacts,
    FileGroup,
    IssueFacts,
    Match,
    SeriesFacts,
)
from comicmaintainer.matching.numbers import number_key
from comicmaintainer.matching.questions import (
    IssueById,
    IssueList,
    IssueLists,
    IssuesNumbered,
    Question,
    SeriesById,
)
from comicmaintainer.matching.scoring import (
    Contender,
    contender,
    scored,
    year_penalty,
)

PROBES = 2
"""Numbers that are asked of all near series at once, before the list of one is."""
COMPLETED = 3
"""Near series that are known completely, so that a person sees what they have."""

Answer = TypeVar("Answer")
Asking = Generator[Question, Any, Answer]


def match_group(
    group: FileGroup, *, source: str, covers: bool = True, together: bool = False
) -> Asking[tuple[Match, ...]]:
    """Match all files of the group with one source; every file is in one of the matches.

    `source` is the name that ids have in `FileFacts`. Without `covers`, none are asked for. With
    `together`, a question about the issues of several series costs the source one request.
    """
    return (yield from _GroupMatching(group, source, covers, together).run())


class _GroupMatching:
    """The state of matching one group: contenders, and what is known of their issues."""

    def __init__(self, group: FileGroup, source: str, covers: bool, together: bool) -> None:
        self._group = group
        self._source = source
        self._together = together
        self._covers = CoverCheck() if covers else None
        self._known = KnownIssues()
        self._found = Contenders(group)
        self._contenders: list[Contender] = []

    def run(self) -> Asking[tuple[Match, ...]]:
        matches, left = yield from self._by_ids(self._group.files)
        if not left:
            return tuple(matches)
        yield from self._found.search()
        self._contenders = self._found.nearest
        is_first = True
        while left:
            match, others = yield from self._match(left)
            if is_first and contradicts(match) and (yield from self._found.search_more()):
                self._contenders = self._found.nearest
                continue
            is_first = False
            matches.append(match)
            left = others
        return tuple(matches)

    # Ids

    def _by_ids(self, files: Sequence[FileFacts]) -> Asking[tuple[list[Match], list[FileFacts]]]:
        """Match the files that have an id, and those that fit the series of the others."""
        matches: list[Match] = []
        left = list(files)
        tried: set[str] = set()
        for file in files:
            if file not in left:
                continue
            series_id, issue = yield from self._series_of(file)
            if series_id is None or series_id in tried:
                continue
            tried.add(series_id)
            series = yield SeriesById(series_id)
            if series is None:
                continue
            rival = contender(self._group, series, by_id=True)
            own = [
                each
                for each in left
                if self._source not in each.series_ids or each.series_ids[self._source] == series_id
            ]
            if issue is not None and len(own) == 1:
                self._known.add_numbered([series_id], issue.number, [issue])
            yield from self._complete(rival, own)
            fitting = [each for each in own if self._fits(rival.series, each)]
            best = self._scored(rival, fitting) if fitting else None
            if best is None or best.distance > CERTAIN:
                self._found.add(series)
                continue
            matches.append(known_by_id(best, fitting))
            left = [each for each in left if each not in fitting]
        return matches, left

    def _series_of(self, file: FileFacts) -> Asking[tuple[str | None, IssueFacts | None]]:
        if self._source in file.series_ids:
            return file.series_ids[self._source], None
        if self._source not in file.issue_ids:
            return None, None
        issue: IssueFacts | None = yield IssueById(file.issue_ids[self._source])
        return (None, None) if issue is None else (issue.series_id, issue)

    # Issues

    def _match(self, files: list[FileFacts]) -> Asking[tuple[Match, list[FileFacts]]]:
        """Match the files that fit the best series; return the others too."""
        everyone = files
        while True:
            ranked = yield from self._settled(files)
            if not ranked:
                return self._unknown(everyone), []
            best = ranked[0]
            fitting = [each for each in files if self._fits(best.series, each)]
            if not fitting:
                fitting = [each for each in files if each.key in best.issues]
            if not fitting or (best.distance > SHOWN and len(fitting) == len(files)):
                return self._unknown(everyone), []
            if len(fitting) == len(files):
                break
            files = fitting
        others = [each for each in everyone if each not in files]
        return judged(ranked, files), others

    def _settled(self, files: list[FileFacts]) -> Asking[list[Candidate]]:
        """Rank the contenders, and ask until the best is known and apart from the next."""
        probes = 0
        while True:
            ranked = self._ranked(files)
            near = near_best(ranked)
            if not near:
                return ranked
            unprobed = [each for each in near if not self._is_probed(each.series, files)]
            if len(near) > 1 and unprobed and probes < PROBES:
                if self._share_a_page(unprobed):
                    yield from self._list_together(unprobed)
                else:
                    probes += 1
                    yield from self._probe(unprobed, files)
                continue
            if is_for_covers(near) and (yield from self._compare_covers(near, files)):
                continue
            unknown = [
                each
                for each in near[:COMPLETED]
                if not all(self._known.knows(each.series, file) for file in files)
            ]
            if not unknown:
                return ranked
            if len(unknown) > 1 and self._share_a_page(unknown):
                yield from self._list_together(unknown)
            else:
                yield from self._complete(self._contender(unknown[0].series), files)

    def _is_probed(self, series: SeriesFacts, files: Sequence[FileFacts]) -> bool:
        known = sum(self._known.knows(series, file) for file in files)
        return known >= min(PROBES, len(files))

    def _probe(self, unprobed: Sequence[Candidate], files: Sequence[FileFacts]) -> Asking[None]:
        """Ask about one number of all these series: the highest that one of them may have.

        If all are one request, farther ones are asked about too, which may be the next to be near.
        """
        longest = max(each.series.issue_count or 0 for each in unprobed)
        unknown = [
            file
            for file in files
            if file.number is not None
            and any(not self._known.knows(each.series, file) for each in unprobed)
        ]
        if not unknown:
            yield from self._complete(self._contender(unprobed[0].series), files)
            return
        number = max(unknown, key=lambda file: _probe_rank(file.number or "", longest)).number
        asked = [each.series for each in unprobed]
        if self._together:
            numbered = next(file for file in unknown if file.number == number)
            asked = [
                each.series
                for each in self._contenders
                if not self._known.knows(each.series, numbered)
            ]
        yield from self._ask_number([series.id for series in asked], number or "")

    def _share_a_page(self, candidates: Sequence[Candidate]) -> bool:
        """Whether all issues of these series come as one page."""
        counts = [each.series.issue_count for each in candidates]
        return self._together and sum(count or LIST_PAGE for count in counts) <= LIST_PAGE

    def _list_together(self, candidates: Sequence[Candidate]) -> Asking[None]:
        series = [each.series for each in candidates]
        lists = tuple(IssueList(each.id, each.issue_count) for each in series)
        answer: tuple[IssueFacts, ...] = yield IssueLists(lists)
        for each in series:
            self._known.add_list(each.id, [issue for issue in answer if issue.series_id == each.id])

    def _compare_covers(
        self, near: Sequence[Candidate], files: Sequence[FileFacts]
    ) -> Asking[bool]:
        return False if self._covers is None else (yield from self._covers.compare(near, files))

    def _complete(self, rival: Contender, files: Sequence[FileFacts]) -> Asking[None]:
        """Ask for all numbers of one series, by its list or by number, whichever costs less."""
        series = rival.series
        unknown = [file for file in files if not self._known.knows(series, file)]
        numbers = {number_key(file.number): file.number for file in unknown if file.number}
        has_unnumbered = any(file.number is None for file in unknown)
        if unknown and (has_unnumbered or list_requests(series) <= len(numbers)):
            answer: tuple[IssueFacts, ...] = yield IssueList(series.id, series.issue_count)
            self._known.add_list(series.id, answer)
            return
        for number in numbers.values():
            yield from self._ask_number([series.id], number)

    def _ask_number(self, series_ids: Sequence[str], number: str) -> Asking[None]:
        plain = plain_issue(number)  # sources look for the text
        answer: tuple[IssueFacts, ...] = yield IssuesNumbered(tuple(series_ids), plain)
        self._known.add_numbered(series_ids, plain, answer)

    # Judgement

    def _ranked(self, files: Sequence[FileFacts]) -> list[Candidate]:
        candidates = [self._scored(each, files) for each in self._contenders]
        candidates.sort(key=lambda each: (each.distance, each.series.issue_count or 0))
        return candidates

    def _scored(self, rival: Contender, files: Sequence[FileFacts]) -> Candidate:
        return scored(rival, files, self._known, self._cover_penalty)

    def _cover_penalty(self, series_id: str, files: Sequence[FileFacts]) -> float | None:
        return None if self._covers is None else self._covers.penalty(series_id, files)

    def _contender(self, series: SeriesFacts) -> Contender:
        return next(each for each in self._contenders if each.series.id == series.id)

    def _fits(self, series: SeriesFacts, file: FileFacts) -> bool:
        """Whether the series has the file's number, in the file's year or the one beside it."""
        issues = self._known.find(series, file)
        return issues is None or any(
            (year_penalty(file, series, issue) or 0.0) < 1.0 for issue in issues
        )

    def _unknown(self, files: Sequence[FileFacts]) -> Match:
        return unknown(self._group.name, is_named=bool(self._contenders), files=files)


def _probe_rank(number: str, longest: int) -> tuple[bool, int]:
    key = number_key(number)
    value = int(key) if key.isdecimal() else 0
    return value <= longest, value
