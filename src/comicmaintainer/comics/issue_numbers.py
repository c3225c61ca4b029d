"""Reads the number of an issue from a tag: "1/2" is ½; "#7", "7 of 12" and "7.0" are 7.

Names show the number as read here, and the library is sorted by it. The tag itself stays
unchanged. Reading the result again changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from comicmaintainer.comics.filename.vocabulary import OF_WORDS

MAX_NUMBER_CHARS = 64
"""A longer text is not a number."""

_WRITTEN_FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾"}
_FRACTION_SIGNS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_OTHER_SIGNS = str.maketrans(
    {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}  # full width
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | {"\u2044": "/"}
)
_MARKERS = re.compile(
    rf"(?:(?:[#№]|(?:no|nr|n[°º]|ch|chapter|issue)(?![^\W\d_])\.?)\s*)+(?=-?\.?[\d{_FRACTION_SIGNS}])",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"(?<=[\d{_FRACTION_SIGNS}])(?:\s*\(?\s*(?:{'|'.join(sorted(OF_WORDS))})\s*\d+\s*\)?)+$",
    re.IGNORECASE,
)
_MIXED = re.compile(
    rf"(?:(?P<whole>\d*)\s*(?P<sign>[{_FRACTION_SIGNS}])"
    r"|(?:(?P<whole_of_written>\d+)[\s-]+)?(?P<written>[123]/[234])(?![\d/,.]))(?P<rest>.*)",
    re.DOTALL,
)
# A comma is the decimal point, or separates thousands: "1,5", "1,000"; in a list it is neither.
_DECIMAL = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+(?![\d,.])|\d+|(?=\.\d))"
    r"(?:(?:\.|,(?=\d+(?![\d,.])))(?P<decimals>\d+))?(?P<rest>.*)",
    re.DOTALL,
)
_END_OF_RANGE = re.compile(r"\s*[-\u2014~\u301c]\s*(?P<end>\d.*)", re.DOTALL)
_LEADING_ZEROS = re.compile(r"(?<![\w.])0+(?=\d)")
_WHOLE_PARTS = re.compile(r"(?<![\w.])\d+")


@dataclass(frozen=True, slots=True)
class IssueNumber:
    """The parts of a number, in ASCII digits without leading zeros.

    `whole` is "" for a fraction alone, `fraction` is one character ("½"). `rest` is a suffix
    (".MU", "AU"), the end of a range ("-3") or another number (" & 2").
    """

    is_negative: bool
    whole: str
    decimals: str = ""
    fraction: str = ""
    rest: str = ""

    def __str__(self) -> str:
        """The number as in names, not padded."""
        sign, point = "-" * self.is_negative, "." if self.decimals else ""
        return f"{sign}{self.whole}{point}{self.decimals}{self.fraction}{self.rest}"

    @property
    def after_point(self) -> str:
        """The digits for comparing numbers with one whole part: "5" for 1.50 and for 1½."""
        if self.fraction:
            return f"{unicodedata.numeric(self.fraction):.2f}"[2:].rstrip("0")
        return self.decimals.rstrip("0")


def read_issue(text: str) -> IssueNumber | None:
    """Read the number at the start of `text`; None if there is none ("Annual 1")."""
    if len(text) > MAX_NUMBER_CHARS:
        return None
    if text.isascii() and text.isdecimal():  # nearly all of them
        return IssueNumber(False, _stripped(text))
    text = _bare(text)
    is_negative = text.startswith("-")
    text = text.removeprefix("-")
    found = _MIXED.match(text)
    if found is not None:
        sign = found["sign"] or _WRITTEN_FRACTIONS.get(found["written"])
        if sign is not None:
            whole = found["whole"] or found["whole_of_written"] or ""
            rest = _LEADING_ZEROS.sub("", found["rest"])
            return IssueNumber(is_negative, _stripped(whole), "", sign, rest)
    found = _DECIMAL.match(text)
    if found is None:
        return None
    whole = _stripped(found["whole"].replace(",", "") or "0")
    decimals, rest = found["decimals"] or "", found["rest"]
    range_ = _END_OF_RANGE.fullmatch(rest)
    end = None if range_ is None else read_issue(range_["end"])
    if (end is not None or rest in ("", ".")) and not decimals.strip("0"):
        decimals = ""
    if end is not None and _size(end) > _size(IssueNumber(is_negative, whole, decimals)):
        rest = f"-{end}"
    rest = "" if rest == "." else _LEADING_ZEROS.sub("", rest)
    return IssueNumber(is_negative, whole, decimals, "", rest)


def plain_issue(text: str) -> str:
    """The number as in names, not padded; other text stays, without leading zeros."""
    number = read_issue(text)
    return without_leading_zeros(text) if number is None else str(number)


def without_leading_zeros(text: str) -> str:
    """`0071.4` becomes `71.4`; everything else stays unchanged."""
    return _LEADING_ZEROS.sub("", text.strip())


def padded_issue(text: str, digits: int) -> str:
    """Like `plain_issue`, with the whole part of each number in it padded to `digits`."""
    return _WHOLE_PARTS.sub(lambda found: found.group().zfill(digits), plain_issue(text))


def _bare(text: str) -> str:
    """In ASCII digits and signs, without "#" before the number and "of 12" after it."""
    text = text.translate(_OTHER_SIGNS)
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
        )
    text = text.strip()
    marker = _MARKERS.match(text)
    return _COUNT.sub("", text if marker is None else text[marker.end() :])


def _size(number: IssueNumber) -> tuple[int, str, str]:
    return len(number.whole), number.whole, number.after_point


def _stripped(digits: str) -> str:
    return digits.lstrip("0") or digits[:1]
