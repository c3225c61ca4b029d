"""Compares the names of series as files write them with those that a source has.

File names lose signs and articles, and write "&" or "and". So names are compared by their letters
and digits alone. Weights and what they were measured on: docs/decisions/0120-matching.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

LOOSE_PENALTY = 0.1
"""Names that differ in edition words or in notes in brackets."""
OTHER_NAME_PENALTY = 0.3
"""At least this for other names, so that none comes near the series that has the name."""

_ARTICLE = "the"
_UNSEARCHED = frozenset({"the", "and", "&", "+"})
_LEADING_ARTICLES = frozenset({"a", "an"})
_EDITION_WORDS = frozenset(
    {"deluxe", "digital", "edition", "facsimile", "remastered", "scan", "variant"}
)
_LOOSE_WORDS = _EDITION_WORDS | {"and", "c2c", "comics", "hd", "oneshot"}
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_ONE_SHOT = re.compile(r"\bone[- ]shot\b", re.IGNORECASE)
_TRAILING_ARTICLE = re.compile(r",\s*(?:the|an?)$", re.IGNORECASE)
_SILENT = re.compile(r"[.'’‘`´]")
_POSSESSIVE = re.compile(r"(?<=\w{2})['’]?s$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_LOST_SIGN = re.compile(r"(?<=[^\W\d_A-Z]{2})(?=[A-Z][^\W\d_A-Z]{2})")
_SUBTITLE = re.compile(r"\s*:\s+|\s+[-–—]\s+|(?<=\w)-\s+")


@dataclass(frozen=True, slots=True)
class NameForm:
    """A name in the forms in which it is compared.

    `key` is its letters and digits without articles, "&" as "and". `loose` also lacks "and",
    edition words, and `notes`, which are those in brackets. `pairs` are the pairs of neighbouring
    letters of `key`.
    """

    key: str
    loose: str
    notes: str
    words: frozenset[str]
    pairs: frozenset[str] = field(repr=False)


@lru_cache(maxsize=8192)
def name_form(name: str) -> NameForm:
    """The forms of a name; those of a source's series are needed again and again."""
    words = _telling_words(name)
    key = "".join(words)
    bare = [word for word in _telling_words(_BRACKETS.sub(" ", name)) if word not in _LOOSE_WORDS]
    pairs = frozenset(key[at : at + 2] for at in range(len(key) - 1)) or frozenset({key})
    notes = "".join(_WORD.findall(_folded(" ".join(_BRACKETS.findall(name)))))
    return NameForm(key, "".join(bare) or key, notes, frozenset(words), pairs)


def name_penalty(ours: str, theirs: Iterable[str]) -> float:
    """From 0 for the same name to 1 for nothing in common; `theirs` is a name and its aliases."""
    our_form = name_form(ours)
    return min((_penalty(our_form, name_form(name)) for name in theirs), default=1.0)


def is_same_name(one: str, other: str) -> bool:
    """Whether both have the same letters and digits, apart from articles and "and"."""
    return name_form(one).key == name_form(other).key


def search_names(name: str, folder_series: str | None) -> tuple[str, ...]:
    """The words to search a series by, the most promising first.

    Articles and "and" are left out, since names lose them, and some sources look for every word.
    Capitals do not count, so that names written in other ones share an answer. The other ways are
    for names that have lost a sign between two words or before an "s", for subtitles that the
    source does not have, and for a word that it spells otherwise.
    """
    words = _search_words(name)
    longest = max(words, key=len, default="")
    found = [
        words,
        _search_words(_LOST_SIGN.sub(" ", name)),
        _search_words(folder_series or ""),
        _search_words(_BRACKETS.sub(" ", name)),
        _search_words(max(_SUBTITLE.split(name), key=len)),
        _search_words(_SUBTITLE.split(name)[0]),
        [_POSSESSIVE.sub("", word) for word in words],
        [longest],
        [word for word in words if word != longest],
    ]
    return tuple(dict.fromkeys(" ".join(each).casefold() for each in found if any(each)))


def _penalty(ours: NameForm, theirs: NameForm) -> float:
    if ours.key == theirs.key:
        return 0.0
    if ours.loose == theirs.loose and (not ours.notes or not theirs.notes):
        return LOOSE_PENALTY
    likeness = max(_likeness(ours.words, theirs.words), _likeness(ours.pairs, theirs.pairs))
    return OTHER_NAME_PENALTY + (1 - OTHER_NAME_PENALTY) * (1 - likeness)


def _likeness(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """The Dice coefficient: the share of both that they have in common."""
    both = len(ours) + len(theirs)
    return 2 * len(ours & theirs) / both if both else 0.0


def _telling_words(name: str) -> list[str]:
    words = _WORD.findall(_folded(name))
    telling = [word for word in words if word != _ARTICLE]
    if (
        len(telling) > 1
        and telling[0] in _LEADING_ARTICLES
        and name.lower().startswith(f"{telling[0]} ")
    ):
        del telling[0]
    return telling or words


def _search_words(name: str) -> list[str]:
    text = _TRAILING_ARTICLE.sub("", name.strip())
    words = [word for word in text.replace("_", " ").split() if _WORD.search(word)]
    telling = [word for word in words if word.lower() not in _UNSEARCHED]
    if len(telling) > 1 and telling[0].lower() in _LEADING_ARTICLES:
        del telling[0]
    return [word.strip(":,;()[]{}") for word in telling or words]


def _folded(name: str) -> str:
    """Without capitals, accents, apostrophes and points ("S.H.E.L.F." is "shelf")."""
    text = _ONE_SHOT.sub("oneshot", name)
    text = _SILENT.sub("", _TRAILING_ARTICLE.sub("", text.strip())).replace("&", " and ")
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return text.casefold()
