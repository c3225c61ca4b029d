"""Finds volume and issue numbers by their markers: "#5AU", "v02", "第10話", "Том 1-4".

`markers` reads those with the marker before the number, `counters` those with the marker after
it. `choice` decides which of them count.
"""

from __future__ import annotations

from comicmaintainer.comics.filename.counters import read_counted, read_ordinal
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.markers import Numbering, read_empty, read_hashed, read_marked
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import MARKERS, ORDINAL_PREFIXES, Counts

# The possible starts of a numbering; most words of a name are neither.
_NUMBERS = (Kind.NUMBER, Kind.HASH)
_MARKERS = MARKERS.keys() | ORDINAL_PREFIXES
# The role of a marker without a number; that of a part must come before a kind of book.
_EMPTY_ROLES = {
    Counts.VOLUME: PieceRole.VOLUME,
    Counts.ISSUE: PieceRole.ISSUE,
    Counts.PART: PieceRole.SEPARATOR,
}


def find_numberings(sentence: Sentence) -> list[Numbering]:
    """Every marked number of the name, in order.

    Claims versions of the release ("c700v2") and markers without a number ("Vol. Ch. 76").
    """
    found: list[Numbering] = []
    index = 0
    while index < sentence.size:
        numbering = None
        token = sentence.tokens[index]
        if token.owner < 0 and (token.kind in _NUMBERS or token.low in _MARKERS):
            numbering = _read(sentence, index, found[-1].last if found else -1)
        if numbering is None:
            if token.low == "v" and _is_bare_version(sentence, index):
                sentence.claim(
                    PieceRole.RELEASE, index, index + 2 + (sentence.low(index + 1) == ".")
                )
            index += 1
        else:
            index = numbering.last
            if _is_version(sentence, numbering, found):
                sentence.claim(PieceRole.RELEASE, numbering.first, numbering.last)
            elif numbering.value:
                found.append(numbering)
            else:
                sentence.claim(_EMPTY_ROLES[numbering.counts], numbering.first, numbering.last)
    return found


def _read(sentence: Sentence, index: int, previous_end: int) -> Numbering | None:
    kind = sentence.kind(index)
    if kind is Kind.NUMBER:
        return read_counted(sentence, index)
    if kind is Kind.HASH:
        return read_hashed(sentence, index)
    if sentence.low(index) in ORDINAL_PREFIXES:
        return read_ordinal(sentence, index)
    return read_marked(sentence, index, previous_end) or read_empty(sentence, index, previous_end)


def _is_version(sentence: Sentence, numbering: Numbering, found: list[Numbering]) -> bool:
    """Whether a volume is the release's version because it is glued to a chapter: "c700v2"."""
    return (
        numbering.counts is Counts.VOLUME
        and sentence.glued(numbering.first)
        and bool(found)
        and found[-1].last == numbering.first
        and found[-1].counts is Counts.ISSUE
    )


def _is_bare_version(sentence: Sentence, index: int) -> bool:
    """Whether a "v2" or "v.2" is glued to a number without a marker: "12v2"."""
    if not sentence.glued(index) or sentence.kind(index - 1) is not Kind.NUMBER:
        return False
    at = index + 1
    if sentence.low(at) == "." and sentence.glued(at):
        at += 1
    return sentence.glued(at) and sentence.kind(at) is Kind.NUMBER
