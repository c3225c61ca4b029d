"""Classifies the text of a chapter's name in a series folder, as downloaders store chapters.

Mihon writes "Group_Ch.12", mangal "[0012]_Name", others only a chapter's name. None of them
repeats the series, which is the folder's name.
"""

from __future__ import annotations

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.releases import ID_LENGTH
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import CHAPTER_WORDS, MARKERS, Counts

Piece = tuple[PieceRole, int, int]
"""The role of the tokens from the first index to before the second."""


def is_same_series(one: str | None, other: str | None) -> bool:
    """Whether two texts have the same letters and digits, ignoring a leading "The"."""
    return one is not None and other is not None and _key(one) == _key(other)


def split_text(
    sentence: Sentence, first: int, last: int, leading: Numbering | None, series: str
) -> list[Piece]:
    """The roles of the first text of a name, or of its parts, in a folder of `series`."""
    if is_same_series(sentence.prose(first, last), series):
        return [(PieceRole.SERIES, first, last)]
    if _is_ordered(sentence, first) or (leading is not None and leading.last <= first):
        return [(PieceRole.TITLE, first, last)]
    group_end = _group_end(sentence, first, last)
    if group_end is not None:
        group = (PieceRole.SCAN_GROUP, first, group_end)
        return [group] if group_end == last else [group, (PieceRole.TITLE, group_end, last)]
    if not _names_chapter(sentence, first, last):
        return [(PieceRole.SERIES, first, last)]
    dash = next((at for at in range(first, last) if sentence.kind(at) is Kind.DASH), first)
    if first < dash and is_same_series(sentence.prose(first, dash), series):
        return [(PieceRole.SERIES, first, dash), (PieceRole.TITLE, dash + 1, last)]
    return [(PieceRole.TITLE, first, last)]


def _key(series: str) -> str:
    return "".join(filter(str.isalnum, series.casefold())).removeprefix("the")


def _is_ordered(sentence: Sentence, first: int) -> bool:
    """Whether a bracket with the reading order comes before it: "[0012]_Name"."""
    return (
        first > 2
        and sentence.kind(first - 1) is Kind.CLOSE
        and sentence.role(first - 2) is PieceRole.ORDER
    )


def _group_end(sentence: Sentence, first: int, last: int) -> int | None:
    """The end of a scan group before a lone underscore and a chapter: "Scans!_Ch.2".

    If other underscores are spaces, the text is a series ("Some_Manga_v01_ch02").
    """
    text = sentence.text
    at = text.find("_", sentence.tokens[first].start)
    if at < 0 or _underscores_are_spaces(sentence, at + 1):
        return None
    end = next((index for index in range(first, last) if sentence.tokens[index].start > at), last)
    if end == first or end >= sentence.size or sentence.tokens[end].start != at + 1:
        return None
    if end < last:
        return end if sentence.low(end) in CHAPTER_WORDS else None
    if sentence.kind(end) is not Kind.WORD:
        return None
    later = range(end, sentence.size)
    return end if any(sentence.role(index) is PieceRole.ISSUE for index in later) else None


def _underscores_are_spaces(sentence: Sentence, start: int) -> bool:
    """Whether an underscore after `start` replaces a space; one may also precede an id."""
    text = sentence.text
    stop = len(text)
    if sentence.size and sentence.role(sentence.size - 1) is PieceRole.IDENTIFIER:
        stop -= ID_LENGTH + 1
    at = text.find("_", start, stop)
    while at >= 0:
        if text[at + 1 : at + 2].isalnum():
            return True
        at = text.find("_", at + 1, stop)
    return False


def _names_chapter(sentence: Sentence, first: int, last: int) -> bool:
    """Whether a name without a number is that of a chapter: "Ex - Bonus Chapter", "Prologue"."""
    words = [token.low for token in sentence.tokens[first:last] if token.kind is Kind.WORD]
    if not words:
        return False
    marker = MARKERS.get(words[-1])
    is_marked = marker is not None and marker.counts is Counts.ISSUE and not marker.tight
    ends = {words[0], words[-1], "".join(words[:2]), "".join(words[-2:])}
    if not is_marked and ends.isdisjoint(CHAPTER_WORDS):
        return False
    return not any(
        token.kind is Kind.NUMBER and sentence.role(index) is not PieceRole.IDENTIFIER
        for index, token in enumerate(sentence.tokens)
    )
