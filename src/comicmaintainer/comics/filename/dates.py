"""Finds dates: "(2012)", "(1991-1997)", "(September 2007)", "2021-08-04", "2021년 10월".

A year of four digits alone is a date only in brackets, between double dashes ("--2022-2023--"), or
in a name whose spaces are all dots or dashes; elsewhere it may as well belong to a title.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.model import Role
from comicmaintainer.comics.filename.numerals import plain
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import (
    DAY_COUNTERS,
    MONTH_COUNTERS,
    MONTHS,
    YEAR_COUNTERS,
)

FIRST_YEAR, LAST_YEAR = 1830, 2099
# Bare years are rarer than futures in titles ("2099"), so they are taken from a narrower span.
FIRST_BARE_YEAR, LAST_BARE_YEAR = 1930, 2039


@dataclass(frozen=True, slots=True)
class Date:
    """A date and the tokens `first:last` that tell it; `bracket` is "round", "square" or "".

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


def find_dates(sentence: Sentence) -> list[Date]:
    """Claims every date of the name and returns them in order."""
    found: list[Date] = []
    index = 0
    while index < sentence.size:
        date = _date_at(sentence, index)
        if date is None:
            index += 1
            continue
        sentence.claim(Role.DATE if date.month else Role.YEAR, date.first, date.last)
        found.append(date)
        index = date.last
    return found


