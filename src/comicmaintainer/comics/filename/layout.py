"""Finds series and title: the text that is left between the numbers, dates and brackets.

The series is the first stretch of text before any numbering; a leading reading-order number does
not end it. The title is the next stretch.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.model import Role
from comicmaintainer.comics.filename.notes import is_release_word, runs
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    FORMAT_STARTS,
    FORMATS,
    LEADING_TAGS,
    LOOSE_RELEASE_WORDS,
    SCAN_GROUP_ENDINGS,
)

_MAY_END = frozenset('!?.…"”*%$^～〜~')
_MAY_BEGIN = frozenset('"“$¡¿*.…+&')
_LONGEST_PHRASE = 4


@dataclass(slots=True)
class Layout:
    """Texts of one name, filled in while its stretches are read."""

    series: str | None = None
    title: str | None = None
    format: str | None = None
    language: str | None = None
    scan_group: str | None = None
    remainder: str | None = None


def lay_out(sentence: Sentence, *, after: int) -> Layout:
    """Claims every stretch of text that no rule before has claimed.

    `after` is the end of a leading number, which a series may follow.
    """
    layout = Layout()
    left: list[str] = []
    numbered_from = _first_numbering(sentence, after)
    for first, last in _stretches(sentence):
        numbered = first > numbered_from
        if layout.series is None and not numbered:
            first = _skip_leading_tag(sentence, first, last, layout)
            last = _drop_tail(sentence, first, last, layout, whole=False)
            first, last = _trimmed(sentence, first, last)
            if first < last:
                sentence.claim(Role.SERIES, first, last)
                layout.series = _unwrapped(sentence.prose(first, last))
                _note_format(sentence, first, last, layout)
            continue
        last = _drop_tail(sentence, first, last, layout, whole=True)
        first, last = _trimmed(sentence, first, last)
        if first == last:
            continue
        if layout.title is None and numbered and _has_word(sentence, first, last):
            sentence.claim(Role.TITLE, first, last)
            layout.title = sentence.prose(first, last)
        else:
            sentence.claim(Role.REMAINDER, first, last)
            left.append(sentence.prose(first, last))
    layout.remainder = " ".join(left) or None
    return layout


def _stretches(sentence: Sentence) -> list[tuple[int, int]]:
    """Trimmed, non-empty runs of free tokens outside brackets."""
    found: list[tuple[int, int]] = []
    first = 0
    for index in range(len(sentence.tokens) + 1):
        if (
            index < len(sentence.tokens)
            and sentence.free(index)
            and sentence.tokens[index].group < 0
        ):
            continue
        if first < index:
            stretch = _trimmed(sentence, first, index)
            if stretch[0] < stretch[1]:
                found.append(stretch)
        first = index + 1
    return found


def _trimmed(sentence: Sentence, first: int, last: int) -> tuple[int, int]:
    """Without separators at the ends; empty where nothing but marks is left."""
    while first < last and not _is_text(sentence, first, _MAY_BEGIN):
        first += 1
    while first < last and not _is_text(sentence, last - 1, _MAY_END):
        last -= 1
    has_text = any(token.kind in (Kind.WORD, Kind.NUMBER) for token in sentence.tokens[first:last])
    return (first, last) if has_text else (first, first)


def _is_text(sentence: Sentence, index: int, marks: frozenset[str]) -> bool:
    kind = sentence.kind(index)
    if kind is Kind.MARK and sentence.low(index) in marks:
        if sentence.low(index) == sentence.packed:
            return False
        if marks is _MAY_END:
            # A dot with text on both sides parts: "Name.v01".
            return sentence.glued(index) and not (
                sentence.low(index) == "." and sentence.glued(index + 1)
            )
        return sentence.glued(index + 1) and not sentence.glued(index)
    return kind in (Kind.WORD, Kind.NUMBER)


def _first_numbering(sentence: Sentence, after: int) -> int:
    """The first token from `after` on that numbers the comic, or the end."""
    for index in range(after, len(sentence.tokens)):
        if sentence.role(index) in (Role.ISSUE, Role.VOLUME, Role.SPECIAL):
            return index
    return len(sentence.tokens)


def _skip_leading_tag(sentence: Sentence, first: int, last: int, layout: Layout) -> int:
    for tag, language in LEADING_TAGS.items():
        end = first + len(tag)
        words = tuple(token.low for token in sentence.tokens[first:end])
        if words == tag and end < last and sentence.kind(end) is Kind.DASH:
            sentence.claim(Role.LANGUAGE, first, end)
            layout.language = language
            return end + 1
    return first


def _drop_tail(sentence: Sentence, first: int, last: int, layout: Layout, *, whole: bool) -> int:
    """Takes release words and kinds of book off the end; returns the new end.

    A kind that belongs to the name ("Annual") is taken only where it is the `whole` text, and so
    not the series.
    """
    while first < last:
        words = runs(sentence, last - 1, last)
        if words and words[0] in LOOSE_RELEASE_WORDS:
            sentence.claim(Role.RELEASE, last - 1, last)
            last -= 1
            continue
        if words and words[0].endswith(SCAN_GROUP_ENDINGS[:4]) and len(words[0]) > 6:
            sentence.claim(Role.SCAN_GROUP, last - 1, last)
            layout.scan_group = sentence.tokens[last - 1].text
            last -= 1
            continue
        start = _format_start(sentence, first, last, whole=whole)
        if start is None:
            break
        layout.format = layout.format or FORMATS[_phrase(sentence, start, last)][0]
        sentence.claim(Role.FORMAT, start, last)
        last = start
        if not whole:
            break
    if whole and first < last and all(map(is_release_word, runs(sentence, first, last))):
        sentence.claim(Role.RELEASE, first, last)
        return first
    return last


def _format_start(sentence: Sentence, first: int, last: int, *, whole: bool) -> int | None:
    for start in range(max(first, last - _LONGEST_PHRASE), last):
        if sentence.low(start) not in FORMAT_STARTS:
            continue
        known = FORMATS.get(_phrase(sentence, start, last))
        if known is None:
            continue
        if whole:
            return start if start == first else None
        return start if known[1] and start > first else None
    return None


def _phrase(sentence: Sentence, first: int, last: int) -> str:
    return " ".join(
        token.low for token in sentence.tokens[first:last] if token.kind is not Kind.DASH
    )


def _note_format(sentence: Sentence, first: int, last: int, layout: Layout) -> None:
    """A series named for its kind ("Batman Annual") has that format, and keeps its name."""
    for start in range(first, last):
        if sentence.low(start) not in FORMAT_STARTS:
            continue
        for end in range(start + 1, min(start + _LONGEST_PHRASE, last) + 1):
            known = FORMATS.get(_phrase(sentence, start, end))
            if known is not None and (start > first or end < last):
                layout.format = layout.format or known[0]
                return


def _has_word(sentence: Sentence, first: int, last: int) -> bool:
    return any(token.kind is Kind.WORD for token in sentence.tokens[first:last])


def _unwrapped(text: str) -> str:
    """Without the quotation marks around a title in Chinese or Japanese."""
    if len(text) > 2 and text[0] + text[-1] in {"《》", "「」", "『』", "〈〉", "“”", '""'}:
        return text[1:-1]
    return text
