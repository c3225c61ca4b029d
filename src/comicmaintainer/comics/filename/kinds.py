"""Owns the kinds of books, and finds them in a name: "Annual", "Trade Paperback".

Used by `unmarked`, which skips a kind between volume and number, and by `layout`, which decides
whether the kind belongs to the series' name.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.sentence import Sentence


@dataclass(frozen=True, slots=True)
class BookKind:
    """A kind of book, named as in ComicInfo's Format.

    `loose`: not part of the series' name when at its end ("Batman TPB" belongs to Batman). `own`:
    makes a separate series in any place: "Batman v2 Annual 1" is an issue of "Batman Annual".
    """

    name: str
    loose: bool = False
    own: bool = False


def _kinds(phrases: str, kind: BookKind) -> dict[str, BookKind]:
    return dict.fromkeys(phrases.split(", "), kind)


BOOK_KINDS: dict[str, BookKind] = {
    **_kinds("annual, annuel, anual, annuale, jahrbuch", BookKind("Annual", own=True)),
    **_kinds("yearbook, year book", BookKind("Year Book", own=True)),
    **_kinds("special, spécial, especial, speciale", BookKind("Special", own=True)),
    **_kinds("sonderheft, sonderband, hors série, hors serie", BookKind("Special", own=True)),
    # After a volume these describe further content of the file: "Volume 2 + Annuals".
    **_kinds("annuals", BookKind("Annual")),
    **_kinds("specials, omake, extra, extras", BookKind("Special")),
    **_kinds("one shot, oneshot, os", BookKind("One-Shot", loose=True)),
    **_kinds("tpb, tpbs, tp, trade paperback", BookKind("TPB", loose=True)),
    **_kinds("hc, hardcover", BookKind("Hard Cover", loose=True)),
    **_kinds("gn, ogn, graphic novel", BookKind("Graphic Novel", loose=True)),
    **_kinds("omnibus", BookKind("Omnibus", own=True)),
    **_kinds("compendium", BookKind("Compendium", own=True)),
    **_kinds("box set", BookKind("Box-Set", own=True)),
    **_kinds("preview", BookKind("Preview", own=True)),
    **_kinds("artbook, art book", BookKind("Art Book", own=True)),
    **_kinds("fcbd, free comic book day", BookKind("FCBD", own=True)),
}
BOOK_KIND_STARTS = frozenset(phrase.split()[0] for phrase in BOOK_KINDS)
_LONGEST = max(len(phrase.split()) for phrase in BOOK_KINDS) + 1  # and perhaps a dash


def kind_at_end(sentence: Sentence, first: int, last: int) -> tuple[BookKind, int] | None:
    """The kind at the end of the tokens, and where its words begin."""
    for start in range(max(first, last - _LONGEST), last):
        if sentence.tokens[start].low in BOOK_KIND_STARTS:
            kind = _kind_named(sentence, start, last)
            if kind is not None:
                return kind, start
    return None


def kind_at_start(sentence: Sentence, first: int, last: int) -> tuple[BookKind, int] | None:
    """The kind at the start of the tokens, and where its words end."""
    if first == last or sentence.tokens[first].low not in BOOK_KIND_STARTS:
        return None
    for end in range(min(first + _LONGEST, last), first, -1):
        kind = _kind_named(sentence, first, end)
        if kind is not None:
            return kind, end
    return None


def kind_within(sentence: Sentence, first: int, last: int) -> BookKind | None:
    """The first kind among other words: "Batman Annual"."""
    for start in range(first, last):
        if sentence.tokens[start].low in BOOK_KIND_STARTS:
            found = kind_at_start(sentence, start, last)
            if found is not None and (start > first or found[1] < last):
                return found[0]
    return None


def _kind_named(sentence: Sentence, first: int, last: int) -> BookKind | None:
    """The kind that all the tokens together name."""
    if sentence.kind(last - 1) is Kind.DASH:
        return None
    words = [token.low for token in sentence.tokens[first:last] if token.kind is not Kind.DASH]
    return BOOK_KINDS.get(" ".join(words))
