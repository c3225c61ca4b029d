"""Decides which of a name's numbers is the volume, which the issue.

The order of trust: a marked number; "N of M"; a bare number where issues stand (zero-padded,
before a bracket, a dash or the end); a weakly marked one ("No. 8"); a leading number.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.dates import FIRST_BARE_YEAR, LAST_BARE_YEAR, is_year
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.numbering import Numbering, read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import RELEASE_WORDS, Counts


@dataclass(frozen=True, slots=True)
class Choice:
    """The numberings that count; `leading` is a reading-order number before the series."""

    volume: Numbering | None
    issue: Numbering | None
    special: Numbering | None
    leading: Numbering | None
    year: Numbering | None


@dataclass(frozen=True, slots=True)
class _Bare:
    """An unmarked number; the higher its rank the likelier it is an issue."""

    numbering: Numbering
    padded: bool
    leading: bool
    rank: int


def choose(sentence: Sentence, numberings: list[Numbering], *, dated: bool) -> Choice:
    """The volume and issue of a name; `dated` says that it has a year already."""
    volume = _first_volume(sentence, numberings)
    special = next((n for n in numberings if n.counts is Counts.SPECIAL), None)
    bares = _bare_numbers(sentence, numberings)
    issues = [n for n in numberings if n.counts is Counts.ISSUE]
    strong = [n for n in issues if not n.weak and _stands_as_issue(sentence, n)]
    issue = _first_not_outdone(sentence, strong, bares)
    year = None
    if issue is None:
        bare = _best_bare(sentence, bares, volume)
        weak = next((n for n in issues if n.weak and _stands_as_issue(sentence, n)), None)
        if (
            weak is not None
            and (bare is None or bare.rank < 3)
            and (volume is None or volume.first < weak.first)
        ):
            issue = weak
        elif bare is not None:
            is_bare_year = bare.rank == 1
            if is_bare_year and not dated and volume is None:
                year = bare.numbering
            elif not is_bare_year or volume is None:
                issue = bare.numbering
    leading = next((b for b in bares if b.leading), None)
    if leading is None or not _is_ordinal_position(sentence, leading):
        return Choice(volume, issue, special, None, year)
    if issue is None and volume is None:
        return Choice(volume, leading.numbering, special, None, year)
    if issue is None:
        return Choice(volume, leading.numbering, special, None, year)
    return Choice(volume, issue, special, leading.numbering, year)


def _first_volume(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """The first volume; "[v2]" is the release's version, not the book's volume."""
    return next(
        (
            n
            for n in numberings
            if n.counts is Counts.VOLUME
            and (n.group < 0 or not sentence.groups[n.group].square)
            and (n.group < 0 or n.first == sentence.groups[n.group].first + 1)
        ),
        None,
    )


def _stands_as_issue(sentence: Sentence, numbering: Numbering) -> bool:
    """A number in a bracket counts if it begins it: "(#02)", "(Ch.071-079)", "(1 of 3)"."""
    if numbering.group < 0:
        return True
    group = sentence.groups[numbering.group]
    return not group.square and not numbering.weak and numbering.first == group.first + 1


def _first_not_outdone(
    sentence: Sentence, issues: list[Numbering], bares: list[_Bare]
) -> Numbering | None:
    """The first marked issue that no other numbering follows at once.

    "Spider-Man Chapter One 002" and "Monster #8 Ch. 001" are issues 2 and 1 of such series.
    """
    starts = {n.first for n in issues} | {b.numbering.first for b in bares if b.padded}
    for issue in issues:
        outdone = issue.last in starts and sentence.tokens[issue.last].gap
        if not outdone or (issue.hashed and sentence.kind(issue.last) is Kind.NUMBER):
            return issue
    return None


def _bare_numbers(sentence: Sentence, numberings: list[Numbering]) -> list[_Bare]:
    taken: set[int] = set()
    for numbering in numberings:
        taken.update(range(numbering.first, numbering.last))
    bares: list[_Bare] = []
    index = 0
    text_seen = False
    while index < len(sentence.tokens):
        token = sentence.tokens[index]
        last = index + 1
        if token.group < 0:
            if token.kind is Kind.NUMBER and index not in taken and sentence.free(index):
                bare = _bare_at(sentence, index, leading=not text_seen)
                if bare is not None:
                    bares.append(bare)
                    last = bare.numbering.last
            text_seen = text_seen or token.kind in (Kind.WORD, Kind.NUMBER)
        index = last
    return bares


def _bare_at(sentence: Sentence, index: int, *, leading: bool) -> _Bare | None:
    text = sentence.tokens[index].text
    padded = len(text) > 1 and text[0] == "0"
    if not _starts_apart(sentence, index, padded=padded):
        return None
    number = read_range(sentence, index)
    if number is None:
        return None
    last = number.last
    dash_follows = sentence.kind(last) is Kind.DASH
    if (
        dash_follows
        and sentence.glued(last)
        and sentence.glued(last + 1)
        and not (padded or sentence.packed)
    ):
        return None
    if sentence.low(last) in {"%", "$", "€"}:
        return None
    numbering = Numbering(Counts.ISSUE, index, index, last, number.value)
    return _Bare(numbering, padded, leading, _rank(sentence, text, last, padded=padded))


def _rank(sentence: Sentence, text: str, last: int, *, padded: bool) -> int:
    if padded:
        return 3
    ends = sentence.closes(last) or sentence.kind(last) is Kind.DASH or not sentence.free(last)
    if not ends and not _only_noise_follows(sentence, last):
        return 0
    return 1 if is_year(text, FIRST_BARE_YEAR, LAST_BARE_YEAR + 60) else 2


def _starts_apart(sentence: Sentence, index: int, *, padded: bool) -> bool:
    """Whether a number is not the tail of a word ("'89", "IG-88", "$1")."""
    if not sentence.glued(index):
        return True
    before = sentence.kind(index - 1)
    if before in (Kind.CLOSE, Kind.OPEN):
        return True
    if before is Kind.DASH:
        joined = sentence.glued(index - 1)
        return not joined or padded or sentence.packed == "-"
    return sentence.low(index - 1) in {",", ";", ":", "、"} or (
        sentence.low(index - 1) == "." and (sentence.packed == "." or padded)
    )


def _only_noise_follows(sentence: Sentence, index: int) -> bool:
    """Whether the rest is release words, or one short word in capitals (a scan group)."""
    last = index
    while not sentence.closes(last):
        last += 1
    words = [t for t in sentence.tokens[index:last] if t.kind is Kind.WORD]
    if all(token.low in RELEASE_WORDS for token in words):
        return True
    return len(words) == 1 and last == index + 1 and words[0].text.isupper()


def _best_bare(sentence: Sentence, bares: list[_Bare], volume: Numbering | None) -> _Bare | None:
    best: _Bare | None = None
    for bare in bares:
        if bare.leading or bare.rank == 0:
            continue
        if volume is not None and not bare.padded and not _follows(sentence, volume, bare):
            continue
        if best is None or bare.rank > best.rank:
            best = bare
    return best


def _follows(sentence: Sentence, volume: Numbering, bare: _Bare) -> bool:
    """Whether the number stands right behind the volume: "v6 - 10", "v2 017"."""
    at = volume.last
    while at < bare.numbering.first and sentence.kind(at) in (Kind.DASH, Kind.MARK):
        at += 1
    return at == bare.numbering.first


def _is_ordinal_position(sentence: Sentence, leading: _Bare) -> bool:
    """ "5 - Series", "01. Series", "01 Series", or nothing but the number."""
    last = leading.numbering.last
    if sentence.closes(last) or leading.padded:
        return True
    if sentence.kind(last) is Kind.DASH:
        return True
    return sentence.low(last) == "." and not sentence.glued(last + 1)
