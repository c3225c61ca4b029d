"""Reads numeric dates: "2021-08-04", "05-2024", "(29-06-11)", "(20110315)", "2021년 10월"."""

from __future__ import annotations

from comicmaintainer.comics.filename.date import Date, bracket_of, fills_bracket, full_year, is_day
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.numerals import plain
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import DAY_COUNTERS, MONTH_COUNTERS, YEAR_COUNTERS
from comicmaintainer.comics.filename.years import is_year


def read_numeric_date(sentence: Sentence, index: int) -> Date | None:
    """The date that begins with the number at `index`, with at least a month."""
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
    if sentence.kind(index - 1) is Kind.HASH:
        return None
    if len(text) == 8 and is_year(text[:4]) and sentence.tokens[index].group >= 0:
        return _dated(sentence, index, index + 1, text[:4], [plain(text[4:6]), plain(text[6:])])
    parts, last = _joined(sentence, index)
    if 2 <= len(parts) <= 3 and is_year(parts[-1]) and all(len(part) <= 2 for part in parts[:-1]):
        return _dated(sentence, index, last, parts[-1], [plain(p) for p in parts[-2::-1]])
    if len(parts) == 2 and sentence.tokens[index].group >= 0 and is_year(sentence.low(last)):
        # "09-10 1943": an issue for two months.
        return _dated(sentence, index, last + 1, sentence.low(last), [plain(parts[0])])
    if len(parts) == 3 and _may_be_short(sentence, index, last):
        return _short_date(sentence, index, last, parts)
    return None


def _may_be_short(sentence: Sentence, first: int, last: int) -> bool:
    """Whether numbers fill their bracket, or follow another number: "1700 01-09-10"."""
    group = sentence.tokens[first].group
    if group >= 0:
        return fills_bracket(sentence, group, first, last)
    return (
        sentence.kind(first - 1) is Kind.NUMBER
        and not sentence.glued(first)
        and sentence.closes(last)
    )


def _short_date(sentence: Sentence, first: int, last: int, parts: list[str]) -> Date | None:
    """A date with a two-digit year, which is last unless it is too high for a day: "99-06-21"."""
    if not all(len(part) == 2 and part.isdecimal() for part in parts):
        return None
    if int(parts[0]) > 31:
        parts.reverse()
    return _dated(sentence, first, last, full_year(parts[2]), [plain(p) for p in parts[1::-1]])


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
    """A numeric date, year first; None if month or day is out of range."""
    month, day = (*month_and_day, None, None)[:2]
    in_group = sentence.tokens[first].group >= 0
    if month is None or not month.isdecimal() or not (day or "1").isdecimal():
        return None
    if day is None and sentence.packed == ".":
        return None
    if day is None and not (in_group or _has_two_digit_month(sentence, first, last)):
        return None
    if int(month) > 12 and day is not None:
        month, day = day, month
    if not 1 <= int(month) <= 12 or not 1 <= int(day or 1) <= 31:
        return None
    return Date(first, last, year, month, day, bracket_of(sentence, first))


def _has_two_digit_month(sentence: Sentence, first: int, last: int) -> bool:
    """Whether a year and a month touch, and the month can't be an issue: "2021-08", "05-2024"."""
    if not sentence.glued(last - 1):
        return False
    if len(sentence.low(last - 1)) == 2:
        return True
    return len(sentence.low(first)) == 2 and sentence.packed is None


def _counted_date(sentence: Sentence, index: int) -> Date:
    month = day = None
    last = index + 2
    if is_day(sentence, last) and sentence.low(last + 1) in MONTH_COUNTERS:
        month, last = plain(sentence.low(last)), last + 2
        if is_day(sentence, last) and sentence.low(last + 1) in DAY_COUNTERS:
            day, last = plain(sentence.low(last)), last + 2
    return Date(index, last, sentence.low(index), month, day, bracket_of(sentence, index))
