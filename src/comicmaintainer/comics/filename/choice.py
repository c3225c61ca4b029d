"""Decides which of a name's numbers is the volume, which the issue.

The order of trust: a marked number; "N of M"; a bare number where issues stand (zero-padded,
before a bracket, a dash or the end); a weakly marked one ("No. 8"); a leading number.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.dates import FIRST_BARE_YEAR, LAST_BARE_YEAR, is_year
from comicmaintainer.comics.filename.lexer import Kind, writes_without_gaps
from comicmaintainer.comics.filename.numbering import Numbering, read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import FUNCTION_WORDS, RELEASE_WORDS, Counts


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


@dataclass(frozen=True, slots=True)
class _Bare:
    """An unmarked number; the higher its rank the likelier it is an issue."""

    numbering: Numbering
    padded: bool
    leading: bool
    rank: int


# What a bare number looks like, from its shape and what follows it.
LONGEST_NOISE = 12  # tokens
IN_TEXT, LIKE_A_YEAR, AT_THE_END, PADDED = range(4)


def choose(sentence: Sentence, numberings: list[Numbering], *, dated: bool) -> Choice:
    """The volume and issue of a name; `dated` says that it has a year already."""
    volume = _first_volume(sentence, numberings)
    bares = _bare_numbers(sentence, numberings, dated=dated)
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
    sentence: Sentence, numberings: list[Numbering], bares: list[_Bare]
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


def _number_in_text(sentence: Sentence, bares: list[_Bare]) -> Numbering | None:
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
    return numbering if closes and is_year(text, FIRST_BARE_YEAR, LAST_BARE_YEAR) else None


def _bare_numbers(sentence: Sentence, numberings: list[Numbering], *, dated: bool) -> list[_Bare]:
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
                bare = _bare_at(sentence, index, leading=not text_seen, dated=dated)
                if bare is not None:
                    bares.append(bare)
                    last = bare.numbering.last
            text_seen = text_seen or token.kind in (Kind.WORD, Kind.NUMBER)
        index = last
    return bares


def _bare_at(sentence: Sentence, index: int, *, leading: bool, dated: bool) -> _Bare | None:
    text = sentence.tokens[index].text
    padded = (len(text) > 1 and text[0] == "0") or sentence.packed is not None
    if not _starts_apart(sentence, index, padded=padded):
        return None
    number = read_range(sentence, index, spaced=text[0] == "0")
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
    # Scanlators call what they release between two chapters the first one's "b".
    value = number.value[:-1] + ".5" if number.value[-1] == "b" and not dated else number.value
    numbering = Numbering(Counts.ISSUE, index, index, last, value)
    return _Bare(numbering, padded, leading, _rank(sentence, text, last, padded=padded))


def _rank(sentence: Sentence, text: str, last: int, *, padded: bool) -> int:
    if padded:
        return PADDED
    ends = sentence.closes(last) or sentence.kind(last) is Kind.DASH or not sentence.free(last)
    if not ends and not _only_noise_follows(sentence, last):
        return IN_TEXT
    return LIKE_A_YEAR if is_year(text, FIRST_BARE_YEAR) else AT_THE_END


def _starts_apart(sentence: Sentence, index: int, *, padded: bool) -> bool:
    """Whether a number is not the tail of a word ("'89", "IG-88", "$1")."""
    if not sentence.glued(index):
        return True
    before = sentence.kind(index - 1)
    if before is Kind.WORD:
        return writes_without_gaps(sentence.tokens[index - 1].text[-1])
    if before in (Kind.CLOSE, Kind.OPEN):
        return True
    if before is Kind.DASH:
        joined = sentence.glued(index - 1)
        return not joined or padded or sentence.packed == "-" or _is_whole_name(sentence, index)
    return sentence.low(index - 1) in {",", ";", ":", "、"} or (
        sentence.low(index - 1) == "." and (sentence.packed == "." or padded)
    )


def _is_whole_name(sentence: Sentence, index: int) -> bool:
    """Whether a number of three digits or more ends a name of one word: "Naruto-700"."""
    return (
        index == 2
        and len(sentence.tokens) == 3
        and sentence.kind(0) is Kind.WORD
        and len(sentence.tokens[index].text) > 2
    )


def _only_noise_follows(sentence: Sentence, index: int) -> bool:
    """Whether the rest is release words, or one short word in capitals (a scan group)."""
    last = index
    while not sentence.closes(last):
        last += 1
        if last - index > LONGEST_NOISE:
            return False
    words = [t for t in sentence.tokens[index:last] if t.kind is Kind.WORD]
    if all(token.low in RELEASE_WORDS for token in words):
        return True
    return len(words) == 1 and last == index + 1 and words[0].text.isupper()


def _best_bare(sentence: Sentence, bares: list[_Bare], volume: Numbering | None) -> _Bare | None:
    best: _Bare | None = None
    for bare in bares:
        if bare.leading or bare.rank == IN_TEXT:
            continue
        if volume is not None and not bare.padded and not _follows(sentence, volume, bare):
            continue
        if best is None or bare.rank > best.rank:
            best = bare
    return best


def _follows(sentence: Sentence, volume: Numbering, bare: _Bare) -> bool:
    """Whether the number stands right behind the volume: "v6 - 10", "v2 017"."""
    at = volume.last
    while at < bare.numbering.first and sentence.kind(at) in (Kind.DASH, Kind.MARK, Kind.CLOSE):
        at += 1
    return at == bare.numbering.first


def _leading(
    sentence: Sentence, bares: list[_Bare], numberings: list[Numbering]
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
