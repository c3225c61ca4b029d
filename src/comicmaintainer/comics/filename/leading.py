"""Finds the number before the series: "5 - Series", "#3 Series", "2 of 4 - Series"."""

from __future__ import annotations

from comicmaintainer.comics.filename.bare import SURE_SIZE, Bare
from comicmaintainer.comics.filename.counters import issue_count
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.numbers import is_padded
from comicmaintainer.comics.filename.sentence import Sentence


def leading_number(
    sentence: Sentence,
    bares: list[Bare],
    numberings: list[Numbering],
    issue: Numbering | None,
    volume: Numbering | None,
) -> Numbering | None:
    """The number before the series: the issue itself, or beside an issue the reading order."""
    if issue is not None and _leads(sentence, issue):
        return issue
    leading = next((bare for bare in bares if bare.leading), None)
    if leading is None or not _is_ordinal(sentence, leading, numberings):
        return None
    return None if _is_name(sentence, leading, issue, volume) else leading.numbering


def _leads(sentence: Sentence, issue: Numbering) -> bool:
    """Whether a number with a sign, or "N of M", begins the name before a text."""
    in_bracket = issue.group == 0 and issue.first == 1  # "(2 of 4) Series", "(03) Series"
    if issue.first != sentence.first_outside and not in_bracket:
        return False
    count = issue_count(sentence, issue.last)
    if count is None and not (issue.hashed or issue.weak or in_bracket):
        return False
    last = count.last if count is not None else issue.last
    return any(
        token.kind is Kind.WORD and token.owner < 0 and token.group < 0
        for token in sentence.tokens[last:]
    )


def _is_ordinal(sentence: Sentence, leading: Bare, numberings: list[Numbering]) -> bool:
    """Whether it is not a name: "5 - Series", "01. Series", "01 Series", "4.2 Series", "3_Series".

    A number right before a date or another number is a series ("300 (1998)", "86 - v03"). A padded
    one is a series only if nothing else is ("007 - v03"), because downloaders number like this
    ("001 - Vol.1 Ch.1").
    """
    last = leading.numbering.last
    if last < sentence.size and sentence.closes(last):
        return False
    is_dash = sentence.kind(last) is Kind.DASH
    if not is_padded(sentence.low(leading.numbering.at)) and any(
        numbering.first == last + is_dash for numbering in numberings
    ):
        return False
    return (
        leading.padded
        or last >= sentence.size
        or is_dash
        or _has_decimals(leading.numbering.value)
        or (sentence.low(last) == "." and not sentence.glued(last + 1))
        or _is_underscored(sentence, last)
    )


def _has_decimals(value: str) -> bool:
    """Whether it is an issue between two others, and not a series' name: "4.2", but not "2.0"."""
    whole, _, decimals = value.partition(".")
    return whole.isdecimal() and decimals.isdecimal() and int(decimals) > 0


def _is_underscored(sentence: Sentence, last: int) -> bool:
    """Whether the name's only underscore follows the number: "3_Series (2011)"."""
    text = sentence.text
    at = sentence.tokens[last - 1].end
    return text[at : at + 1] == "_" and text.find("_", at + 1) < 0 and len(sentence.groups) > 0


def _is_name(
    sentence: Sentence, leading: Bare, issue: Numbering | None, volume: Numbering | None
) -> bool:
    """Whether it belongs to a series' name: "1122 - For a Marriage 012", "7 - Seeds v01".

    The number is not padded, and the name has another; books' volumes are padded.
    """
    text = sentence.low(leading.numbering.at)
    if is_padded(text) or not text.isdecimal():
        return False
    if len(text) > SURE_SIZE and (issue is not None or volume is not None):
        return True
    return volume is not None and is_padded(sentence.low(volume.at))
