"""Finds the words of a name about the file, not the comic: "c2c", "2048px", "40 pgs".

Used before the search for numbers, because the digits in such runs are not numbers of the comic,
and by `notes` and `layout` for the rest of the name.
"""

from __future__ import annotations

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    LOOSE_RELEASE_WORDS,
    MARKERS,
    MEASURES,
    MEASURES_ALONE,
    RELEASE_WORDS,
    TAIL_WORDS,
)
from comicmaintainer.comics.filename.years import ends_with_group

LONGEST_RUN = 3
"""The number of tokens in the longest release word: c, 2, c."""
ID_LENGTH = 6
"""The number of digits that Mihon appends to a chapter's name to make it unique."""
_WRITTEN = (Kind.WORD, Kind.NUMBER)
_HEX_DIGITS = frozenset("0123456789abcdef")


def claim_release_runs(sentence: Sentence) -> None:
    """Claims runs like "c2c" and "2048px", before their digits are read as numbers.

    Outside brackets, only runs that no title contains are claimed.
    """
    _claim_identifier(sentence)
    for index, token in enumerate(sentence.tokens):
        if token.kind is not Kind.NUMBER:
            continue
        if sentence.low(index + 1) in MEASURES and _is_measure(sentence, index):
            sentence.claim(PieceRole.RELEASE, index, index + 2)
            continue
        first, last = _run_around(sentence, index)
        if last - first == 1:
            continue
        run = runs(sentence, first, last)[0]
        if run in LOOSE_RELEASE_WORDS or (token.group >= 0 and is_release_word(run)):
            sentence.claim(PieceRole.RELEASE, first, last)


def _run_around(sentence: Sentence, index: int) -> tuple[int, int]:
    """The tokens glued to a number: the word before it, and words and numbers after it."""
    tokens = sentence.tokens
    first, last = index, index + 1
    if index and not tokens[index].gap and tokens[index - 1].kind is Kind.WORD:
        first -= 1
    while last < sentence.size and not tokens[last].gap and tokens[last].kind in _WRITTEN:
        last += 1
        if last - first > LONGEST_RUN:
            break
    return first, last


def runs(sentence: Sentence, first: int, last: int) -> list[str]:
    """The tokens, joined where no gap or mark separates them: "c2c", "2048px"."""
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
    """Whether a run describes how a file was made, such as "2048px" and "1080p"."""
    return run in RELEASE_WORDS or (run.rstrip("px").isdecimal() and run[-1] in "px")


def is_identifier(text: str) -> bool:
    """Whether a text is a checksum or a database id: "1A2B3C4D", a UUID."""
    digits = text.replace("-", "").casefold()
    return (
        len(digits) >= ID_LENGTH
        and _HEX_DIGITS.issuperset(digits)
        and not digits.isdecimal()
        and not digits.isalpha()
    )


def claim_tail(sentence: Sentence, first: int, last: int) -> str | None:
    """Claims a text that is entirely about the release; returns the scan group at its end.

    Such a text ends the name, begins with a word like "digital" or follows a year, and ends with a
    group whose name has a dash: "digital Son of Ultron-Empire", "HYBRID COMIC eBook-GRP".
    """
    group = first
    while group < last and (
        sentence.low(group) in TAIL_WORDS or sentence.low(group) == sentence.packed
    ):
        group += 1
    begins = group > first or (first > 0 and sentence.role(first - 1) is PieceRole.YEAR)
    if last < sentence.size or not begins:
        return None
    if not ends_with_group(sentence, group):
        # "eBook-GRP": the word before the dash is not part of the group's name.
        if sentence.kind(group) is not Kind.DASH or not sentence.glued(group + 1):
            return None
        group += 1
    sentence.claim(PieceRole.RELEASE, first, group)
    sentence.claim(PieceRole.SCAN_GROUP, group, last)
    return sentence.prose(group, last)


def _is_measure(sentence: Sentence, index: int) -> bool:
    """Whether a number counts pages or bytes: "40 pgs", "36p", not "100 Page Giant"."""
    if index == 0 and sentence.tokens[0].group < 0:
        return False
    word = sentence.tokens[index + 1]
    if word.low in MEASURES_ALONE:
        return True
    behind = index + 2
    if not sentence.closes(behind) and sentence.low(behind) not in {",", "+", "&", ";", "."}:
        return False
    if len(word.low) == 1:
        return not word.gap and len(sentence.low(index)) > 1
    # "The Last 100 Pages" is a series.
    return word.text.islower() or sentence.kind(index - 1) is not Kind.WORD


def _claim_identifier(sentence: Sentence) -> None:
    """Claims the six hex digits after a downloaded chapter: "Ch.045_7e1234".

    If they are only digits or only letters, they may be a word or a date ("_decade", "_198305").
    Then the name must have a chapter number and, for letters, contain spaces.
    """
    text = sentence.text
    digits = text[-ID_LENGTH:]
    if len(text) <= ID_LENGTH + 1 or text[-ID_LENGTH - 1] != "_":
        return
    if not _HEX_DIGITS.issuperset(digits):
        return
    is_mixed = not digits.isdecimal() and not digits.isalpha()
    if not is_mixed:
        is_chapter = any(token.low in MARKERS for token in sentence.tokens)
        if not is_chapter or (digits.isalpha() and " " not in text):
            return
    first = sentence.size
    while first and sentence.tokens[first - 1].start >= len(text) - ID_LENGTH:
        first -= 1
    sentence.claim(PieceRole.IDENTIFIER, first, sentence.size)
