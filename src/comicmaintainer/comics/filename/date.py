"""A date in a name, and the brackets around it."""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.numerals import plain
from comicmaintainer.comics.filename.sentence import Sentence

LAST_SHORT_YEAR = 39
"""Two-digit years up to this one are in this century: "(29-06-11)"."""


@dataclass(frozen=True, slots=True)
class Date:
    """A date and its tokens `first:last`; `bracket` is "round", "square" or "".

    `alone`: a year that fills its bracket. `ranges`: the first of two years ("1991-1997").
    """

    first: int
    last: int
    year: str
    month: str | None = None
    day: str | None = None
    bracket: str = ""
    alone: bool = False
    ranges: bool = False


def full_year(short: str) -> str:
    """The full year for a two-digit one."""
    return f"{20 if int(short) <= LAST_SHORT_YEAR else 19}{plain(short).zfill(2)}"


def is_day(sentence: Sentence, index: int) -> bool:
    """Whether the token is a free number that can be a day of a month."""
    text = sentence.low(index)
    return (
        sentence.kind(index) is Kind.NUMBER
        and sentence.free(index)
        and len(text) <= 2
        and text.isdecimal()
        and 1 <= int(text) <= 31
        and sentence.kind(index - 1) is not Kind.HASH
    )


def fills_bracket(sentence: Sentence, number: int, first: int, last: int) -> bool:
    """Whether the bracket contains only the tokens `first:last` and perhaps a dash: "(2011-)"."""
    group = sentence.groups[number]
    if sentence.kind(last) is Kind.DASH:
        last += 1
    return first == group.first + 1 and last >= group.inner_last


def bracket_of(sentence: Sentence, index: int) -> str:
    """The kind of bracket around a token: "round", "square" or ""."""
    number = sentence.tokens[index].group
    if number < 0:
        return ""
    return "square" if sentence.groups[number].square else "round"
