"""What the search index holds for a file, and what it is asked: terms, bigrams and facets.

Words are folded (case, accents). Scripts written without spaces are cut into overlapping pairs of
characters, so that any part of a title is found. Facets (state, format, year, ...) are single
private-use characters beside the words: any mix of words and filters is one intersection, and its
matches come in series order. A facet only narrows; the SQL condition decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
_NEVER = "\ue000"
_YEARS_AT, _YEARS = 0xF0000, 10_000
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


def document(texts: Iterable[str], facets: Iterable[str]) -> str:
    """Return what the index stores for a file with these texts and facets."""
    distinct = dict.fromkeys(term for text in texts for term in terms(text))
    distinct.update(dict.fromkeys(facets))
    return " ".join(distinct)


def query(text: str) -> list[str]:
    """Return FTS5 expressions that must all match for `text`; words match by their beginning."""
    found: dict[str, None] = {}
    for matched in _TERM.finditer(folded(text[:MAX_TEXT_LENGTH])):
        run = matched.group()[:MAX_TERM_LENGTH]
        if matched.lastgroup == "word":
            word = _word(run)
            found[f'"{word}"' if len(word) == 1 or word.isdigit() else f'"{word}" *'] = None
        elif len(run) == 1:
            found[f'"{run}" *'] = None
        else:
            found.update((f'"{run[at : at + 2]}"', None) for at in range(len(run) - 1))
    return list(found)[:MAX_QUERY_TERMS]


def state_facet(state: str) -> str:
    """Return the facet of a file's state."""
    return _STATES[state]


def format_facet(format_name: str | None) -> str:
    """Return the facet of a file's format; unknown ones share one."""
    return _FORMATS.get(format_name or "", "\ue010")


def missing_facet(tag: str) -> str:
    """Return the facet of files that lack `tag`, one of MISSING_TAGS."""
    return _MISSING[tag]


def year_facet(year: int) -> str:
    """Return the facet of a year; one that no comic can have matches nothing."""
    return chr(_YEARS_AT + year) if 0 <= year < _YEARS else _NEVER


def root_facet(root_id: int) -> str:
    """Return the facet of all files under a root."""
    return chr(_ROOTS_AT + root_id % _ROOTS)


def folder_facet(folder_id: int) -> str:
    """Return the facet of all files under a folder; far ids may share one."""
    return chr(_FOLDERS_AT + folder_id % _FOLDERS)


def _word(run: str) -> str:
    # "007" and "7" are the same number to whoever looks for it.
    return run.lstrip("0") or "0" if run.isdigit() else run[:MAX_TERM_LENGTH]
