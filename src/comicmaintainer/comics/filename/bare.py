"""Finds numbers without a marker, and ranks how likely each is an issue.

Zero-padded numbers are the most likely, above all before a dash, a colon or a date. A number too
large for padding ("404: Title") counts as padded. Next are numbers before a bracket, the end or a
scan group. A number between words is the least likely. In packed names ("Series.012.Title") only
the order decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import COLON, Kind, writes_without_gaps
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.numbers import is_padded
from comicmaintainer.comics.filename.ranges import read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import MEASURES, RELEASE_WORDS, Counts
from comicmaintainer.comics.filename.years import FIRST_BARE_YEAR, is_year

# After a number, these make it part of the text: "70% Perfect", "The Last 100 Pages".
_UNITS = MEASURES | {"%", "$", "€"}
_COLONS = frozenset({":", "：", COLON})


@dataclass(frozen=True, slots=True)
class Bare:
    """An unmarked number; the higher its rank, the more likely it is an issue."""

    numbering: Numbering
    padded: bool
    leading: bool
    rank: int


LONGEST_NOISE = 12  # tokens
SURE_SIZE = 3  # digits
# The ranks: how likely a bare number is an issue, by its shape and the text after it.
IN_TEXT, LIKE_A_YEAR, AT_THE_END, PADDED, CLEAR = range(5)


def find_bare_numbers(
    sentence: Sentence, numberings: list[Numbering], *, lettered: bool
) -> list[Bare]:
    """The unclaimed numbers outside brackets; `lettered`: a "b" after a number is kept."""
    taken: set[int] = set()
    for numbering in numberings:
        taken.update(range(numbering.first, numbering.last))
    bares: list[Bare] = []
    index = 0
    text_seen = False
    while index < len(sentence.tokens):
        token = sentence.tokens[index]
        last = index + 1
        if token.group < 0:
            if token.kind is Kind.NUMBER and index not in taken and sentence.free(index):
                bare = _bare_at(sentence, index, leading=not text_seen, lettered=lettered)
                if bare is not None:
                    bares.append(bare)
                    last = bare.numbering.last
            text_seen = text_seen or token.kind in (Kind.WORD, Kind.NUMBER)
        index = last
    return bares


def _bare_at(sentence: Sentence, index: int, *, leading: bool, lettered: bool) -> Bare | None:
    text = sentence.tokens[index].text
    padded = is_padded(text) or sentence.packed is not None
    if not _is_free_standing(sentence, index, padded=padded):
        return None
    number = read_range(sentence, index, spaced=text[0] == "0")
    if number is None:
        return None
    last = number.last
    dash_follows = sentence.kind(last) is Kind.DASH
    if dash_follows and sentence.glued(last) and sentence.glued(last + 1) and not padded:
        return None
    if sentence.low(last) in _UNITS and not padded:
        return None
    value = number.value
    if value[-1] == "b" and not lettered:
        # Scanlators add "b" to a chapter's number for a release between it and the next.
        value = value[:-1] + ".5"
    first = index
    if _is_minus_one(sentence, index, last):
        first, value = index - 1, "-1"
    numbering = Numbering(Counts.ISSUE, first, first, last, value)
    return Bare(numbering, padded, leading, _rank(sentence, index, last, padded=padded))


def _is_minus_one(sentence: Sentence, index: int, last: int) -> bool:
    """Whether it is issue -1: "Wolverine -1 (1997)", but not "Wolverine - 1"."""
    if sentence.low(index - 1) != "-" or not sentence.glued(index) or index < 2:
        return False
    parted = not sentence.glued(index - 1) or (
        sentence.packed == "." and sentence.low(index - 2) == "."
    )
    alone = last == index + 1 and sentence.low(index).lstrip("0") == "1"
    return parted and alone and _ends_field(sentence, last)


def _rank(sentence: Sentence, index: int, last: int, *, padded: bool) -> int:
    text = sentence.low(index)
    is_separated = _separator_follows(sentence, last)
    if padded:
        ends = len(text) >= SURE_SIZE and sentence.closes(last)
        return CLEAR if is_separated or ends or is_dated(sentence, last) else PADDED
    if not _ends_field(sentence, last) and not _only_noise_follows(sentence, last):
        return IN_TEXT
    if is_year(text, FIRST_BARE_YEAR):
        return LIKE_A_YEAR
    return PADDED if is_separated and len(text) >= SURE_SIZE and text.isdecimal() else AT_THE_END


def _ends_field(sentence: Sentence, last: int) -> bool:
    """Whether a bracket, a dash, a colon, the end or a word that no title has follows."""
    if sentence.low(last) == "." == sentence.packed:
        last += 1
    return (
        sentence.closes(last)
        or sentence.kind(last) is Kind.DASH
        or not sentence.free(last)
        or sentence.low(last) in _COLONS
    )


def _separator_follows(sentence: Sentence, last: int) -> bool:
    """Whether a separator follows: a spaced dash or a colon, as between number and title."""
    if sentence.kind(last) is Kind.DASH:
        return not sentence.glued(last) and not sentence.glued(last + 1)
    return sentence.low(last) in _COLONS and not sentence.glued(last + 1)


def is_dated(sentence: Sentence, last: int) -> bool:
    """Whether a date in brackets follows, or in a packed name a date: "X-23.015.2011"."""
    is_parted = sentence.kind(last) is Kind.OPEN or sentence.low(last) == "." == sentence.packed
    return is_parted and sentence.role(last + 1) in (PieceRole.YEAR, PieceRole.DATE)


def _is_free_standing(sentence: Sentence, index: int, *, padded: bool) -> bool:
    """Whether a number is not the end of a word ("'89", "IG-88", "$1")."""
    if not sentence.glued(index):
        return True
    before = sentence.kind(index - 1)
    if before is Kind.WORD:
        return writes_without_gaps(sentence.tokens[index - 1].text[-1])
    if before in (Kind.CLOSE, Kind.OPEN):
        return True
    if before is Kind.DASH:
        joined = sentence.glued(index - 1)
        return not joined or padded or sentence.packed == "-" or _is_whole_name(sentence, index)
    return sentence.low(index - 1) in {",", ";", ":", "、"} or (
        sentence.low(index - 1) == "."
        and (sentence.packed == "." or padded or _is_whole_name(sentence, index))
    )


def _is_whole_name(sentence: Sentence, index: int) -> bool:
    """Whether a number of three digits or more ends a name of one word: "Naruto-700"."""
    return (
        index == 2
        and len(sentence.tokens) == 3
        and sentence.kind(0) is Kind.WORD
        and len(sentence.tokens[index].text) > 2
    )


def _only_noise_follows(sentence: Sentence, index: int) -> bool:
    """Whether the rest is release words, or one short word in capitals (a scan group)."""
    last = index
    while not sentence.closes(last):
        last += 1
        if last - index > LONGEST_NOISE:
            return False
    if sentence.kind(index) is Kind.NUMBER:
        return False
    words = [t for t in sentence.tokens[index:last] if t.kind is Kind.WORD]
    if all(token.low in RELEASE_WORDS for token in words):
        return True
    return len(words) == 1 and last == index + 1 and words[0].text.isupper()
