"""Classifies the text in brackets: language, publisher, kind of book, release, scan group.

Dates and numbers in brackets have been claimed before, by `dates` and `numbering`.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.kinds import BOOK_KINDS
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.releases import is_identifier, is_release_word, runs
from comicmaintainer.comics.filename.sentence import Group, Sentence
from comicmaintainer.comics.filename.vocabulary import (
    LANGUAGES,
    MARKERS,
    PUBLISHERS,
    SCAN_GROUP_ENDINGS,
    Counts,
)


@dataclass(slots=True)
class Notes:
    """The notes in a name's brackets, collected while they are read; the first of each wins."""

    language: str | None = None
    publisher: str | None = None
    format: str | None = None
    scan_group: str | None = None


def read_notes(sentence: Sentence) -> Notes:
    """Claims the free tokens of every bracket."""
    notes = Notes()
    last_open = None
    for group in sentence.groups:
        first, last = _free_part(sentence, group)
        if first == last:
            continue
        text = sentence.prose(first, last)
        key = text.casefold().replace("-", " ")
        role = _role(sentence, group, first, last, key)
        if role is PieceRole.LANGUAGE:
            notes.language = notes.language or LANGUAGES[key]
        elif role is PieceRole.PUBLISHER:
            notes.publisher = notes.publisher or PUBLISHERS[key]
        elif role is PieceRole.FORMAT:
            notes.format = notes.format or BOOK_KINDS[key].name
        elif role is PieceRole.SCAN_GROUP:
            notes.scan_group = notes.scan_group or text
        if role is None and _names_someone(sentence, first, last):
            last_open = (first, last, text)
        else:
            sentence.claim(role or PieceRole.REMAINDER, first, last)
            last_open = None if role is PieceRole.SCAN_GROUP else last_open
    if last_open is not None and notes.scan_group is None:
        # The last bracket without another meaning is the signature of the release.
        sentence.claim(PieceRole.SCAN_GROUP, last_open[0], last_open[1])
        notes.scan_group = last_open[2]
    return notes


def _free_part(sentence: Sentence, group: Group) -> tuple[int, int]:
    """The longest free stretch inside a bracket, without the marks at its ends."""
    best = (group.first, group.first)
    first = group.first + 1
    for index in range(group.first + 1, group.inner_last + 1):
        if index < group.inner_last and sentence.free(index):
            continue
        if index - first > best[1] - best[0]:
            best = (first, index)
        first = index + 1
    first, last = best
    while first < last and sentence.kind(first) in (Kind.MARK, Kind.DASH, Kind.OPEN):
        first += 1
    closed = any(sentence.kind(at) is Kind.OPEN for at in range(first, last))
    trailing = (Kind.MARK, Kind.DASH) if closed else (Kind.MARK, Kind.DASH, Kind.CLOSE)
    while first < last and sentence.kind(last - 1) in trailing:
        last -= 1
    return first, last


def _names_someone(sentence: Sentence, first: int, last: int) -> bool:
    words = [t.text for t in sentence.tokens[first:last] if t.kind is Kind.WORD]
    return sum(map(len, words)) > 1


def _role(sentence: Sentence, group: Group, first: int, last: int, text: str) -> PieceRole | None:
    """The bracket's role, or None if only its place could decide."""
    for table, role in (
        (LANGUAGES, PieceRole.LANGUAGE),
        (PUBLISHERS, PieceRole.PUBLISHER),
        (BOOK_KINDS, PieceRole.FORMAT),
    ):
        if text in table:
            return role
    words = runs(sentence, first, last)
    if words and words[-1].endswith(SCAN_GROUP_ENDINGS) and not all(map(is_release_word, words)):
        return PieceRole.SCAN_GROUP
    if words and words[0] in MARKERS and MARKERS[words[0]].counts is Counts.PART:
        return PieceRole.REMAINDER
    leads = group.square and group.first <= sentence.first_outside
    if any(map(is_release_word, words)) and not (leads and not all(map(is_release_word, words))):
        return PieceRole.RELEASE
    written = sentence.text[sentence.tokens[first].start : sentence.tokens[last - 1].end]
    if is_identifier(written) or any(word.isdecimal() and len(word) > 4 for word in words):
        return PieceRole.IDENTIFIER
    if leads:
        return PieceRole.ORDER if text.isdecimal() else PieceRole.SCAN_GROUP
    return None
