"""Reads a number with its fraction and suffix: "070.5", "5AU", "½", "4.b", "079x1", "10A.I.".

`numbering` and `bare` decide what the number counts; `ranges` joins two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.kinds import BOOK_KINDS
from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    COUNTERS,
    EXTRA_SUFFIXES,
    ISSUE_SUFFIXES,
    MARKERS,
    OF_WORDS,
    ORDINAL_SUFFIXES,
    RELEASE_WORDS,
)

LONGEST_SUFFIX = MOST_INITIALS = 4  # letters
EXTRA = "x"
"""The letter between a chapter and the number of its extra: "079x1"."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number or range as written; the tokens up to `last` belong to it."""

    value: str
    last: int


def read_number(sentence: Sentence, index: int, *, marked: bool = False) -> Number | None:
    """The number at `index` with its fraction and suffix; None if it is part of a word."""
    if sentence.kind(index) is not Kind.NUMBER or not sentence.free(index):
        return None
    text = sentence.tokens[index].text
    value = numerals.han(text) if text[0] in numerals.HAN_NUMERALS else numerals.plain(text)
    last = index + 1
    if sentence.low(last) in numerals.FRACTIONS:
        value += sentence.low(last)
        last += 1
    if not sentence.glued(last):
        return _with_parted_suffix(sentence, value, last)
    kind = sentence.kind(last)
    sure = marked or is_padded(text)
    if kind is Kind.WORD:
        return _with_suffix(sentence, value, last, marked=marked, sure=sure)
    if kind is Kind.MARK and sentence.glued(last + 1):
        if sentence.low(last) == ".":
            return _with_dotted_suffix(sentence, value, last, sure=sure)
        if marked and _is_decimal_comma(sentence, last):
            return Number(f"{value}.{sentence.low(last + 1)}", last + 2)
    return Number(value, last)


def is_padded(text: str) -> bool:
    """Whether a number has leading zeros, which only the numbers of comics have."""
    return len(text) > 1 and text[0] == "0"


def _with_suffix(
    sentence: Sentence, value: str, last: int, *, marked: bool, sure: bool
) -> Number | None:
    """A number with the word at `last` glued to it; `sure`: it is not part of a title."""
    if not sentence.free(last):
        return Number(value, last)
    suffix = sentence.low(last)
    digits = last + 1
    if sentence.low(digits) == "." and suffix in MARKERS and sentence.glued(digits):
        digits += 1  # "5v.2"
    if sentence.glued(digits) and sentence.kind(digits) is Kind.NUMBER:
        if suffix == EXTRA and sure and len(sentence.low(digits)) < 3:
            return Number(f"{value}{EXTRA}{numerals.plain(sentence.low(digits))}", digits + 1)
        # "v2c6": the next number's marker; "2of5".
        is_other = suffix in MARKERS or (suffix in OF_WORDS and len(suffix) > 1)
        return Number(value, last) if is_other else None
    if suffix in COUNTERS or (suffix in MARKERS and MARKERS[suffix].after):
        return Number(value, last)
    text = sentence.tokens[last].text
    known = len(suffix) == 1 or suffix in ISSUE_SUFFIXES
    known = known or (marked and len(suffix) <= LONGEST_SUFFIX) or (sure and _is_code(text))
    if suffix in ORDINAL_SUFFIXES or not known:
        return None
    if not suffix.isascii():
        return Number(value, last) if marked or writes_without_gaps(suffix[0]) else None
    return _with_initials(sentence, value + text, last + 1)


def _with_dotted_suffix(sentence: Sentence, value: str, dot: int, *, sure: bool) -> Number:
    """A number with a suffix after a dot: "#078.BEY", "1.MU", "4.b", "4.extra"."""
    plain = Number(value, dot)
    at = dot + 1
    if sentence.kind(at) is not Kind.WORD or not sentence.free(at):
        return plain
    text, suffix = sentence.tokens[at].text, sentence.low(at)
    if suffix in ISSUE_SUFFIXES and text.isupper():
        return _with_initials(sentence, f"{value}.{text}", at + 1)
    if sentence.packed == ".":
        return plain  # the first word of a title
    if not (text.islower() and (len(text) == 1 or suffix in EXTRA_SUFFIXES)):
        begins_text = sentence.kind(at + 1) in (Kind.WORD, Kind.NUMBER)
        is_suffix = len(text) == 1 or _is_code(text) or (sure and suffix in EXTRA_SUFFIXES)
        if begins_text or not is_suffix:
            return plain
    return _with_initials(sentence, f"{value}.{text}", at + 1)


def _with_parted_suffix(sentence: Sentence, value: str, at: int) -> Number:
    """A number with a publisher's code after a space, at the end: "010 A.I. (2013)"."""
    plain = Number(value, at)
    if sentence.kind(at) is not Kind.WORD or not sentence.tokens[at].text.isupper():
        return plain
    if sentence.low(at) in ISSUE_SUFFIXES:
        found = Number(value + sentence.tokens[at].text, at + 1)
    else:
        found = _with_initials(sentence, value + sentence.tokens[at].text, at + 1)
        if "." not in found.value[len(value) :]:
            return plain
    return found if sentence.closes(found.last) else plain


def _with_initials(sentence: Sentence, value: str, last: int) -> Number:
    """Adds the rest of the initials that begin with the suffix: "10A.I."."""
    if not value[-1].isupper() or sentence.packed == ".":
        return Number(value, last)
    for _ in range(MOST_INITIALS):
        if sentence.low(last) != "." or not sentence.glued(last):
            break
        letter = sentence.tokens[last + 1].text if sentence.glued(last + 1) else ""
        if len(letter) == 1 and letter.isupper():
            value += f".{letter}"
            last += 2
        elif "." in value and value[-2] == ".":
            return Number(value + ".", last + 1)
        else:
            break
    return Number(value, last)


def _is_code(text: str) -> bool:
    """Whether letters are a publisher's code, not a word for the release or the kind of book."""
    low = text.casefold()
    return (
        1 < len(text) <= LONGEST_SUFFIX
        and text.isupper()
        and text.isascii()
        and low not in RELEASE_WORDS
        and low not in BOOK_KINDS
    )


def _is_decimal_comma(sentence: Sentence, comma: int) -> bool:
    """Whether a half has a decimal comma, as in most of Europe: "Kapitel 10,5"."""
    return (
        sentence.low(comma) == ","
        and sentence.low(comma + 1) == "5"
        and sentence.low(comma + 2) not in {",", "."}
        and not (sentence.glued(comma + 2) and sentence.kind(comma + 2) is Kind.WORD)
    )
