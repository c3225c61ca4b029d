"""Finds issue and volume numbers in brackets: "(#02)", "(1 of 3)", "[c012]", "(404-407)"."""

from __future__ import annotations

from comicmaintainer.comics.filename.markers import Numbering
from comicmaintainer.comics.filename.ranges import read_range
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import Counts

LONGEST_ORDER = 4  # digits


def counts_as_number(sentence: Sentence, numbering: Numbering) -> bool:
    """Whether a number begins its bracket, and so counts: "(#02)", "(Ch.071-079)", "(1 of 3)"."""
    if numbering.group < 0:
        return True
    group = sentence.groups[numbering.group]
    if group.square or numbering.weak or numbering.first != group.first + 1:
        return False
    if group.first > 0 or numbering.hashed or numbering.at == numbering.first:
        return True
    # "(C97) Title": the convention where it was sold.
    return len(sentence.low(numbering.first)) > 1


def number_in_front(sentence: Sentence) -> Numbering | None:
    """The number that fills a leading square bracket, written by downloaders: "[0012] Title"."""
    if not sentence.groups or sentence.groups[0].first > 0 or not sentence.groups[0].square:
        return None
    group = sentence.groups[0]
    found = read_range(sentence, 1)
    if found is None or found.last != group.inner_last or group.last >= sentence.size:
        return None
    if len(sentence.low(1)) > LONGEST_ORDER:
        return None  # the id of a gallery
    return Numbering(Counts.ISSUE, 1, 1, found.last, found.value, group=0)


def bracketed_issue(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """The issue in a bracket, for a name without one elsewhere."""
    return _in_square_brackets(sentence, numberings) or _bracketed_range(sentence, numberings)


def _in_square_brackets(sentence: Sentence, numberings: list[Numbering]) -> Numbering | None:
    """The issue of "[c012]" or "[Vol 1 Ch 2]"."""
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
    """A bracket with only a padded number or a range: "(404-407)"."""
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
