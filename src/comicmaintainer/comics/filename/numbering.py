"""Reads the numbers that a marker makes a volume or an issue: "#5AU", "v02", "第10話", "Том 1-4".

Which of them counts is decided in `choice`; here each is only read, with its range and suffix.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.model import Role
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    COUNTERS,
    ISSUE_SUFFIXES,
    MARKERS,
    OF_WORDS,
    ORDINAL_PREFIXES,
    ORDINAL_SUFFIXES,
    RANGE_WORDS,
    RELEASE_WORDS,
    Counts,
    Marker,
)

HASH_MARKER = Marker(Counts.ISSUE)
_RANGE_MARKS = frozenset("~〜～")


@dataclass(frozen=True, slots=True)
class Number:
    """A number or range as written; the tokens up to `last` belong to it."""

    value: str
    last: int


@dataclass(frozen=True, slots=True)
class Numbering:
    """A number and what it counts: tokens `first:last`, the number itself at `at`."""

    counts: Counts
    first: int
    at: int
    last: int
    value: str
    weak: bool = False
    hashed: bool = False
    group: int = -1


def find_numberings(sentence: Sentence) -> list[Numbering]:
    """Every marked number of the name, in order; claims versions of the release ("c700v2")."""
    found: list[Numbering] = []
    index = 0
    while index < len(sentence.tokens):
        numbering = None
        if sentence.free(index):
            end = found[-1].last if found else -1
            numbering = _before_number(sentence, index, end) or _after_number(sentence, index)
        if numbering is None:
            index += 1
        else:
            index = numbering.last
            if _is_version(sentence, numbering, found):
                sentence.claim(Role.RELEASE, numbering.first, numbering.last)
            else:
                found.append(numbering)
    return found


def _is_version(sentence: Sentence, numbering: Numbering, found: list[Numbering]) -> bool:
    """Whether a volume is the release's version, being glued to a chapter: "c700v2"."""
    return (
        numbering.counts is Counts.VOLUME
        and sentence.glued(numbering.first)
        and bool(found)
        and found[-1].last == numbering.first
        and found[-1].counts is Counts.ISSUE
    )


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
    number_follows = sentence.glued(last + 1) and sentence.kind(last + 1) is Kind.NUMBER
    if number_follows:
        # "c001-006x1": extras; "v2c6": the next number's marker.
        if suffix == "x":
            return Number(value, last + 2)
        return Number(value, last) if suffix in MARKERS else None
    if suffix in COUNTERS or suffix in MARKERS:
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
    return alike and (sentence.closes(last) or sentence.low(last) in {"+", "&"})


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


def _before_number(sentence: Sentence, index: int, previous_end: int) -> Numbering | None:
    """A numbering whose marker stands before the number."""
    if sentence.kind(index) is Kind.HASH:
        return _hashed(sentence, index)
    if sentence.kind(index) is not Kind.WORD:
        return None
    if sentence.low(index) in ORDINAL_PREFIXES:
        return _ordinal(sentence, index)
    marker = MARKERS.get(sentence.low(index))
    if marker is None or not _word_starts(sentence, index, previous_end):
        return None
    return _marked(sentence, index, marker, follows=index == previous_end)


def _marked(sentence: Sentence, index: int, marker: Marker, *, follows: bool) -> Numbering | None:
    word = sentence.low(index)
    at = index + 1
    pointed = sentence.low(at) in {".", ":"} and sentence.glued(at)
    if pointed:
        at += 1
    if sentence.kind(at) in (Kind.HASH, Kind.DASH) and not (marker.tight and pointed):
        # "c #6", "vol_-_3"; but a dash after a single letter is a dash.
        if sentence.kind(at) is Kind.DASH and (marker.tight or sentence.glued(at)):
            return None
        at += 1
    elif marker.tight and not (pointed or sentence.glued(at) or (follows and len(word) > 1)):
        # "No 12" is an issue only right behind a volume.
        return None
    # A range repeats its marker, or does without.
    spaced = marker.counts is Counts.ISSUE
    number = read_range(sentence, at, marked=True, spaced=spaced, marker=word)
    if number is None and not marker.tight and sentence.kind(at) is Kind.WORD:
        value = numerals.spelled(sentence.tokens[at].text)
        if value is not None and not sentence.glued(at + 1):
            number = Number(value, at + 1)
    if number is None or (word == "t" and numerals.magnitude(number.value) > 999):
        return None
    counts = marker.counts
    if counts is Counts.VOLUME and not _is_volume(number.value):
        return None
    group = sentence.tokens[index].group
    return Numbering(counts, index, at, number.last, number.value, marker.weak, group=group)


