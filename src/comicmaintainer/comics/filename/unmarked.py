"""Chooses the issue of a name without markers: "X 012", "X 200 V1", "No. 8 v01", "X Part 2"."""

from __future__ import annotations

from comicmaintainer.comics.filename.bare import IN_TEXT, LIKE_A_YEAR, Bare, is_dated
from comicmaintainer.comics.filename.bracketed import counts_as_number
from comicmaintainer.comics.filename.kinds import kind_at_end, kind_at_start
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.numbers import is_padded
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import FUNCTION_WORDS, Counts
from comicmaintainer.comics.filename.years import FIRST_BARE_YEAR, is_recent_year, is_year

LONGEST_KIND = 6
"""The most tokens of a kind of book between a volume and its number: "Holiday Special"."""


def issue_before_volume(
    sentence: Sentence, volume: Numbering | None, bares: list[Bare]
) -> Numbering | None:
    """The number right before a volume that is a year, or a "V1": "Action 200 V1 (1955)".

    A "v01" is the number of a book, so the number before it belongs to the series ("Brave 10 v01").
    """
    if volume is None or volume.group >= 0:
        return None
    text = sentence.low(volume.at)
    capital = sentence.tokens[volume.first].text == "V" and not is_padded(text)
    if not capital and not is_year(text):
        return None
    if any(bare.numbering.first == volume.last for bare in bares):
        return None
    for bare in bares:
        found = bare.numbering
        if found.last == volume.first and not bare.leading:
            return None if is_year(sentence.low(found.at), FIRST_BARE_YEAR) else found
    return None


def unmarked_issue(
    sentence: Sentence,
    numberings: list[Numbering],
    bares: list[Bare],
    volume: Numbering | None,
    *,
    dated: bool,
) -> tuple[Numbering | None, Numbering | None]:
    """The best bare or weakly marked number, as the issue or else as the year."""
    best = _best_bare(sentence, bares, volume)
    weak = _weak_issue(sentence, numberings, volume)
    if weak is not None and (best is None or not best.padded):
        return weak, None
    if best is None:
        return None, None
    if best.rank > LIKE_A_YEAR or _is_second_year(sentence, best):
        return best.numbering, None
    follows_volume = volume is not None and best.numbering.first == volume.last
    if follows_volume and is_dated(sentence, best.numbering.last):
        return best.numbering, None  # "Annual v1974 1985 (1985)"
    if volume is None and not dated:
        return None, _closing_year(sentence, best.numbering)
    return None, None


def _best_bare(sentence: Sentence, bares: list[Bare], volume: Numbering | None) -> Bare | None:
    best: Bare | None = None
    bound = None if volume is None or volume.group >= 0 else _behind(sentence, volume)
    for bare in bares:
        if bare.leading or bare.rank == IN_TEXT:
            continue
        # "Crew 7 v1": a number that does not directly follow the volume is text.
        if bound is not None and not (bare.padded or _follows(sentence, bound, bare.numbering)):
            continue
        if best is None or bare.rank > best.rank:
            best = bare
    return best


def _behind(sentence: Sentence, volume: Numbering) -> int:
    """Where the text after a volume begins, without dashes, marks and brackets."""
    at = volume.last
    while sentence.kind(at) in (Kind.DASH, Kind.MARK, Kind.CLOSE):
        at += 1
    return at


def _follows(sentence: Sentence, bound: int, number: Numbering) -> bool:
    """Whether a number comes right after the volume: "v6 - 10", "v2 017", "v2 Annual 1".

    `bound` is where the text after the volume begins; a minus belongs to the number.
    """
    if bound in (number.first, number.first + 1):
        return True
    last = number.first
    if sentence.kind(last - 1) is Kind.DASH:
        last -= 1
    if not 0 < last - bound <= LONGEST_KIND:
        return False
    return any(find(sentence, bound, last) is not None for find in (kind_at_end, kind_at_start))


def _is_second_year(sentence: Sentence, best: Bare) -> bool:
    """Whether a number like a year follows another: "2000AD 1977", "2000 AD 2000"."""
    first = sentence.tokens[sentence.first_outside]
    return (
        first.kind is Kind.NUMBER
        and is_year(first.text, FIRST_BARE_YEAR)
        and best.numbering.first > sentence.first_outside
        and best.numbering.value.isdecimal()
    )


def _weak_issue(
    sentence: Sentence, numberings: list[Numbering], volume: Numbering | None
) -> Numbering | None:
    """The first weakly marked number, unless a volume follows it ("Kaiju No. 8 v01")."""
    for numbering in numberings:
        if numbering.counts is Counts.ISSUE and numbering.weak:
            if volume is not None and volume.first > numbering.first:
                return None
            return numbering if counts_as_number(sentence, numbering) else None
    return None


def _closing_year(sentence: Sentence, numbering: Numbering) -> Numbering | None:
    """The number as a year, if it ends the text and is not in the future."""
    text = sentence.tokens[numbering.at].text
    if numbering.value != text or not sentence.closes(numbering.last):
        return None  # a letter belongs to it, or text follows
    return numbering if is_recent_year(text) else None


def part(
    sentence: Sentence, numberings: list[Numbering], volume: Numbering | None
) -> Numbering | None:
    """A part as the issue of a name without one: of a series, or of a volume right before it.

    After a title it belongs to the title: "v09 - Battle for Power Part 1".
    """
    for numbering in numberings:
        if numbering.counts is Counts.PART and numbering.group < 0:
            if volume is None or _follows(sentence, _behind(sentence, volume), numbering):
                return numbering
            return None
    return None


def number_in_text(sentence: Sentence, bares: list[Bare]) -> Numbering | None:
    """The only unmarked number in the text: "Series 12 Title", not "Night of 1000 Wolves"."""
    if len(bares) != 1 or bares[0].leading or bares[0].rank != IN_TEXT:
        return None
    numbering = bares[0].numbering
    whole, _, decimals = numbering.value.partition(".")
    is_plain = whole.isdecimal() and (not decimals or decimals.strip("0") != "")
    if not is_plain or is_year(sentence.low(numbering.at), FIRST_BARE_YEAR):
        return None
    return None if sentence.low(numbering.at - 1) in FUNCTION_WORDS else numbering