def is_year(text: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> bool:
    """Whether a number's text is a year a comic can have."""
    return len(text) == 4 and text.isdecimal() and first <= int(text) <= last


def _date_at(sentence: Sentence, index: int) -> Date | None:
    token = sentence.tokens[index]
    if token.kind is Kind.NUMBER:
        return _numeric_date(sentence, index) or _bare_year(sentence, index)
    if token.low in MONTHS:
        return _named_month(sentence, index)
    return None


def _numeric_date(sentence: Sentence, index: int) -> Date | None:
    if sentence.glued(index) and sentence.kind(index - 1) is Kind.WORD:
        return None
    text = sentence.low(index)
    if is_year(text):
        if sentence.low(index + 1) in YEAR_COUNTERS:
            return _counted_date(sentence, index)
        parts, last = _joined(sentence, index)
        if 2 <= len(parts) <= 3 and all(len(part) <= 2 for part in parts[1:]):
            return _dated(sentence, index, last, text, [plain(part) for part in parts[1:]])
        return None
    parts, last = _joined(sentence, index)
    if 2 <= len(parts) <= 3 and is_year(parts[-1]) and all(len(part) <= 2 for part in parts[:-1]):
        return _dated(sentence, index, last, parts[-1], [plain(p) for p in parts[-2::-1]])
    if len(parts) == 2 and sentence.tokens[index].group >= 0 and is_year(sentence.low(last)):
        # "09-10 1943": an issue for two months.
        return _dated(sentence, index, last + 1, sentence.low(last), [plain(parts[0])])
    return None


def _joined(sentence: Sentence, index: int) -> tuple[list[str], int]:
    """The numbers joined without a gap by dashes, dots or slashes, and the index after them."""
    parts = sentence.low(index).split(".")
    last = index + 1
    while (
        len(parts) < 4
        and sentence.low(last) in {"-", "–", ".", "/"}
        and sentence.kind(last + 1) is Kind.NUMBER
        and sentence.glued(last)
        and sentence.glued(last + 1)
    ):
        parts += sentence.low(last + 1).split(".")
        last += 2
    return parts, last


def _dated(
    sentence: Sentence, first: int, last: int, year: str, month_and_day: list[str]
) -> Date | None:
    """A date of numbers, year first; None where month or day can't be one."""
    month, day = (*month_and_day, None, None)[:2]
    in_group = sentence.tokens[first].group >= 0
    if month is None or not month.isdecimal() or not (day or "1").isdecimal():
        return None
    if day is None and sentence.packed == ".":
        return None
    if day is None and not (
        in_group or (sentence.glued(last - 1) and len(sentence.low(last - 1)) == 2)
    ):
        return None
    if int(month) > 12 and day is not None:
        month, day = day, month
    if not 1 <= int(month) <= 12 or not 1 <= int(day or 1) <= 31:
        return None
    return Date(first, last, year, month, day, _bracket(sentence, first))


def _counted_date(sentence: Sentence, index: int) -> Date:
    month = day = None
    last = index + 2
    if _is_day(sentence, last) and sentence.low(last + 1) in MONTH_COUNTERS:
        month, last = plain(sentence.low(last)), last + 2
        if _is_day(sentence, last) and sentence.low(last + 1) in DAY_COUNTERS:
            day, last = plain(sentence.low(last)), last + 2
    return Date(index, last, sentence.low(index), month, day, _bracket(sentence, index))


def _named_month(sentence: Sentence, index: int) -> Date | None:
    """ "September 2007", "Dec. 3, 2004", "Sep-Oct 1951", with the day before the month as well."""
    first, last = index, index + 1
    month = str(MONTHS[sentence.low(index)])
    day = None
    while last < min(index + 6, len(sentence.tokens)):
        text = sentence.low(last)
        if is_year(text) and not _word_follows(sentence, last):
            if day is None and _is_day(sentence, index - 1):
                first, day = index - 1, plain(sentence.low(index - 1))
            return Date(first, last + 1, text, month, day, _bracket(sentence, first))
        if _is_day(sentence, last) and day is None:
            day = plain(text)
        elif text not in {",", ".", "-", "–", "/"} and text not in MONTHS:
            return None
        last += 1
    return None


def _word_follows(sentence: Sentence, index: int) -> bool:
    return sentence.glued(index + 1) and sentence.kind(index + 1) is Kind.WORD


def _is_day(sentence: Sentence, index: int) -> bool:
    text = sentence.low(index)
    return (
        sentence.kind(index) is Kind.NUMBER
        and sentence.free(index)
        and len(text) <= 2
        and text.isdecimal()
        and 1 <= int(text) <= 31
        and sentence.kind(index - 1) is not Kind.HASH
    )


def _bare_year(sentence: Sentence, index: int) -> Date | None:
    """A year without a month: in brackets, between double dashes or in a packed name."""
    text = sentence.low(index)
    if not is_year(text) or _word_follows(sentence, index):
        return None
    in_group = sentence.tokens[index].group >= 0
    first = index
    last = index + 1
    ranges = False
    if sentence.kind(last) is Kind.DASH and sentence.kind(last + 1) is Kind.NUMBER:
        if is_year(sentence.low(last + 1)):
            last += 2
            ranges = True
        elif sentence.packed != "-":
            return None
    between_dashes = (
        index > 1
        and sentence.kind(index - 1) is Kind.DASH
        and sentence.kind(index - 2) is Kind.DASH
        and sentence.glued(index - 1)
    )
    if between_dashes:
        first -= 2
        while sentence.kind(last) is Kind.DASH:
            last += 1
    elif not in_group and not (
        sentence.packed and index and is_year(text, FIRST_BARE_YEAR, LAST_BARE_YEAR)
    ):
        return None
    if in_group and not _stands_apart(sentence, index, last):
        return None
    group = sentence.tokens[index].group
    alone = in_group and _fills(sentence, group, index, last)
    bracket = "round" if between_dashes else _bracket(sentence, index)
    return Date(first, last, text, bracket=bracket, alone=alone, ranges=ranges)


def _stands_apart(sentence: Sentence, index: int, last: int) -> bool:
    """Whether the year begins or ends its bracket; "(Team 1999 Scans)" is no date."""
    group = sentence.groups[sentence.tokens[index].group]
    if sentence.kind(index - 1) is Kind.HASH or sentence.low(index - 1) == "$":
        return False
    if sentence.kind(index - 1) is Kind.DASH and sentence.glued(index):
        return False  # "[Digital-1920]" is a width.
    return index == group.first + 1 or last >= group.inner_last


def _fills(sentence: Sentence, number: int, first: int, last: int) -> bool:
    group = sentence.groups[number]
    if sentence.kind(last) is Kind.DASH:
        last += 1
    return first == group.first + 1 and last >= group.inner_last


def _bracket(sentence: Sentence, index: int) -> str:
    number = sentence.tokens[index].group
    if number < 0:
        return ""
    return "square" if sentence.groups[number].square else "round"
