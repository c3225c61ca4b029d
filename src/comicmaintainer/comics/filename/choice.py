"""Decides which of a name's numbers is the volume, which the issue.

The order of trust: a marked number; "N of M"; a bare number where issues stand (zero-padded,
before a bracket, a dash or the end); a weakly marked one ("No. 8"); a leading number.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.bare import IN_TEXT, LIKE_A_YEAR, Bare, find_bare_numbers
from comicmaintainer.comics.filename.dates import FIRST_BARE_YEAR, LAST_BARE_YEAR, is_year
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.numbering import Numbering
from comicmaintainer.comics.filename.numbers import read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import FUNCTION_WORDS, Counts


@dataclass(frozen=True, slots=True)
class Choice:
    """The numberings that count.

    `leading` stands before the series: the issue itself ("5 - Series") or, where the name has
    another, its place in a reading order.
    """

    volume: Numbering | None
    issue: Numbering | None
    special: Numbering | None
    leading: Numbering | None
    year: Numbering | None
    versions: tuple[Numbering, ...] = ()


def choose(sentence: Sentence, numberings: list[Numbering], *, dated: bool) -> Choice:
    """The volume and issue of a name; `dated` says that it has a year already."""
    volume = _first_volume(sentence, numberings)
    bares = find_bare_numbers(sentence, numberings, dated=dated)
    issue = _marked_issue(sentence, numberings, bares)
    year = None
    if issue is None:
        best = _best_bare(sentence, bares, volume)
        weak = _weak_issue(sentence, numberings, volume)
        if weak is not None and (best is None or not best.padded):
            issue = weak
        elif best is not None and best.rank > LIKE_A_YEAR:
            issue = best.numbering
        elif best is not None and volume is None and not dated:
            year = _closing_year(sentence, best.numbering)
    if issue is None and year is None:
        issue = _in_square_brackets(sentence, numberings)
        issue = issue or _bracketed_range(sentence, numberings)
    leading = _leading(sentence, bares, numberings)
    if issue is None:
        issue = leading
    if issue is None and year is None and volume is None:
        issue = _number_in_text(sentence, bares)
    special = next((n for n in numberings if n.counts is Counts.SPECIAL), None)
    return Choice(volume, issue, special, leading, year, _versions(sentence, numberings, volume))


def _first_volume(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """The first volume; "[v2]" is the release's version, not the book's volume."""
    return next(
        (
            n
            for n in numberings
            if n.counts is Counts.VOLUME and (n.group < 0 or _is_bracketed_volume(sentence, n))
        ),
        None,
    )


def _versions(
    sentence: Sentence, numberings: list[Numbering], volume: Numbering | None
) -> tuple[Numbering, ...]:
    """The release's versions, as in "Series_v12_[Group]_v2"."""
    return tuple(
        n
        for n in numberings
        if n.counts is Counts.VOLUME
        and n is not volume
        and len(sentence.low(n.first)) == 1
        and sentence.kind(n.first - 1) is Kind.CLOSE
    )


def _is_bracketed_volume(sentence: Sentence, numbering: Numbering) -> bool:
    group = sentence.groups[numbering.group]
    version = group.square and len(sentence.low(numbering.first)) == 1
    return numbering.first == group.first + 1 and not version


def _stands_as_issue(sentence: Sentence, numbering: Numbering) -> bool:
    """A number in a bracket counts if it begins it: "(#02)", "(Ch.071-079)", "(1 of 3)"."""
    if numbering.group < 0:
        return True
    group = sentence.groups[numbering.group]
    if group.square or numbering.weak or numbering.first != group.first + 1:
        return False
    # "(C97) Title": the fair where it was sold.
    return group.first > 0 or len(sentence.low(numbering.first)) > 1 or numbering.hashed


def _weak_issue(
    sentence: Sentence, numberings: list[Numbering], volume: Numbering | None
) -> Numbering | None:
    """The first weakly marked number that no volume follows ("Kaiju No. 8 v01")."""
    for numbering in numberings:
        if numbering.counts is Counts.ISSUE and numbering.weak:
            if volume is not None and volume.first > numbering.first:
                return None
            return numbering if _stands_as_issue(sentence, numbering) else None
    return None


