"""Finds series and title: the text between the numbers, dates and brackets.

The series is the first stretch of text before any numbering; a leading reading-order number does
not end it. The title is the next stretch.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.downloads import split_text
from comicmaintainer.comics.filename.kinds import BookKind, kind_at_end, kind_at_start, kind_within
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.releases import claim_tail, is_release_word, runs
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.stretches import has_word, stretches, trimmed
from comicmaintainer.comics.filename.vocabulary import (
    FUNCTION_WORDS,
    LEADING_TAGS,
    LOOSE_RELEASE_WORDS,
    SCAN_GROUP_ENDINGS,
)

_NUMBER_ROLES = (PieceRole.ISSUE, PieceRole.VOLUME, PieceRole.SPECIAL)
LONGEST_GROUP_ENDING = 6  # letters; "scans" alone is not a group


@dataclass(slots=True)
class Layout:
    """The texts of one name, collected while its stretches are read.

    `joined`: the series' name ends with a kind of book from after the volume or year.
    """

    series: str | None = None
    title: str | None = None
    format: str | None = None
    language: str | None = None
    scan_group: str | None = None
    remainder: str | None = None
    joined: bool = False


def lay_out(
    sentence: Sentence, leading: Numbering | None = None, *, known_series: str | None = None
) -> Layout:
    """Claims every stretch of text that earlier rules left free.

    A series may follow a `leading` number. `known_series` is that of the folder.
    """
    layout = Layout()
    left: list[str] = []
    numbered_from = _first_numbering(sentence, leading.last if leading else 0)
    named = False
    for first, last in stretches(sentence):
        numbered = first > numbered_from
        if not named and not numbered:
            named = _read_series(sentence, first, last, leading, known_series, layout)
            continue
        first = _join_kind(sentence, first, last, layout)
        layout.scan_group = layout.scan_group or claim_tail(sentence, first, last)
        last = _drop_tail(sentence, first, last, layout, whole=True)
        first, last = trimmed(sentence, first, last)
        if first == last or not sentence.free(first):
            continue
        if layout.title is None and numbered and has_word(sentence, first, last):
            sentence.claim(PieceRole.TITLE, first, last)
            layout.title = sentence.prose(first, last)
        else:
            sentence.claim(PieceRole.REMAINDER, first, last)
            left.append(sentence.prose(first, last))
    layout.remainder = " ".join(left) or None
    return layout


def _read_series(
    sentence: Sentence,
    first: int,
    last: int,
    leading: Numbering | None,
    known_series: str | None,
    layout: Layout,
) -> bool:
    """Reads a stretch as the series, or by its role in a folder with another series."""
    first = _skip_leading_tag(sentence, first, last, layout)
    if known_series is not None:
        pieces = split_text(sentence, first, last, leading, known_series)
    else:
        pieces = [(PieceRole.SERIES, first, last)]
    for role, start, end in pieces:
        if role is PieceRole.SERIES:
            end = _drop_tail(sentence, start, end, layout, whole=False)
        start, end = trimmed(sentence, start, end)
        if start == end:
            return False
        text = _unwrapped(sentence.prose(start, end))
        sentence.claim(role, start, end)
        if role is PieceRole.TITLE:
            layout.title = text
        elif role is PieceRole.SCAN_GROUP:
            layout.scan_group = text
        else:
            layout.series = text
            kind = kind_within(sentence, start, end)
            if kind is not None:
                layout.format = layout.format or kind.name
    return True


def _join_kind(sentence: Sentence, first: int, last: int, layout: Layout) -> int:
    """Adds a kind of book to the series' name, which makes it another series: "X v2 Annual 1".

    The kind follows the volume or the year, as the whole text or before a dash, or with other
    words if the issue follows at once ("X v2 Holiday Special 1"). An annual may also follow the
    issue. Returns where the rest begins.
    """
    if layout.series is None or layout.joined:
        return first
    before = _role_before(sentence, first)
    if before not in (PieceRole.VOLUME, PieceRole.YEAR, PieceRole.DATE, PieceRole.ISSUE):
        return first
    found = kind_at_start(sentence, first, last)
    if _numbers_issue(sentence, last):
        found = found or kind_at_end(sentence, first, last)
    kind, end = found or (None, first)
    if found is not None and sentence.kind(end) is not Kind.DASH:
        # The text after the kind belongs to it: "Annual 2012", "Special Edition 3".
        if _numbers_issue(sentence, last) or not has_word(sentence, end, last):
            end = last
        elif end < last:
            kind = None
    if kind is None or not kind.own or (before is PieceRole.ISSUE and kind.name != "Annual"):
        return first
    sentence.claim(PieceRole.SERIES, first, end)
    layout.series += f" {sentence.prose(first, end)}"
    layout.format = layout.format or kind.name
    layout.joined = True
    return trimmed(sentence, end, last)[0]


def _role_before(sentence: Sentence, index: int) -> PieceRole | None:
    """The role of the token before a text, skipping dashes and brackets."""
    at = index - 1
    while at > 0 and sentence.role(at) in (None, PieceRole.SEPARATOR):
        if sentence.free(at) and sentence.kind(at) not in (Kind.DASH, Kind.MARK, Kind.CLOSE):
            return None
        at -= 1
    return sentence.role(at) if at >= 0 else None


def _numbers_issue(sentence: Sentence, index: int) -> bool:
    """Whether the issue's number follows, perhaps after a dash."""
    at = index + (sentence.kind(index) is Kind.DASH)
    return at < sentence.size and sentence.role(at) is PieceRole.ISSUE


