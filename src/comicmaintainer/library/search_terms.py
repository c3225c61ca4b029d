"""What the search index holds for a file, and what it is asked: terms, bigrams and facets.

Words are folded (case, accents). Scripts written without spaces are cut into overlapping pairs of
characters, so that any part of a title is found. Facets (state, format, year, ...) are single
private-use characters beside the words: any mix of words and filters is one intersection, and its
matches come in series order. A facet only narrows; the SQL condition decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comicmaintainer.library.sort_keys import folded

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"  # kana, Han
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"  # Hangul, more Han
)
_TERM = re.compile(
    rf"(?P<spaceless>[{_SPACELESS}]+)"
    rf"|(?P<word>(?:(?![{_SPACELESS}])[^\W_]|[\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff])+)"
)
_COMPOUND = re.compile(r"[^\W_]+(?:[-'.\u2019][^\W_]+)+")
MAX_QUERY_TERMS = 16
MAX_TERM_LENGTH = 64
MAX_TEXT_LENGTH = 4000

# Where each family of facets begins. One character each: the prefix index takes no notice of them.
_STATES = {
    "unprocessed": "\ue001",
    "processed": "\ue002",
    "duplicate": "\ue003",
    "failed": "\ue004",
}
_FORMATS = {"cbz": "\ue011", "cbr": "\ue012", "cb7": "\ue013", "cbt": "\ue014", "pdf": "\ue015"}
MISSING_TAGS = (
    "series", "issue", "title", "volume", "year", "publisher", "summary", "credits", "genres",
    "language", "month", "count", "age_rating", "web",
)  # fmt: skip
_MISSING = {tag: chr(0xE020 + number) for number, tag in enumerate(MISSING_TAGS)}
_YEARS_AT, _YEARS = 0xF0000, 10_000
_DECADES_AT, _FIRST_DECADE, _LAST_DECADE = 0xF3000, 183, 210
_MAX_SINGLE_YEARS = 4
_ROOTS_AT, _ROOTS = 0xF4000, 0x4000
_FOLDERS_AT, _FOLDERS = 0x100000, 0xFFF0


def terms(text: str) -> Iterator[str]:
    """Yield the terms by which `text` is found."""
    plain = folded(text[:MAX_TEXT_LENGTH])
    for found in _TERM.finditer(plain):
        run = found.group()[: MAX_TERM_LENGTH * 4]
        if found.lastgroup == "spaceless":
            yield from (run[at : at + 2] for at in range(len(run) - 1))
            yield run[-1]
        else:
            yield _word(run)
    # "Spider-Man" is also looked for as "spiderman".
    for compound in _COMPOUND.findall(plain):
        yield re.sub(r"[\W_]+", "", compound)[:MAX_TERM_LENGTH]


def distinct_terms(texts: Iterable[str]) -> list[str]:
    """Return the terms of all texts, each once, in order."""
    return list(dict.fromkeys(term for text in texts for term in terms(text)))


@dataclass(frozen=True, slots=True)
class WantedTerm:
    """A term that must be found, or any term that begins with it."""

    text: str
    is_prefix: bool


def wanted_terms(text: str) -> list[WantedTerm]:
    """Return what must all be found for `text`: words by their beginning, numbers whole."""
    found: dict[WantedTerm, None] = {}
    for matched in _TERM.finditer(folded(text[:MAX_TEXT_LENGTH])):
        run = matched.group()[:MAX_TERM_LENGTH]
        if matched.lastgroup == "word":
            word = _word(run)
            found[WantedTerm(word, len(word) > 1 and not word.isdigit())] = None
        elif len(run) == 1:
            found[WantedTerm(run, is_prefix=True)] = None
        else:
            pairs = (run[at : at + 2] for at in range(len(run) - 1))
            found.update((WantedTerm(pair, is_prefix=False), None) for pair in pairs)
    return list(found)[:MAX_QUERY_TERMS]


def state_facet(state: str) -> str:
    """Return the facet of a file's state."""
    return _STATES[state]


def format_facet(format_name: str | None) -> str:
    """Return the facet of a file's format; unknown ones share one."""
    return _FORMATS.get(format_name or "", "\ue010")


def has_own_facet(format_name: str) -> bool:
    """Tell whether only files of this format have its facet."""
    return format_name in _FORMATS


def missing_facet(tag: str) -> str:
    """Return the facet of files that lack `tag`, one of MISSING_TAGS."""
    return _MISSING[tag]


def year_facets(year: int) -> tuple[str, str]:
    """Return the facets of a file's year: itself and its decade."""
    return chr(_YEARS_AT + min(max(year, 0), _YEARS - 1)), _decade_facet(year)


@dataclass(frozen=True, slots=True)
class CoveringFacets:
    """Facets of which a file has one if it is meant; `is_exact` where only then."""

    facets: tuple[str, ...]
    is_exact: bool


def year_range_facets(first: int | None, last: int | None) -> CoveringFacets:
    """Return facets that cover the years, inclusive.

    A few years are named one by one, more by their decades: the fewer, the faster.
    """
    low, high = max(first or 0, 0), min(_YEARS - 1 if last is None else last, _YEARS - 1)
    if high - low < _MAX_SINGLE_YEARS:
        years = tuple(chr(_YEARS_AT + year) for year in range(low, high + 1))
        return CoveringFacets(years, is_exact=True)
    decades = range(_decade(low), _decade(high) + 1)
    return CoveringFacets(tuple(chr(_DECADES_AT + decade) for decade in decades), is_exact=False)


def root_facet(root_id: int) -> str:
    """Return the facet of all files under a root."""
    return chr(_ROOTS_AT + root_id % _ROOTS)


def folder_facet(folder_id: int) -> str:
    """Return the facet of all files under a folder; far ids may share one."""
    return chr(_FOLDERS_AT + folder_id % _FOLDERS)


def _decade(year: int) -> int:
    # Before comics and after our time one decade stands for all.
    return min(max(year // 10, _FIRST_DECADE), _LAST_DECADE)


def _decade_facet(year: int) -> str:
    return chr(_DECADES_AT + _decade(year))


def _word(run: str) -> str:
    # "007" and "7" are the same number to whoever looks for it.
    return run.lstrip("0") or "0" if run.isdigit() else run[:MAX_TERM_LENGTH]
