"""Reads a number with its fraction, suffix and range: "070.5", "5AU", "½", "1-4", "c000 - c006".

What the number counts is for `numbering` and `bare` to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    COUNTERS,
    ISSUE_SUFFIXES,
    MARKERS,
    ORDINAL_SUFFIXES,
    RANGE_WORDS,
)

_RANGE_MARKS = frozenset("~〜～")


@dataclass(frozen=True, slots=True)
class Number:
    """A number or range as written; the tokens up to `last` belong to it."""

    value: str
    last: int


def read_number(sentence: Sentence, index: int, *, marked: bool = False) -> Number | None:
    """The number at `index` with its fraction and suffix; None where it is part of a word."""
    if sentence.kind(index) is not Kind.NUMBER or not sentence.free(index):
        return None
    text = sentence.tokens[index].text
    value = numerals.han(text) if text[0] in numerals.HAN_NUMERALS else numerals.plain(text)
    last = index + 1
    if sentence.low(last) in numerals.FRACTIONS:
        value += sentence.low(last)
        last += 1
    if not (sentence.glued(last) and sentence.kind(last) is Kind.WORD):
        return _dotted_suffix(sentence, value, last)
    suffix = sentence.low(last)
    if not sentence.free(last):
        return Number(value, last)
    number_follows = sentence.glued(last + 1) and sentence.kind(last + 1) is Kind.NUMBER
    if number_follows:
        # "c001-006x1": extras; "v2c6": the next number's marker.
        if suffix == "x":
            return Number(value, last + 2)
        return Number(value, last) if suffix in MARKERS else None
    if suffix in COUNTERS or (suffix in MARKERS and MARKERS[suffix].after):
        return Number(value, last)
    if suffix in ORDINAL_SUFFIXES or not (
        len(suffix) == 1 or suffix in ISSUE_SUFFIXES or (marked and len(suffix) <= 4)
    ):
        return None
    if not suffix.isascii():
        return Number(value, last) if marked or writes_without_gaps(suffix[0]) else None
    return Number(value + sentence.tokens[last].text, last + 1)


def read_range(
    sentence: Sentence,
    index: int,
    *,
    marked: bool = False,
    spaced: bool = False,
    marker: str | None = None,
) -> Number | None:
    """The number at `index`, with the end of its range where one is told.

    Numbers are joined by a dash without gaps. With gaps ("#1 – 6") a dash joins only if `spaced`
    allows it and nothing else follows, or where the marker is repeated ("c000 - c006"). An end
    that is not larger than the start ("Ch.252-005") is swallowed: it numbers a part of the
    release.
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
    repeated = marker is not None and sentence.low(at) == marker
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
    if numerals.magnitude(end.value) > numerals.magnitude(start.value):
        return Number(f"{start.value}-{end.value}", end.last)
    return Number(start.value, end.last) if tight and counter is None else start


def _closes_range(sentence: Sentence, first: int, end: int, last: int) -> bool:
    """Whether numbers with a spaced dash are a range: alike in padding, and the text ends."""
    padded = [sentence.low(at)[0] == "0" for at in (first, end)]
    alike = padded[0] or not padded[1]
    ends = sentence.closes(last) or sentence.low(last) in {"+", "&"} or not sentence.free(last)
    return alike and ends


def _dotted_suffix(sentence: Sentence, value: str, last: int) -> Number:
    """A suffix in capitals behind a dot, as in "#078.BEY"."""
    if (
        sentence.low(last) == "."
        and sentence.glued(last)
        and sentence.glued(last + 1)
        and sentence.low(last + 1) in ISSUE_SUFFIXES
        and sentence.tokens[last + 1].text.isupper()
    ):
        return Number(f"{value}.{sentence.tokens[last + 1].text}", last + 2)
    return Number(value, last)