def _marked_issue(
    sentence: Sentence, numberings: list[Numbering], bares: list[Bare]
) -> Numbering | None:
    """The first marked issue that no other numbering follows at once.

    "Spider-Man Chapter One 002" and "Monster #8 Ch. 001" are issues 2 and 1 of such series.
    """
    issues = [
        n
        for n in numberings
        if n.counts is Counts.ISSUE and not n.weak and _stands_as_issue(sentence, n)
    ]
    starts = {n.first for n in issues} | {b.numbering.first for b in bares if b.padded}
    for issue in issues:
        outdone = issue.last in starts and sentence.tokens[issue.last].gap
        if not outdone or (issue.hashed and sentence.kind(issue.last) is Kind.NUMBER):
            return issue
    return None


def _in_square_brackets(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """The issue of "[c012]" or "[Vol 1 Ch 2]", where no other place tells one."""
    previous = None
    for numbering in numberings:
        if numbering.group > 0 or (numbering.group == 0 and sentence.groups[0].first > 0):
            group = sentence.groups[numbering.group]
            begins = numbering.first == group.first + 1
            follows = previous is not None and previous.group == numbering.group
            if numbering.counts is Counts.ISSUE and not numbering.weak and (begins or follows):
                return numbering
        previous = numbering
    return None


def _bracketed_range(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """A bracket that holds a padded number or a range and nothing else: "(404-407)"."""
    taken = {n.group for n in numberings}
    for number, group in enumerate(sentence.groups):
        at = group.first + 1
        if group.square or number in taken or not at < group.inner_last or not sentence.free(at):
            continue
        found = read_range(sentence, at)
        if found is None or found.last < group.inner_last:
            continue
        if "-" in found.value or sentence.tokens[at].text[0] == "0":
            return Numbering(Counts.ISSUE, at, at, found.last, found.value, group=number)
    return None


def _number_in_text(sentence: Sentence, bares: list[Bare]) -> Numbering | None:
    """The only unmarked number amid the text: "Series 12 Title", not "Night of 1000 Wolves"."""
    if len(bares) != 1 or bares[0].leading or bares[0].rank != IN_TEXT:
        return None
    at = bares[0].numbering.at
    numbering = bares[0].numbering
    if is_year(sentence.low(at), FIRST_BARE_YEAR) or not numbering.value.isdecimal():
        return None
    return None if sentence.low(at - 1) in FUNCTION_WORDS else numbering


def _closing_year(sentence: Sentence, numbering: Numbering) -> Numbering | None:
    """The number as a year, where it ends the text and is none of the future."""
    text = sentence.tokens[numbering.at].text
    closes = sentence.closes(numbering.last)
    is_alone = numbering.value == text  # no letter belongs to it
    if closes and is_alone and is_year(text, FIRST_BARE_YEAR, LAST_BARE_YEAR):
        return numbering
    return None


def _best_bare(sentence: Sentence, bares: list[Bare], volume: Numbering | None) -> Bare | None:
    best: Bare | None = None
    for bare in bares:
        if bare.leading or bare.rank == IN_TEXT:
            continue
        # "Crew 7 v1": a number elsewhere than right behind the volume is text.
        bound = volume if volume is not None and volume.group < 0 and not bare.padded else None
        if bound is not None and not _follows(sentence, bound, bare):
            continue
        if best is None or bare.rank > best.rank:
            best = bare
    return best


def _follows(sentence: Sentence, volume: Numbering, bare: Bare) -> bool:
    """Whether the number stands right behind the volume: "v6 - 10", "v2 017"."""
    at = volume.last
    while at < bare.numbering.first and sentence.kind(at) in (Kind.DASH, Kind.MARK, Kind.CLOSE):
        at += 1
    return at == bare.numbering.first


def _leading(
    sentence: Sentence, bares: list[Bare], numberings: list[Numbering]
) -> Numbering | None:
    """The number before the series: "5 - Series", "01. Series", "01 Series"; or it is alone.

    A number right before a date or another number is a series: "300 (1998)", "86 - v03".
    """
    leading = next((bare for bare in bares if bare.leading), None)
    if leading is None:
        return None
    last = leading.numbering.last
    if last < len(sentence.tokens) and sentence.closes(last):
        return None
    beyond = last + (sentence.kind(last) is Kind.DASH)
    if any(numbering.first == beyond for numbering in numberings):
        return None
    ordinal = (
        leading.padded
        or sentence.closes(last)
        or sentence.kind(last) is Kind.DASH
        or (sentence.low(last) == "." and not sentence.glued(last + 1))
    )
    return leading.numbering if ordinal else None
