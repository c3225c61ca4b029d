"""Chooses among the issues with a marker: "Chapter 12", "#5", "2 of 4"."""

from __future__ import annotations

from comicmaintainer.comics.filename.bare import CLEAR, IN_TEXT, SURE_SIZE, Bare
from comicmaintainer.comics.filename.bracketed import counts_as_number
from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.numbers import is_padded
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import Counts


def marked_issue(
    sentence: Sentence,
    numberings: list[Numbering],
    bares: list[Bare],
    volume: Numbering | None,
) -> Numbering | None:
    """The first marked issue that is not directly followed by another numbering.

    "Spider-Man Chapter One 002", "Monster #8 Ch. 001" and "Potion #9, #5" are issues 2, 1 and 5,
    and "Potion #9 v3 4" is issue 4.
    """
    issues = [
        n
        for n in numberings
        if n.counts is Counts.ISSUE and not n.weak and counts_as_number(sentence, n)
    ]
    if not issues or (len(numberings) == 1 and not bares):
        return issues[0] if issues else None
    starts = {n.first for n in issues} | {b.numbering.first for b in bares if b.padded}
    behind_volume = starts | {b.numbering.first for b in bares if b.rank > IN_TEXT}
    clear_from = max((b.numbering.first for b in bares if b.rank == CLEAR), default=-1)
    volume_ends = {n.first: n.last for n in numberings if n.counts is Counts.VOLUME}
    for issue in issues:
        at = issue.last
        if issue.hashed and volume_ends.get(at) in behind_volume:
            continue
        if issue.hashed and sentence.low(at) == "," and sentence.kind(at + 1) is Kind.HASH:
            at += 1
        if _belongs_to_series(sentence, issue, issues[-1]):
            continue
        if volume is not None and _is_arc_of_books(sentence, issue, volume):
            continue
        if sentence.kind(issue.at) is Kind.WORD and clear_from > issue.last:
            continue  # "Episode III - Owls 002 (2006)"
        outdone = at in starts and sentence.tokens[at].gap
        if not outdone or (issue.hashed and sentence.kind(at) is Kind.NUMBER):
            return issue
    return None


def _belongs_to_series(sentence: Sentence, issue: Numbering, last: Numbering) -> bool:
    """Whether a padded number ends the name, as in names made by the presets.

    An unpadded issue before it belongs to the series: "Potion #9 Annual #0001", and with a dash
    "Owl-Man Chapter One - Chapter 0002".
    """
    text = sentence.low(last.at)
    if last is issue or not is_padded(text) or is_padded(sentence.low(issue.at)):
        return False
    if not sentence.closes(last.last) or last.group >= 0:
        return False
    if issue.hashed:
        return len(text) >= SURE_SIZE
    behind_dash = last.first == issue.last + 1 and sentence.kind(issue.last) is Kind.DASH
    return behind_dash and not last.hashed


def _is_arc_of_books(sentence: Sentence, issue: Numbering, volume: Numbering) -> bool:
    """Whether a chapter belongs to a book series: "Life Elsewhere - Chapter 1 - A Day v01"."""
    return (
        volume.first > issue.last + 1
        and sentence.kind(issue.last) is Kind.DASH
        and sentence.kind(issue.last + 1) is Kind.WORD
        and sentence.low(volume.first) == "v"
        and sentence.closes(volume.last)
        and is_padded(sentence.low(volume.at))
        and not is_padded(sentence.low(issue.at))
    )


def issue_before_title(
    sentence: Sentence, bares: list[Bare], marked: Numbering
) -> Numbering | None:
    """A padded number before a dash or colon and a title that has its own number.

    "027: Part 002: Chapter 001" is issue 27. A number of two digits is an issue only if the title
    counts its parts ("01 - Night, 2 of 3"), because otherwise it may be the volume of a chapter.
    """
    if marked.hashed:
        return None
    for bare in bares:
        found = bare.numbering
        if found.first > marked.first:
            return None
        if not bare.padded or bare.leading:
            continue
        if marked.group >= 0 and found.last == marked.first - 1:
            return found  # "012 (1 of 3)"
        if bare.rank == CLEAR:
            is_counted = marked.at == marked.first
            return found if is_counted or len(sentence.low(found.at)) >= SURE_SIZE else None
    return None
