"""Decides which of a name's numbers is the volume and which is the issue.

In order of preference: a marked number; "N of M"; a bare number in the usual place of an issue
(zero-padded, before a bracket, a dash or the end); a weakly marked one ("No. 8"); a leading
number; a part.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.bare import find_bare_numbers
from comicmaintainer.comics.filename.bracketed import bracketed_issue, number_in_front
from comicmaintainer.comics.filename.leading import leading_number
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.marked import issue_before_title, marked_issue
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.numbers import is_padded
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.unmarked import (
    issue_before_volume,
    number_in_text,
    part,
    unmarked_issue,
)
from comicmaintainer.comics.filename.vocabulary import Counts


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen numberings.

    `leading` comes before the series: the issue itself ("5 - Series") or, if the name has another
    issue, its place in a reading order.
    """

    volume: Numbering | None
    issue: Numbering | None
    special: Numbering | None
    leading: Numbering | None
    year: Numbering | None
    versions: tuple[Numbering, ...] = ()


def choose(sentence: Sentence, numberings: list[Numbering], *, dated: bool) -> Choice:
    """The volume and issue of a name; `dated`: a year has already been found."""
    volume = _first_volume(sentence, numberings)
    bares = find_bare_numbers(sentence, numberings, lettered=dated or volume is not None)
    issue = marked_issue(sentence, numberings, bares, volume)
    year = None
    if issue is not None:
        issue = issue_before_title(sentence, bares, issue) or issue
    else:
        issue = issue_before_volume(sentence, volume, bares)
    if issue is None:
        issue, year = unmarked_issue(sentence, numberings, bares, volume, dated=dated)
    if issue is None and year is None:
        issue = bracketed_issue(sentence, numberings)
    if volume is not None and _is_in_title(sentence, volume, issue):
        volume = None
    leading = leading_number(sentence, bares, numberings, issue, volume)
    if issue is None:
        issue = leading
    if issue is None and year is None:
        issue = part(sentence, numberings, volume)
    if issue is None and year is None and volume is None:
        issue = number_in_text(sentence, bares)
    if issue is None and year is None and volume is None:
        issue = leading = number_in_front(sentence)
    special = next((n for n in numberings if n.counts is Counts.SPECIAL), None)
    return Choice(volume, issue, special, leading, year, _versions(sentence, numberings, volume))


def _is_in_title(sentence: Sentence, volume: Numbering, issue: Numbering | None) -> bool:
    """Whether a book belongs to the title: "012 - Book Two"."""
    if not volume.weak or issue is None or issue.last >= volume.first:
        return False
    return sentence.kind(issue.last) is Kind.DASH


def _first_volume(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """The first volume, preferred to a total; "[v2]" is the release's version, not a volume.

    A padded "v01" is preferred to words before it: "Long Road - Book Two v01".
    """
    volumes = [
        n for n in numberings if n.counts is Counts.VOLUME and _stands_as_volume(sentence, n)
    ]
    if any(n.weak for n in volumes):
        issues = {n.first: n for n in numberings if n.counts is Counts.ISSUE}
        volumes = [n for n in volumes if not _ends_series(sentence, n, issues)]
    first = next((n for n in volumes if not n.total), volumes[0] if volumes else None)
    if first is not None and (first.weak or sentence.kind(first.at) is Kind.WORD):
        return next((n for n in volumes if _numbers_books(sentence, n)), first)
    return first


def _ends_series(sentence: Sentence, volume: Numbering, issues: dict[int, Numbering]) -> bool:
    """Whether a book in words is part of the series: "Season One 001", "Book Two #3".

    This includes names made by the presets: "Book Two - Chapter 0003".
    """
    if not volume.weak or sentence.kind(volume.at) is not Kind.WORD:
        return False
    if sentence.kind(volume.last) is Kind.DASH:
        issue = issues.get(volume.last + 1)
        return issue is not None and is_padded(sentence.low(issue.at))
    return sentence.kind(volume.last) in (Kind.NUMBER, Kind.HASH)


def _numbers_books(sentence: Sentence, volume: Numbering) -> bool:
    return sentence.low(volume.first) == "v" and is_padded(sentence.low(volume.at))


def _stands_as_volume(sentence: Sentence, numbering: Numbering) -> bool:
    """Whether a volume is outside brackets, or begins one; "[v2]" does not count."""
    if numbering.group < 0:
        return True
    group = sentence.groups[numbering.group]
    version = group.square and sentence.low(numbering.first) == "v"
    return numbering.first == group.first + 1 and not version


def _versions(
    sentence: Sentence, numberings: list[Numbering], volume: Numbering | None
) -> tuple[Numbering, ...]:
    """The release's versions, as in "Series_v12_[Group]_v2", and totals beside a volume."""
    return tuple(
        n
        for n in numberings
        if n.counts is Counts.VOLUME
        and n is not volume
        and (
            n.total
            or (len(sentence.low(n.first)) == 1 and sentence.kind(n.first - 1) is Kind.CLOSE)
        )
    )