def _first_numbering(sentence: Sentence, after: int) -> int:
    """The first token from `after` on with the comic's number, or the end."""
    numbers = {at for at, role in enumerate(sentence.claims) if role in _NUMBER_ROLES}
    for index in range(after, sentence.size):
        if sentence.tokens[index].owner in numbers:
            return index
    return sentence.size


def _skip_leading_tag(sentence: Sentence, first: int, last: int, layout: Layout) -> int:
    for tag, language in LEADING_TAGS.items():
        end = first + len(tag)
        words = tuple(token.low for token in sentence.tokens[first:end])
        if words == tag and end < last and sentence.kind(end) is Kind.DASH:
            sentence.claim(PieceRole.LANGUAGE, first, end)
            layout.language = language
            return end + 1
    return first


def _drop_tail(sentence: Sentence, first: int, last: int, layout: Layout, *, whole: bool) -> int:
    """Takes release words and kinds of book off the end; returns the new end.

    A kind that belongs to the name ("Annual") is taken only if it is the `whole` text and thus not
    the series.
    """
    while first < last:
        token = sentence.tokens[last - 1]
        if token.low in LOOSE_RELEASE_WORDS:
            sentence.claim(PieceRole.RELEASE, last - 1, last)
            last -= 1
            continue
        if token.low.endswith(SCAN_GROUP_ENDINGS[:4]) and len(token.low) > LONGEST_GROUP_ENDING:
            sentence.claim(PieceRole.SCAN_GROUP, last - 1, last)
            layout.scan_group = token.text
            last -= 1
            continue
        found = kind_at_end(sentence, first, last)
        if found is None or not _is_not_name(sentence, first, found, whole=whole):
            break
        kind, start = found
        layout.format = layout.format or kind.name
        sentence.claim(PieceRole.FORMAT, start, last)
        last = start
        if not whole:
            break
    if whole and first < last and all(map(is_release_word, runs(sentence, first, last))):
        sentence.claim(PieceRole.RELEASE, first, last)
        return first
    return last


def _is_not_name(
    sentence: Sentence, first: int, found: tuple[BookKind, int], *, whole: bool
) -> bool:
    """Whether a kind of book is not part of the text it ends, unlike in "The Graphic Novel"."""
    kind, start = found
    if whole:
        return start == first
    return kind.loose and start > first and sentence.low(start - 1) not in FUNCTION_WORDS


def _unwrapped(text: str) -> str:
    """The text without the quotation marks around a Chinese or Japanese title."""
    if len(text) > 2 and text[0] + text[-1] in {"《》", "「」", "『』", "〈〉", "“”", '""'}:
        return text[1:-1]
    return text
