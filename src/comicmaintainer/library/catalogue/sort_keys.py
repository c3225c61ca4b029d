"""Sort keys of series and issues: plain text whose byte order is the natural order.

`71 < 71.4 < 72 < 100`; case and accents are ignored, leading articles dropped.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from comicmaintainer.comics.issue_numbers import read_issue

_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)")
_NOISE = re.compile(r"[^\w]+|_+")
_APOSTROPHE = re.compile("['\u2019]")
_NUMBER = re.compile(r"\d+")
_LAST_NUMBER = re.compile(r"(?<!\d)\d++\Z")
# Numbers in the names of series are rarely longer: "2000 AD", "1602".
_LONGEST_TYPED = 5

# Below every character of a key, so that "Bat" comes before "Batman".
SEPARATOR = "\x01"
AFTER_SEPARATOR = "\x02"
_NO_NUMBER = "~"

MAX_KEY_BYTES = 1_000
"""Of a series' key, and of any other text that is part of an index.

An entry of a server's index has at most 2,704 bytes, and normalising may make a text ten times as
long.
"""
_MAX_NUMBER_BYTES = 250
"""Of the volume and of the issue in a key."""


def bounded(text: str, most: int = MAX_KEY_BYTES) -> str:
    """Return `text` cut to this many bytes of UTF-8."""
    if 4 * len(text) <= most:
        return text
    return text.encode()[:most].decode(errors="ignore")


def folded(text: str) -> str:
    """Return `text` in lower case, compatibility-normalised, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if not decomposed.isascii():
        # Only these marks are accents; those of Japanese, Thai or Hindi distinguish words.
        decomposed = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
        decomposed = unicodedata.normalize("NFC", decomposed)
    return decomposed


@lru_cache(maxsize=1_024)
def series_key(series: str) -> str:
    """Return the common key of all spellings of a series: "The Bat-Man" and "bat man"."""
    return bounded(natural(_series_text(series)))


def typed_series_keys(text: str) -> list[str]:
    """Return the texts that a series' key may contain if its name is typed up to `text`.

    A number at its end may be the beginning of a longer one; only zeros may begin any number.
    """
    plain = _series_text(text)
    number = _LAST_NUMBER.search(plain)
    if number is None:
        return [natural(plain)]
    head = natural(plain[: number.start()])
    digits = number.group().lstrip("0")
    if not digits:
        return [head.rstrip()]
    sizes = range(len(digits), max(len(digits), _LONGEST_TYPED) + 1)
    return [f"{head}{_sized(digits, size)}" for size in sizes]


def natural(text: str) -> str:
    """Return `text` with every number written so that it sorts by value."""
    return _NUMBER.sub(lambda match: _number(match.group()), text)


@lru_cache(maxsize=1_024)
def issue_key(issue: str | None) -> str:
    """Return the key of an issue number; negative numbers come first, none or words last."""
    if not issue or not issue.strip():
        return _NO_NUMBER
    read = read_issue(issue)
    if read is None:
        return _NO_NUMBER + natural(folded(issue))
    number = f"{_number(read.whole or '0')}.{read.after_point}"
    sign, number = ("-", _complement(number)) if read.is_negative else ("", number)
    return sign + number + SEPARATOR + natural(folded(read.rest))


@lru_cache(maxsize=1_024)
def sort_key(
    *, series: str | None, volume: str | None, year: int | None, issue: str | None, name: str
) -> str:
    """Return the key of a file: series, volume, issue, year, name. Without a series, its name."""
    stem = bounded(natural(folded(name.rpartition(".")[0] or name)))
    if not series:
        return bounded(natural(_NOISE.sub(" ", stem).strip())) + SEPARATOR + stem
    numbered = _numbered(series, volume, issue)
    return SEPARATOR.join((numbered, "" if year is None else f"{year:04d}", stem))


def before_letter(letter: str, *, is_reversed: bool) -> str:
    """Return the key just before those that begin with a letter, in the order of keys or back."""
    key = natural(folded(letter))
    return key + chr(0x10FFFF) if is_reversed else key


def series_of(key: str) -> str:
    """Return the series' part of a sort key."""
    return key.partition(SEPARATOR)[0]


def number_range(*, series: str, volume: str | None, issue: str | None) -> tuple[str, str]:
    """Return the range of keys of files with this number, for any year and name."""
    numbered = _numbered(series, volume, issue)
    return numbered + SEPARATOR, numbered + AFTER_SEPARATOR


def _numbered(series: str, volume: str | None, issue: str | None) -> str:
    volume = natural(folded(volume)) if volume else ""
    numbers = (bounded(number, _MAX_NUMBER_BYTES) for number in (volume, issue_key(issue)))
    return SEPARATOR.join((series_key(series), *numbers))


def _series_text(series: str) -> str:
    text = _APOSTROPHE.sub("", folded(series))
    return _ARTICLE.sub("", _NOISE.sub(" ", text).strip()) or text.strip()


def _number(digits: str) -> str:
    """A number as its length, then its digits, of any script."""
    value = str(int(digits)) if len(digits) <= 300 else digits.lstrip("0") or "0"
    return _sized(value, len(value))


def _sized(value: str, size: int) -> str:
    return f"{size}{value}" if size < 10 else f"9{size:03d}{value}"


def _complement(number: str) -> str:
    return "".join(chr(ord("9") - ord(c) + ord("0")) if c.isdigit() else c for c in number) + "~"
