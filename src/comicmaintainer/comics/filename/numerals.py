"""Reads numerals in names: decimals, fractions, Roman, spelled out, Chinese.

Every function is pure. Values are strings without leading zeros, because issue numbers may be
"71.5", "½" or "1A".
"""

from __future__ import annotations

import re

from comicmaintainer.comics.filename.vocabulary import NUMBER_WORDS

FRACTIONS = {
    "½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3,
    "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8,
}  # fmt: skip
_SPELLED_FRACTIONS = {"1/2": "½", "1/4": "¼", "3/4": "¾", "1/3": "⅓", "2/3": "⅔"}
_SLASHES = str.maketrans("⁄∕", "//")

_MAGNITUDE = re.compile(r"\d{1,15}(?:\.\d{1,6})?")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_HAN_DIGITS = {
    digit: value
    for digits in ("〇一二三四五六七八九", "零壱弐参")
    for value, digit in enumerate(digits)
} | {"两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
HAN_NUMERALS = frozenset(_HAN_DIGITS) | frozenset(_HAN_UNITS)


def plain(text: str) -> str:
    """The number without leading zeros or separators, in ASCII digits: "００７", "1,000", "1⁄2"."""
    if not text.isascii():
        text = text.translate(_SLASHES)
        if text in _SPELLED_FRACTIONS:
            return _SPELLED_FRACTIONS[text]
        text = "".join(str(int(char)) if char.isdecimal() else char for char in text)
    stripped = text.replace(",", "").lstrip("0")
    if not stripped or not stripped[0].isdigit():
        return ("0" + stripped) if text[:1] == "0" else stripped
    return stripped


def magnitude(value: str) -> float:
    """The size of a plain number, to compare the ends of a range; letters are ignored."""
    found = _MAGNITUDE.search(value)
    size = float(found.group()) if found else 0.0
    return size + (0.0 if value.isascii() else sum(FRACTIONS.get(char, 0.0) for char in value))


def spelled(text: str) -> str | None:
    """The value of a number word ("Two") or an upper-case Roman numeral up to XXXIX."""
    value = NUMBER_WORDS.get(text.casefold())
    if value is not None:
        return value
    if not 0 < len(text) <= 7 or any(char not in _ROMAN for char in text):
        return None
    total = 0
    for char, following in zip(text, text[1:] + " ", strict=True):
        size = _ROMAN[char]
        total += -size if _ROMAN.get(following, 0) > size else size
    return str(total)


def han(text: str) -> str:
    """The value of a run of Chinese numerals: "二十三" is "23", "一〇三" is "103"."""
    if not any(char in _HAN_UNITS for char in text):
        return plain("".join(str(_HAN_DIGITS[char]) for char in text))
    total = digit = 0
    for char in text:
        unit = _HAN_UNITS.get(char)
        if unit is None:
            digit = _HAN_DIGITS[char]
        else:
            total += (digit or 1) * unit
            digit = 0
    return str(total + digit)
