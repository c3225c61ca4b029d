"""Reads a number with its marker before it: "v02", "Chapter 1-10", "No. 8", "#5AU"."""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.kinds import BOOK_KIND_STARTS
from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.numbers import Number, is_padded, read_number
from comicmaintainer.comics.filename.ranges import read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    EMPTY_VALUES,
    MARKERS,
    Counts,
    Marker,
)

LONGEST_PREFIX = 3  # letters
LARGEST_TOME = 999
LONGEST_SPACED_VOLUME = 2  # digits
# Markers that downloaders write even without a number.
_MAY_BE_EMPTY = frozenset(["vol", "vols", "volume", "ch", "chap", "chapter"])
_EMPTY_ALONE = frozenset({"vol", "volume"})
_DENIALS = EMPTY_VALUES | {"no"}


@dataclass(frozen=True, slots=True)
class Numbering:
    """A number and what it counts: tokens `first:last`, the number itself at `at`.

    `total`: it is the total count ("全31巻"), so its value is the range of all.
    """

    counts: Counts
    first: int
    at: int
    last: int
    value: str
    weak: bool = False
    hashed: bool = False
    total: bool = False
    group: int = -1


def read_marked(sentence: Sentence, index: int, previous_end: int) -> Numbering | None:
    """The numbering that begins at `index`; `previous_end` is the end of the previous one."""
    word = sentence.low(index)
    marker = MARKERS.get(word)
    if marker is None or not _begins_word(sentence, index, previous_end):
        return None
    at = _number_start(sentence, index, marker, follows=index == previous_end)
    if at is None:
        return None
    # A range may repeat its marker.
    spaced = marker.counts is Counts.ISSUE
    number = read_range(sentence, at, marked=True, spaced=spaced, marker=word)
    if number is None and not marker.tight and sentence.kind(at) is Kind.WORD:
        number = _read_word(sentence, at, marker)
    if number is None or (word == "t" and numerals.magnitude(number.value) > LARGEST_TOME):
        return None
    if marker.counts is Counts.VOLUME and not _is_volume(number.value):
        return None
    value = _without_zeros(number.value)
    if marker.counts is Counts.ISSUE and _is_negative(sentence, at - 1):
        value = f"-{value}"
    group = sentence.tokens[index].group
    return Numbering(marker.counts, index, at, number.last, value, marker.weak, group=group)


