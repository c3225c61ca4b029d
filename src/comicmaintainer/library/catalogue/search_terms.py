"""The terms, bigrams and facets of files in the search index, and of queries.

Words are folded (case, accents). Scripts written without spaces are split into overlapping pairs of
characters, so that any part of a title is found. Facets (state, format, year, ...) are single
private-use characters beside the words: any mix of words and filters is one intersection, with its
matches in series order. A facet only narrows; the SQL condition decides.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

from comicmaintainer.library.catalogue.sort_keys import folded

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"  # kana, Han
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"  # Hangul, more Han
)
_TERM = re.compile(
    rf"(?P<spaceless>[{_SPACELESS}]+)"
    rf"|(?P<word>(?:(?![{_SPACELESS}])[^\W_]|[\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff])+)"
)
# Anchored to the start of a word: tried at every letter, a long word would take quadratic time.
_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]++(?:[-'.\u2019][^\W_]++)++")
MAX_QUERY_TERMS = 16
MAX_TERM_LENGTH = 64
MAX_TEXT_LENGTH = 4000
MAX_DOCUMENT_LENGTH = 16_000
"""The indexed length of a file's texts; the largest honest tags have about 6,000 characters."""

_CACHED_TEXT_LENGTH = 100

# The start of each family of facets. Single characters, which the prefix index ignores.
_STATES = {
    "unprocessed": "\ue001",
    "processed": "\ue002",
    "duplicate": "\ue003",
    "failed": "\ue004",
    "conflict": "\ue005",
    "identified": "\ue006",
}
_FORMATS = {"cbz": "\ue011", "cbr": "\ue012", "cb7": "\ue013", "cbt": "\ue014", "pdf": "\ue015"}
FORMATS = tuple(_FORMATS)
GAPS_FACET = "\ue018"
"""The facet of files whose series has gaps, as its figures say."""
# Also the bits of the column `missing`, whose default in the schema has them all.
MISSING_TAGS = (
    "series", "issue", "title", "volume", "year", "publisher", "summary", "credits", "genres",
    "language", "month", "count", "age_rating", "web",
)  # fmt: skip
_MISSING = {tag: chr(0xE020 + number) for number, tag in enumerate(MISSING_TAGS)}
_MISSING_BITS = {tag: 1 << number for number, tag in enumerate(MISSING_TAGS)}
_ALL_MISSING = (1 << len(MISSING_TAGS)) - 1
_YEARS = 10_000
_YEAR_SPANS = {100: 0xF3800, 10: 0xF3000, 1: 0xF0000}
_MAX_SINGLE_YEARS = 4
_ROOTS_AT, _ROOTS = 0xF4000, 0x4000
_FOLDERS_AT, _FOLDERS = 0x100000, 0xFFF0
# Days since 1970 come again after 45 years, publishers share characters: the condition decides.
_DAYS = 0x4000
_DAY_SPANS = {32: 0xFC000, 1: 0xF8000}
_PUBLISHERS_AT, _PUBLISHERS = 0xFD000, 0x1000
_SIZES_AT = 0xFE000
SIZE_STEPS = tuple(step * 1_000_000 for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000))
"""Where classes of sizes begin, in bytes; a range between two of them needs no other condition."""
_DAY_S = 86_400


def terms(text: str) -> Iterator[str]:
    """Yield the index terms of `text`."""
    plain = folded(text[:MAX_TEXT_LENGTH])
    for match in _TERM.finditer(plain):
        run = match.group()[: MAX_TERM_LENGTH * 4]
        if match.lastgroup == "spaceless":
            yield from (run[at : at + 2] for at in range(len(run) - 1))
            yield run[-1]
        else:
            yield _word(run)
    # "Spider-Man" is also found as "spiderman".
    for compound in _COMPOUND.findall(plain):
        yield re.sub(r"[\W_]+", "", compound)[:MAX_TERM_LENGTH]


def distinct_terms(texts: Iterable[str]) -> list[str]:
    """Return the terms of all texts, each once, in order.

    The work is bounded: text beyond `MAX_DOCUMENT_LENGTH` characters is left out.
    """
    found: dict[str, None] = {}
    for text in _within_length(texts):
        if len(text) <= _CACHED_TEXT_LENGTH:
            found.update(_cached_terms(text))
        else:
            found.update(dict.fromkeys(terms(text)))
    return list(found)