def _is_volume(value: str) -> bool:
    return all(char.isdecimal() or char in ".-½" for char in value)


def _word_starts(sentence: Sentence, index: int, previous_end: int) -> bool:
    """Whether the word is not the tail of another: "v2c6" has a chapter, "7c5" has not."""
    if not sentence.glued(index) or index == previous_end:
        return True
    before = sentence.tokens[index - 1]
    return before.kind is not Kind.NUMBER and (
        before.kind is not Kind.WORD or writes_without_gaps(before.text[-1])
    )


def _hashed(sentence: Sentence, index: int) -> Numbering | None:
    """ "#12", "#B01", "#-1", "#½"."""
    at = index + 1
    prefix = ""
    if sentence.kind(at) is Kind.DASH and sentence.glued(at):
        prefix, at = "-", at + 1
    elif (
        sentence.kind(at) is Kind.WORD
        and sentence.glued(at)
        and sentence.glued(at + 1)
        and len(sentence.tokens[at].text) <= 3
    ):
        prefix, at = sentence.tokens[at].text, at + 1
    number = (
        read_number(sentence, at, marked=True)
        if prefix
        else read_range(sentence, at, marked=True, spaced=True, marker=sentence.low(index))
    )
    if number is None:
        return None
    # The letter before a number keeps its zeros: "B01" is not "B1".
    value = prefix + (sentence.tokens[at].text if prefix.isalpha() else number.value)
    return Numbering(
        Counts.ISSUE, index, at, number.last, value, hashed=True, group=sentence.tokens[index].group
    )


def _ordinal(sentence: Sentence, index: int) -> Numbering | None:
    """ "第10話", "제6권"; without a counter it is an issue."""
    number = read_range(sentence, index + 1)
    if number is None:
        return None
    counts = COUNTERS.get(sentence.low(number.last))
    if counts is None and not sentence.glued(index + 1):
        return None
    last = number.last if counts is None else number.last + 1
    group = sentence.tokens[index].group
    return Numbering(counts or Counts.ISSUE, index, index + 1, last, number.value, group=group)


def _after_number(sentence: Sentence, index: int) -> Numbering | None:
    """A numbering whose marker stands behind the number."""
    if sentence.kind(index) is not Kind.NUMBER or (
        sentence.glued(index)
        and sentence.kind(index - 1) is Kind.WORD
        and not writes_without_gaps(sentence.tokens[index - 1].text[-1])
    ):
        return None
    number = read_range(sentence, index)
    if number is None:
        return None
    at = number.last
    word = sentence.low(at)
    group = sentence.tokens[index].group
    counts = COUNTERS.get(word) if sentence.glued(at) else None
    marker = MARKERS.get(word)
    if counts is None and marker is not None and marker.after:
        leads = sentence.kind(at + 1) is Kind.NUMBER and not sentence.glued(at)
        counts = None if leads else marker.counts
    if counts is not None:
        return Numbering(counts, index, index, at + 1, number.value, group=group)
    count = issue_count(sentence, at)
    if count is None:
        return None
    return Numbering(Counts.ISSUE, index, index, at, number.value, group=group)


def issue_count(sentence: Sentence, index: int) -> Number | None:
    """The M of "N of M" and "N (of M)", read from the "of"; not "03 of 04 covers"."""
    at = index
    if sentence.kind(at) is Kind.OPEN:
        at += 1
    if sentence.low(at) not in OF_WORDS and sentence.low(at) != "/":
        return None
    number = read_number(sentence, at + 1)
    if number is None or sentence.low(number.last) in RELEASE_WORDS:
        return None
    if sentence.kind(index) is Kind.OPEN and sentence.kind(number.last) is Kind.CLOSE:
        return Number(number.value, number.last + 1)
    return number
