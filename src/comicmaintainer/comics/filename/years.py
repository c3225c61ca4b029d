"""Finds a year outside brackets, for names without one in brackets: "X 001 2014".

A number of four digits may also belong to a title, so its place decides.
"""

from __future__ import annotations

from comicmaintainer.comics.filename.kinds import BOOK_KINDS
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    ISSUE_SUFFIXES,
    MARKERS,
    OF_WORDS,
    SCAN_GROUP_ENDINGS,
    TAIL_WORDS,
    Counts,
)

FIRST_YEAR, LAST_YEAR = 1830, 2099
# Bare years are rarer than future years in titles ("2099"), so their range is narrower.
FIRST_BARE_YEAR, LAST_BARE_YEAR = 1930, 2039
LONGEST_TAIL = 12  # tokens


def is_year(text: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> bool:
    """Whether a number's text is a possible year of a comic."""
    return len(text) == 4 and text.isdecimal() and first <= int(text) <= last


def is_recent_year(text: str) -> bool:
    """Whether a number's text is a possible year outside brackets."""
    return is_year(text, FIRST_BARE_YEAR, LAST_BARE_YEAR)


def find_bare_year(sentence: Sentence, candidates: list[int]) -> tuple[int, int] | None:
    """Of the tokens that may be years outside brackets, the last in the place of a year.

    Returns the tokens `first:last` of the year, or of the two of a range ("2008-2010").
    """
    for index in reversed(candidates):
        first = index - 2 if _ends_range(sentence, index) else index
        if _is_part_of_word(sentence, first, index):
            continue
        parts = _is_boundary(sentence, index + 1)
        if (
            (parts and 0 < first < index)
            or (parts and _is_behind_number(sentence, first - 1))
            or (sentence.low(first - 1) in BOOK_KINDS and _is_before_number(sentence, index + 1))
            or _fills_field(sentence, first, index + 1)
            or (first > 0 and _begins_tail(sentence, index + 1))
        ):
            return first, index + 1
    return None


def ends_with_group(sentence: Sentence, index: int) -> bool:
    """Whether the text from `index` on ends with a scan group of two words: "Zone-Empire"."""
    last = sentence.size - 1
    return (
        index < last < index + LONGEST_TAIL
        and sentence.low(last).endswith(SCAN_GROUP_ENDINGS)
        and sentence.kind(last - 1) is Kind.DASH
        and sentence.glued(last)
    )


def _ends_range(sentence: Sentence, index: int) -> bool:
    return (
        sentence.kind(index - 1) is Kind.DASH
        and sentence.glued(index - 1)
        and sentence.glued(index)
        and is_recent_year(sentence.low(index - 2))
    )


def _is_part_of_word(sentence: Sentence, first: int, last: int) -> bool:
    """Whether letters or signs belong to the number: "#2014", "v2014", "$2000", "2000s"."""
    before, behind = sentence.kind(first - 1), sentence.kind(last + 1)
    if sentence.glued(first) and before in (Kind.WORD, Kind.HASH, Kind.MARK):
        return True
    if sentence.low(last + 1) == ",":
        return False
    return sentence.glued(last + 1) and behind in (Kind.WORD, Kind.MARK, Kind.NUMBER)


def _is_boundary(sentence: Sentence, at: int) -> bool:
    """Whether the text ends at `at`, or a number, a dash or the release follows."""
    return (
        sentence.closes(at)
        or sentence.kind(at) in (Kind.DASH, Kind.NUMBER)
        or sentence.low(at) == ","
        or sentence.low(at) in TAIL_WORDS
        or ends_with_group(sentence, at)
    )


def _is_before_number(sentence: Sentence, at: int) -> bool:
    """Whether the text ends at `at`, or a dash and a number follow: "Annual 2014 - 001"."""
    is_parted = sentence.kind(at) is Kind.DASH and sentence.kind(at + 1) is Kind.NUMBER
    return is_parted or sentence.closes(at)


def _is_behind_number(sentence: Sentence, at: int) -> bool:
    """Whether a number, perhaps with a dash after it, ends at `at`: "010 2016", "(of 4) 2025"."""
    if sentence.kind(at) is Kind.DASH or sentence.low(at) == ",":
        at -= 1
    if sentence.kind(at) is Kind.CLOSE:
        return _counts_issues(sentence, sentence.tokens[at].group)
    if sentence.kind(at) is Kind.WORD and sentence.glued(at):
        is_code = sentence.low(at) in ISSUE_SUFFIXES
        at -= 1  # "010a 2016"
        if is_code and sentence.low(at) == "." and sentence.glued(at):
            at -= 1  # "19.HU 2020"
    return sentence.kind(at) is Kind.NUMBER and at > 0


def _counts_issues(sentence: Sentence, group: int) -> bool:
    """Whether a bracket begins with "of 4" or "2 of 4"."""
    at = sentence.groups[group].first + 1 if group >= 0 else sentence.size
    return sentence.low(at) in OF_WORDS or sentence.low(at + 1) in OF_WORDS


def _fills_field(sentence: Sentence, first: int, last: int) -> bool:
    """Whether spaced dashes separate the year: "T01 - 1961 - Title", "1999 - X"."""
    if sentence.kind(last) is not Kind.DASH or sentence.glued(last) or sentence.glued(last + 1):
        return False
    marker = MARKERS.get(sentence.low(last + 1))
    if first == 0:
        return marker is None and sentence.kind(last + 1) is Kind.WORD
    if marker is not None and marker.counts is Counts.ISSUE:
        return False  # "B.P.R.D. - 1946 - Chapter 1"
    return sentence.kind(first - 1) is Kind.DASH and not sentence.glued(first)


def _begins_tail(sentence: Sentence, index: int) -> bool:
    """Whether at least one word about the release follows, and nothing else: "X 2008 Digital"."""
    at = index
    while at < index + LONGEST_TAIL and sentence.low(at) in TAIL_WORDS:
        at += 1
    return at > index and (sentence.closes(at) or ends_with_group(sentence, at))