@lru_cache(maxsize=2_048)
def _cached_terms(text: str) -> dict[str, None]:
    """The terms of a short text, which other files of its series have as well."""
    return dict.fromkeys(terms(text))


def _within_length(texts: Iterable[str]) -> Iterator[str]:
    left = MAX_DOCUMENT_LENGTH
    for text in texts:
        if left <= 0:
            return
        yield text[:left]
        left -= min(len(text), MAX_TEXT_LENGTH) + 1


@dataclass(frozen=True, slots=True)
class WantedTerm:
    """A term that must match, exactly or as a prefix.

    `is_begun`: zeros or one letter at the end of a text, perhaps the beginning of a number or word.
    """

    text: str
    is_prefix: bool
    is_begun: bool = False


def wanted_terms(text: str) -> list[WantedTerm]:
    """Return the terms that must all match for `text`: words as prefixes, numbers exactly."""
    found_terms: dict[WantedTerm, None] = {}
    plain = folded(text[:MAX_TEXT_LENGTH])
    for matched in _TERM.finditer(plain):
        run = matched.group()[:MAX_TERM_LENGTH]
        if matched.lastgroup == "word":
            word = _word(run)
            is_begun = matched.end() == len(plain) and (
                word == "0" or (len(word) == 1 and not word.isdigit() and bool(found_terms))
            )
            found_terms[WantedTerm(word, len(word) > 1 and not word.isdigit(), is_begun)] = None
        elif len(run) == 1:
            found_terms[WantedTerm(run, is_prefix=True)] = None
        else:
            pairs = (run[at : at + 2] for at in range(len(run) - 1))
            found_terms.update((WantedTerm(pair, is_prefix=False), None) for pair in pairs)
    return list(found_terms)[:MAX_QUERY_TERMS]


def only_letter(text: str) -> str | None:
    """Return the letter that is all of `text`, folded; None if there is more, or a digit."""
    plain = folded(text[:MAX_TEXT_LENGTH]).strip()
    matched = _TERM.fullmatch(plain)
    is_letter = len(plain) == 1 and matched is not None and matched.lastgroup == "word"
    return plain if is_letter and not plain.isdigit() else None


def state_facet(state: str) -> str:
    """Return the facet of a file's state."""
    return _STATES[state]


def format_facet(format_name: str | None) -> str:
    """Return the facet of a file's format; unknown ones share one."""
    return _FORMATS.get(format_name or "", "\ue010")


def has_own_facet(format_name: str) -> bool:
    """Whether only files of this format have its facet."""
    return format_name in _FORMATS


def missing_facet(tag: str) -> str:
    """Return the facet of files that lack `tag`, one of MISSING_TAGS."""
    return _MISSING[tag]


def missing_condition(tag: str) -> str:
    """Return the SQL condition that the file `f` lacks a tag.

    The bit is no parameter: a server has statistics of each bit, by its number.
    """
    bit = missing_bit(tag)
    return f"f.missing & {bit} = {bit}"


def missing_bit(tag: str) -> int:
    """Return the bit of a tag in the column `missing` of the files table."""
    return _MISSING_BITS[tag]


def missing_bits_of(tags: Mapping[str, Any]) -> int:
    """Return the bits for the tags that a file with `tags` lacks."""
    bits = _ALL_MISSING
    for tag, value in tags.items():
        if tag in _MISSING_BITS and not _is_empty(value):
            bits &= ~_MISSING_BITS[tag]
    return bits


def tags_of_bits(bits: int) -> list[str]:
    """Return the tags of the column `missing`."""
    return [tag for tag, bit in _MISSING_BITS.items() if bits & bit]


@lru_cache(maxsize=1_024)
def missing_facets(bits: int) -> tuple[str, ...]:
    """Return the facets of a file with these bits in the column `missing`."""
    return tuple(_MISSING[tag] for tag in tags_of_bits(bits))


@lru_cache(maxsize=256)
def year_facets(year: int) -> tuple[str, ...]:
    """Return the facets of a file's year: its century, its decade and itself."""
    year = min(max(year, 0), _YEARS - 1)
    return tuple(_years_facet(year, span) for span in _YEAR_SPANS)


