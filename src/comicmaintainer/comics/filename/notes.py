"""Tells what each bracket says: language, publisher, kind of book, release, scan group.

Dates and numbers in brackets are found before, by `dates` and `numbering`; what they claimed is
left alone here.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.model import Role
from comicmaintainer.comics.filename.sentence import Group, Sentence
from comicmaintainer.comics.filename.vocabulary import (
    FORMATS,
    LANGUAGES,
    LOOSE_RELEASE_WORDS,
    PUBLISHERS,
    RELEASE_WORDS,
    SCAN_GROUP_ENDINGS,
)

LONGEST_RUN = 3
"""Tokens of the longest run that is a release word: c, 2, c."""


@dataclass(slots=True)
class Notes:
    """What the brackets of one name say; collected while they are read, first one wins."""

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
        if role is Role.LANGUAGE:
            notes.language = notes.language or LANGUAGES[key]
        elif role is Role.PUBLISHER:
            notes.publisher = notes.publisher or PUBLISHERS[key]
        elif role is Role.FORMAT:
            notes.format = notes.format or FORMATS[key][0]
        elif role is Role.SCAN_GROUP:
            notes.scan_group = notes.scan_group or text
        if role is None and _names_someone(sentence, first, last):
            last_open = (first, last, text)
        else:
            sentence.claim(role or Role.REMAINDER, first, last)
            last_open = None if role is Role.SCAN_GROUP else last_open
    if last_open is not None and notes.scan_group is None:
        # Releases are signed at the end: the last bracket that says nothing else.
        sentence.claim(Role.SCAN_GROUP, last_open[0], last_open[1])
        notes.scan_group = last_open[2]
    return notes


def claim_release_runs(sentence: Sentence) -> None:
    """Claims runs like "c2c" and "2048px", before their digits are taken for numbers.

    Outside brackets only those that no title has.
    """
    for index, token in enumerate(sentence.tokens):
        if token.kind is not Kind.NUMBER:
            continue
        first, last = index, index + 1
        if sentence.glued(first) and sentence.kind(first - 1) is Kind.WORD:
            first -= 1
        while sentence.glued(last) and sentence.kind(last) in (Kind.WORD, Kind.NUMBER):
            last += 1
            if last - first > LONGEST_RUN:
                break
        run = runs(sentence, first, last)[0]
        bracketed = token.group >= 0
        if last - first > 1 and (
            run in LOOSE_RELEASE_WORDS or (bracketed and is_release_word(run))
        ):
            sentence.claim(Role.RELEASE, first, last)


def runs(sentence: Sentence, first: int, last: int) -> list[str]:
    """The tokens joined where no gap or mark parts them: "c2c", "2048px"."""
    joined: list[str] = []
    for index in range(first, last):
        token = sentence.tokens[index]
        if token.kind not in (Kind.WORD, Kind.NUMBER):
            continue
        previous = sentence.kind(index - 1)
        if index > first and not token.gap and previous in (Kind.WORD, Kind.NUMBER):
            joined[-1] += token.low
        else:
            joined.append(token.low)
    return joined


def is_release_word(run: str) -> bool:
    """Whether a run tells how a file was made; "2048px" and "1080p" do."""
    return run in RELEASE_WORDS or (run.rstrip("px").isdecimal() and run[-1] in "px")


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


def _role(sentence: Sentence, group: Group, first: int, last: int, text: str) -> Role | None:
    """The bracket's role, or None where only its place could tell."""
    for table, role in (
        (LANGUAGES, Role.LANGUAGE),
        (PUBLISHERS, Role.PUBLISHER),
        (FORMATS, Role.FORMAT),
    ):
        if text in table:
            return role
    words = runs(sentence, first, last)
    if words and words[-1].endswith(SCAN_GROUP_ENDINGS) and words[-1] not in RELEASE_WORDS:
        return Role.SCAN_GROUP
    leads = group.square and group.first <= sentence.first_outside
    if any(map(is_release_word, words)) and not (leads and not all(map(is_release_word, words))):
        return Role.RELEASE
    if any(word.isdecimal() and len(word) > 4 for word in words):
        return Role.IDENTIFIER
    if leads:
        return Role.SCAN_GROUP
    return None
