"""Finds dates: "(2012)", "(1991-1997)", "(September 2007)", "2021-08-04", "2021년 10월".

A four-digit year alone is a date in brackets, between double dashes ("--2022-2023--"), or in a
name whose spaces are all dots or dashes; elsewhere `years` decides. A two-digit year needs a day
and a month before it ("(29-06-11)").
"""

from __future__ import annotations

from comicmaintainer.comics.filename.date import Date, bracket_of, fills_bracket, full_year, is_day
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.numerals import plain
from comicmaintainer.comics.filename.numeric_dates import read_numeric_date
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import MONTHS
from comicmaintainer.comics.filename.years import find_bare_year, is_recent_year, is_year

APOSTROPHES = frozenset("'’`´")


def find_dates(sentence: Sentence) -> list[Date]:
    """Claims every date of the name and returns them in order."""
    found: list[Date] = []
    bare_years: list[int] = []
    index = 0
    while index < sentence.size:
        token = sentence.tokens[index]
        date = None
        if token.kind is Kind.NUMBER or token.low in MONTHS:
            date = _date_at(sentence, index)
        if date is None:
            if token.kind is Kind.NUMBER and token.group < 0 and is_recent_year(token.text):
                bare_years.append(index)
            index += 1
            continue
        sentence.claim(PieceRole.DATE if date.month else PieceRole.YEAR, date.first, date.last)
        found.append(date)
        index = date.last
    if bare_years and not found:
        bare = find_bare_year(sentence, bare_years)
        if bare is not None:
            first, last = bare
            sentence.claim(PieceRole.YEAR, first, last)
            found.append(Date(first, last, sentence.low(first), ranges=last > first + 1))
    return found


def _date_at(sentence: Sentence, index: int) -> Date | None:
    if sentence.tokens[index].kind is Kind.NUMBER:
        return read_numeric_date(sentence, index) or _bare_year(sentence, index)
    return _named_month(sentence, index)


def _named_month(sentence: Sentence, index: int) -> Date | None:
    """ "September 2007", "Dec. 3, 2004", "Sep-Oct 1951", with the day before the month as well."""
    first, last = index, index + 1
    month = str(MONTHS[sentence.low(index)])
    day = None
    is_known = is_year if sentence.tokens[index].group >= 0 else is_recent_year
    while last < min(index + 6, len(sentence.tokens)):
        text = sentence.low(last)
        if is_known(text) and not _word_follows(sentence, last):
            if day is None and is_day(sentence, index - 1):
                first, day = index - 1, plain(sentence.low(index - 1))
            return Date(first, last + 1, text, month, day, bracket_of(sentence, first))
        if text in APOSTROPHES and len(sentence.low(last + 1)) == 2 and sentence.glued(last + 1):
            return _short_named_month(sentence, first, last + 1, month)
        if is_day(sentence, last) and day is None:
            day = plain(text)
        elif text not in {",", ".", "-", "–", "/"} and text not in MONTHS:
            return None
        last += 1
    return None


def _short_named_month(sentence: Sentence, first: int, last: int, month: str) -> Date | None:
    """ "(June '11)"."""
    short = sentence.low(last)
    if sentence.tokens[first].group < 0 or not short.isdecimal() or _word_follows(sentence, last):
        return None
    return Date(first, last + 1, full_year(short), month, None, bracket_of(sentence, first))


def _word_follows(sentence: Sentence, index: int) -> bool:
    return sentence.glued(index + 1) and sentence.kind(index + 1) is Kind.WORD


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
    elif not in_group and not (sentence.packed and index and is_recent_year(text)):
        return None
    if in_group and not _stands_apart(sentence, index, last):
        return None
    group = sentence.tokens[index].group
    alone = in_group and fills_bracket(sentence, group, index, last)
    bracket = "round" if between_dashes else bracket_of(sentence, index)
    return Date(first, last, text, bracket=bracket, alone=alone, ranges=ranges)


def _stands_apart(sentence: Sentence, index: int, last: int) -> bool:
    """Whether the year begins or ends its bracket; "(Team 1999 Scans)" is not a date."""
    group = sentence.groups[sentence.tokens[index].group]
    if sentence.kind(index - 1) is Kind.HASH or sentence.low(index - 1) == "$":
        return False
    if sentence.kind(index - 1) is Kind.DASH and sentence.glued(index):
        return False  # "[Digital-1920]" is a width.
    inner = sentence.kind(index - 1) is Kind.OPEN and sentence.kind(last) is Kind.CLOSE
    return inner or index == group.first + 1 or last >= group.inner_last
