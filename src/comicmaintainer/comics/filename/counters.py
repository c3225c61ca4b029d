"""Reads a number with its marker after it: "第10話", "12. Band", "3 of 6"; also totals."""

from __future__ import annotations

from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.numbers import Number, read_number
from comicmaintainer.comics.filename.ranges import read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    COUNTERS,
    MARKERS,
    NO_TOTAL_BEHIND,
    OF_WORDS,
    RELEASE_WORDS,
    TOTAL_PREFIXES,
    Counts,
)


def read_ordinal(sentence: Sentence, index: int) -> Numbering | None:
    """ "第10話", "제6권", "全31巻"; without a counter it is an issue."""
    number = read_range(sentence, index + 1)
    if number is None:
        return None
    counts = COUNTERS.get(sentence.low(number.last))
    total = sentence.low(index) in TOTAL_PREFIXES
    if total and (counts is None or not _begins_total(sentence, index)):
        return None
    if counts is None and not sentence.glued(index + 1):
        return None
    last = number.last if counts is None else number.last + 1
    value = number.value
    if total and value.isdecimal() and int(value[:9]) > 1:
        value = f"1-{value}"
    group = sentence.tokens[index].group
    counts = counts or Counts.ISSUE
    return Numbering(counts, index, index + 1, last, value, total=total, group=group)


def read_counted(sentence: Sentence, index: int) -> Numbering | None:
    """ "10話", "7Том", "12. Band", "3 of 6", "2of5"."""
    if (
        sentence.glued(index)
        and sentence.kind(index - 1) is Kind.WORD
        and not writes_without_gaps(sentence.tokens[index - 1].text[-1])
    ):
        return None
    number = read_range(sentence, index)
    if number is None:
        return None
    at = number.last
    group = sentence.tokens[index].group
    counts = COUNTERS.get(sentence.low(at)) if sentence.glued(at) else None
    if counts is None:
        counts, at = _marker_behind(sentence, at)
    if counts is not None:
        return Numbering(counts, index, index, at + 1, number.value, group=group)
    if issue_count(sentence, number.last) is None:
        return None
    return Numbering(Counts.ISSUE, index, index, number.last, number.value, group=group)


def issue_count(sentence: Sentence, index: int) -> Number | None:
    """The M of "N of M" and "N (of M)", read from the "of"; not "03 of 04 covers"."""
    at = index
    if sentence.kind(at) is Kind.OPEN or _is_joint(sentence, at):
        at += 1
    if sentence.low(at) not in OF_WORDS and sentence.low(at) != "/":
        return None
    at += 1
    if sentence.kind(at) is Kind.HASH or _is_joint(sentence, at):
        at += 1
    number = read_number(sentence, at)
    if number is None or sentence.low(number.last) in RELEASE_WORDS:
        return None
    if sentence.kind(index) is Kind.OPEN and sentence.kind(number.last) is Kind.CLOSE:
        return Number(number.value, number.last + 1)
    return number


def _is_joint(sentence: Sentence, index: int) -> bool:
    """Whether a dash replaces a space: "3-of-5"."""
    return sentence.kind(index) is Kind.DASH and sentence.glued(index) and sentence.glued(index + 1)


def _marker_behind(sentence: Sentence, at: int) -> tuple[Counts | None, int]:
    """What the word at `at` counts, and its index; a Latin word needs a full stop before it."""
    if sentence.low(at) == "." and sentence.glued(at) and not sentence.glued(at + 1):
        at += 1
        marker = MARKERS.get(sentence.low(at))
    else:
        marker = MARKERS.get(sentence.low(at))
        if marker is not None and marker.after and sentence.low(at) < "\u0370":
            return None, at
    if marker is None or not marker.after:
        return None, at
    leads = sentence.kind(at + 1) is Kind.NUMBER and not sentence.glued(at)
    return (None if leads else marker.counts), at


def _begins_total(sentence: Sentence, index: int) -> bool:
    """Whether a total's sign is not the end of another word: "完全3巻", "大全 10巻"."""
    start = sentence.tokens[index].start
    return not (sentence.glued(index) and sentence.text[start - 1] in NO_TOTAL_BEHIND)