@dataclass(frozen=True, slots=True)
class CoveringFacets:
    """Facets of which every matching file has one; `is_exact`: no other file has one."""

    facets: tuple[str, ...]
    is_exact: bool


def year_range_facets(
    first: int | None, last: int | None, *, exactly: bool = False
) -> CoveringFacets:
    """Return facets that cover the years, inclusive, by centuries, decades and single years.

    Fewer facets are faster, so a longer range is widened to whole decades unless `exactly`.
    """
    low, high = max(first or 0, 0), min(_YEARS - 1 if last is None else last, _YEARS - 1)
    is_exact = exactly or high - low < _MAX_SINGLE_YEARS
    if not is_exact:
        low, high = low - low % 10, high - high % 10 + 9
    facets = []
    while low <= high:
        span = next(s for s in _YEAR_SPANS if low % s == 0 and low + s - 1 <= high)
        facets.append(_years_facet(low, span))
        low += span
    return CoveringFacets(tuple(facets), is_exact)


SIZE_FACETS = tuple(chr(_SIZES_AT + each) for each in range(len(SIZE_STEPS) + 1))
"""The facets of all classes of sizes, of which each file has one."""


def size_facet(size_bytes: int) -> str:
    """Return the facet of a file's class of size."""
    return SIZE_FACETS[bisect_right(SIZE_STEPS, size_bytes)]


def size_range_facets(first: int | None, last: int | None) -> CoveringFacets:
    """Return facets that cover the sizes, inclusive."""
    low = 0 if first is None else bisect_right(SIZE_STEPS, first)
    high = len(SIZE_STEPS) if last is None else bisect_right(SIZE_STEPS, last)
    is_exact = (first is None or first in (0, *SIZE_STEPS)) and (
        last is None or last + 1 in SIZE_STEPS
    )
    return CoveringFacets(SIZE_FACETS[low : high + 1], is_exact)


def classes_of_sizes(first: int | None, last: int | None) -> list[tuple[int, int | None]]:
    """Return the range of sizes, inclusive, as one range in each class; None for no end."""
    begins = (0, *SIZE_STEPS)
    ends = [*(step - 1 for step in SIZE_STEPS), None]
    ranges = []
    for begin, end in zip(begins, ends, strict=True):
        low = max(begin, first or 0)
        high = end if last is None else last if end is None else min(end, last)
        if high is None or low <= high:
            ranges.append((low, high))
    return ranges


def added_facets(added_at: float) -> tuple[str, ...]:
    """Return the facets of the day on which a file was added, and of the 32 days around it."""
    day = int(added_at // _DAY_S)
    return tuple(_days_facet(day, span) for span in _DAY_SPANS)


def added_range_facets(first_at: float, last_at: float) -> tuple[str, ...]:
    """Return facets that cover the days between two times; other days may have one as well."""
    day, last = int(first_at // _DAY_S), int(last_at // _DAY_S)
    facets = []
    while day <= last:
        span = next(s for s in _DAY_SPANS if (day % s == 0 and day + s - 1 <= last) or s == 1)
        facets.append(_days_facet(day, span))
        day += span
    return tuple(facets)


@lru_cache(maxsize=256)
def publisher_facet(publisher: str) -> str:
    """Return the facet of all files of a publisher; some share one."""
    return chr(_PUBLISHERS_AT + crc32(publisher_key(publisher).encode()) % _PUBLISHERS)


def publisher_key(publisher: str) -> str:
    """Return the common key of all spellings of a publisher."""
    return folded(publisher).strip()


def root_facet(root_id: int) -> str:
    """Return the facet of all files under a root."""
    return chr(_ROOTS_AT + root_id % _ROOTS)


def folder_facet(folder_id: int) -> str:
    """Return the facet of all files under a folder; high ids may share one."""
    return chr(_FOLDERS_AT + folder_id % _FOLDERS)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], ())


def _days_facet(day: int, span: int) -> str:
    return chr(_DAY_SPANS[span] + day % _DAYS // span)


def _years_facet(year: int, span: int) -> str:
    return chr(_YEAR_SPANS[span] + year // span)


def _word(run: str) -> str:
    # "007" and "7" are the same number in a search.
    return run.lstrip("0") or "0" if run.isdigit() else run[:MAX_TERM_LENGTH]
