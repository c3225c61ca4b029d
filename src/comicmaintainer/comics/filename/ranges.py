"""Reads ranges of numbers: "1-4", "#1 – 6", "c000 - c006", "1巻-3巻"."""

from __future__ import annotations

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.numbers import EXTRA, Number, is_padded, read_number
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import COUNTERS, ORDINAL_PREFIXES, RANGE_WORDS
from comicmaintainer.comics.filename.years import is_recent_year

_RANGE_MARKS = frozenset("~〜～")


def read_range(
    sentence: Sentence,
    index: int,
    *,
    marked: bool = False,
    spaced: bool = False,
    marker: str | None = None,
) -> Number | None:
    """The number at `index`, with the end of its range if it has one.

    A dash without gaps joins two numbers. A dash with gaps ("#1 – 6") joins them only if `spaced`
    allows it and nothing else follows, or if the marker is repeated ("c000 - c006"). An end that
    is not larger than the start ("Ch.252-005") is skipped: it numbers a part of the release. A
    year is not an end ("001 - 2014").
    """
    start = read_number(sentence, index, marked=marked)
    if start is None:
        return None
    at = start.last
    if sentence.packed == "-" and not marked:
        return start
    counter = sentence.low(at) if sentence.low(at) in COUNTERS else None
    if counter is not None:
        at += 1
    worded = marked and sentence.low(at) in RANGE_WORDS
    if not worded and sentence.kind(at) is not Kind.DASH and sentence.low(at) not in _RANGE_MARKS:
        return start
    tight = worded or (sentence.glued(at) and sentence.glued(at + 1))
    at += 1
    repeated = sentence.low(at) == marker or sentence.low(at) in ORDINAL_PREFIXES
    if repeated:
        at += 1
        if sentence.low(at) == ".":
            at += 1
    end = read_number(sentence, at, marked=marked)
    if end is None or not (
        tight or repeated or (spaced and _closes_range(sentence, index, at, end.last))
    ):
        return start
    if counter is not None and sentence.low(end.last) != counter:
        return start
    size = numerals.magnitude(start.value)
    if size < 1000 and is_recent_year(sentence.low(at)):
        return start
    if numerals.magnitude(end.value) > size:
        return Number(f"{_whole(start.value)}-{_whole(end.value)}", end.last)
    if sentence.packed == "-" and len(sentence.low(at)) == 1 and "." not in start.value:
        return Number(f"{start.value}.{end.value}", end.last)  # "chapter-12-5"
    return Number(start.value, end.last) if tight and counter is None else start


def _whole(value: str) -> str:
    """The end of a range without its extra: "c001-006x1" contains the chapters 1 to 6."""
    return value.partition(EXTRA)[0]


def _closes_range(sentence: Sentence, first: int, end: int, last: int) -> bool:
    """Whether numbers with a spaced dash are a range: padded alike, at the end of the text."""
    start_text, end_text = sentence.low(first), sentence.low(end)
    if is_padded(start_text) or is_padded(end_text):
        alike = len(start_text) == len(end_text)
    else:
        alike = True
    ends = sentence.closes(last) or sentence.low(last) in {"+", "&"} or not sentence.free(last)
    return alike and ends