def read_hashed(sentence: Sentence, index: int) -> Numbering | None:
    """ "#12", "#B01", "#-1", "#½"."""
    at = index + 1
    prefix = ""
    if sentence.kind(at) is Kind.DASH and sentence.glued(at):
        prefix, at = "-", at + 1
    elif (
        sentence.kind(at) is Kind.WORD
        and sentence.glued(at)
        and sentence.glued(at + 1)
        and len(sentence.tokens[at].text) <= LONGEST_PREFIX
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
    value = sentence.tokens[at].text if prefix.isalpha() else _without_zeros(number.value)
    value = prefix + value
    return Numbering(
        Counts.ISSUE, index, at, number.last, value, hashed=True, group=sentence.tokens[index].group
    )


def read_empty(sentence: Sentence, index: int, previous_end: int) -> Numbering | None:
    """A marker without a number, or with an empty value: "Vol. Ch. 76", "Vol.TBD", "No Volume"."""
    word = sentence.low(index)
    if word == "issue":
        return _before_kind(sentence, index)
    if word not in _MAY_BE_EMPTY or sentence.glued(index):
        return None
    first, last = index, index + 1
    pointed = sentence.low(last) == "." and sentence.glued(last)
    if pointed:
        last += 1
    begins = _begins_text(sentence, index) or index == previous_end
    if sentence.low(index - 1) in _DENIALS and _begins_text(sentence, index - 1):
        first -= 1
    elif sentence.low(last) in EMPTY_VALUES:
        last += 1
    elif sentence.low(last) in _MAY_BE_EMPTY:
        if not pointed and word not in _EMPTY_ALONE:
            return None
    elif not (pointed and begins):
        return None
    behind = sentence.kind(last)
    if behind in (Kind.WORD, Kind.NUMBER) and sentence.low(last) not in MARKERS:
        return None
    return Numbering(
        MARKERS[word].counts, first, first, last, "", group=sentence.tokens[index].group
    )


def _before_kind(sentence: Sentence, index: int) -> Numbering | None:
    """The word "Issue" in names like "Issue #Annual 2" or "Issue TPB 1", which a site writes."""
    last = index + 1
    if sentence.kind(last) is Kind.HASH:
        last += 1
    if sentence.low(last) not in BOOK_KIND_STARTS or not _begins_text(sentence, index):
        return None
    group = sentence.tokens[index].group
    return Numbering(Counts.PART, index, index, last, "", group=group)


def _read_word(sentence: Sentence, at: int, marker: Marker) -> Number | None:
    """A number in words, or one with letters before it: "Book Two", "Chapter S01"."""
    text = sentence.tokens[at].text
    if not sentence.glued(at + 1):
        value = numerals.spelled(text)
        return None if value is None else Number(value, at + 1)
    number = sentence.kind(at + 1) is Kind.NUMBER and marker.counts is Counts.ISSUE
    if number and text.isupper() and len(text) <= LONGEST_PREFIX and sentence.free(at + 1):
        return Number(text + sentence.tokens[at + 1].text, at + 2)
    return None


def _number_start(sentence: Sentence, index: int, marker: Marker, *, follows: bool) -> int | None:
    """Where the number of the marker at `index` begins, None if it can't have one.

    `follows`: it comes right after another numbering.
    """
    at = index + 1
    pointed = sentence.low(at) in {".", ":"} and sentence.glued(at)
    if pointed:
        at += 1
    if sentence.kind(at) in (Kind.HASH, Kind.DASH) and not (marker.tight and pointed):
        if sentence.kind(at) is Kind.HASH and _ends_series(sentence, index, marker):
            return None
        # "c #6", "vol_-_3"; but a dash after a single letter is a dash.
        is_dash = sentence.kind(at) is Kind.DASH and sentence.packed != "-"
        if is_dash and (
            marker.tight or _is_noun(marker) or (sentence.glued(at) and not sentence.gapless)
        ):
            return None
        return at + 1
    if not marker.tight or pointed or sentence.glued(at):
        return at
    text = sentence.low(at)
    if len(sentence.low(index)) == 1:
        return at if _is_spaced_volume(sentence, index) else None
    if marker.counts is Counts.ISSUE:
        # "No 12" is an issue right after a volume, "No 012" everywhere.
        return at if follows or (marker.weak and is_padded(text)) else None
    return at if sentence.tokens[index].text.isupper() else None  # "INT 1"


def _ends_series(sentence: Sentence, index: int, marker: Marker) -> bool:
    """Whether a marker before "#" belongs to the series: "World War V #3", "Jungle Book #3"."""
    if sentence.glued(index + 1):
        return False
    if len(sentence.low(index)) == 1:
        return not sentence.glued(index)  # but "v3/c #6"
    return _is_noun(marker) or marker.counts is Counts.PART


def _is_noun(marker: Marker) -> bool:
    """Whether a volume's marker is a common word of titles: "Book", "Season"."""
    return marker.counts is Counts.VOLUME and marker.weak


def _is_spaced_volume(sentence: Sentence, index: int) -> bool:
    """Whether a single "V" is a volume and not a word: there is another number beside its own.

    "News V 3 1222" and "News 1222b V 3" have a volume 3, "World Strife V 003" has none.
    """
    if sentence.tokens[index].text != "V" or sentence.kind(index + 1) is not Kind.NUMBER:
        return False
    text = sentence.low(index + 1)
    if not text.isdecimal() or is_padded(text) or len(text) > LONGEST_SPACED_VOLUME:
        return False
    before = index - 1
    if sentence.kind(before) is Kind.WORD and sentence.glued(before):
        before -= 1
    if before > 0 and sentence.kind(before) is Kind.NUMBER:
        return sentence.closes(index + 2)
    behind = index + 2 + (sentence.kind(index + 2) is Kind.HASH)
    return (
        sentence.kind(behind) is Kind.NUMBER
        and not sentence.glued(index + 2)
        and not is_padded(sentence.low(behind))
    )


def _begins_word(sentence: Sentence, index: int, previous_end: int) -> bool:
    """Whether the word is not the end of another: "v2c6" has a chapter, "7c5" has none.

    Nor may it be the last of several initials: "U.S. 3".
    """
    if not sentence.glued(index) or index == previous_end:
        return True
    before = sentence.tokens[index - 1]
    if before.text == "." and len(sentence.low(index)) == len(sentence.low(index - 2)) == 1:
        return False
    return before.kind is not Kind.NUMBER and (
        before.kind is not Kind.WORD or writes_without_gaps(before.text[-1])
    )


def _begins_text(sentence: Sentence, index: int) -> bool:
    """Whether only a bracket comes before: the token begins the name or its text."""
    return index >= 0 and (index == 0 or sentence.kind(index - 1) in (Kind.CLOSE, Kind.OPEN))


def _is_negative(sentence: Sentence, index: int) -> bool:
    """Whether the token is a minus: "Issue -1", not "Issue - 1" or "issue-1"."""
    return sentence.low(index) == "-" and not sentence.glued(index) and sentence.glued(index + 1)


def _without_zeros(value: str) -> str:
    """The number without decimals that are all zero: "12.00"."""
    whole, _, decimals = value.partition(".")
    return whole if decimals and not decimals.strip("0") else value


def _is_volume(value: str) -> bool:
    return all(char.isdecimal() or char in ".-½" for char in value)
