"""Finds the numbers that a marker makes a volume or an issue: "#5AU", "v02", "第10話", "Том 1-4".

Which of them counts is decided in `choice`.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.model import Role
from comicmaintainer.comics.filename.numbers import Number, read_number, read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    COUNTERS,
    MARKERS,
    OF_WORDS,
    ORDINAL_PREFIXES,
    RELEASE_WORDS,
    Counts,
    Marker,
)

HASH_MARKER = Marker(Counts.ISSUE)
# What a numbering can begin with: most words of a name are neither.
_NUMBERS = (Kind.NUMBER, Kind.HASH)
_MARKERS = MARKERS.keys() | ORDINAL_PREFIXES


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
    while index < sentence.size:
        numbering = None
        token = sentence.tokens[index]
        if token.owner < 0 and (token.kind in _NUMBERS or token.low in _MARKERS):
            end = found[-1].last if found else -1
            numbering = _before_number(sentence, index, end) or _after_number(sentence, index)
        if numbering is None:
            if _is_bare_version(sentence, index):
                sentence.claim(Role.RELEASE, index, index + 2)
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


def _is_bare_version(sentence: Sentence, index: int) -> bool:
    """Whether a "v2" is glued to a number without a marker: "12v2"."""
    return (
        sentence.low(index) == "v"
        and sentence.glued(index)
        and sentence.kind(index - 1) is Kind.NUMBER
        and sentence.glued(index + 1)
        and sentence.kind(index + 1) is Kind.NUMBER
    )


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
        is_dash = sentence.kind(at) is Kind.DASH and sentence.packed != "-"
        if is_dash and (marker.tight or sentence.glued(at)):
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
