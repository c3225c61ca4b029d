"""Finds the unclaimed stretches of text, without the separators at their ends."""

from __future__ import annotations

from comicmaintainer.comics.filename.lexer import Kind
from comicmaintainer.comics.filename.sentence import Sentence

_MAY_END = frozenset('!?.…"”*%$^～〜~')
_MAY_BEGIN = frozenset('"“$¡¿*.…+&')


def stretches(sentence: Sentence) -> list[tuple[int, int]]:
    """Trimmed, non-empty runs of free tokens outside brackets."""
    found: list[tuple[int, int]] = []
    first = 0
    taken = [i for i, token in enumerate(sentence.tokens) if token.owner >= 0 or token.group >= 0]
    for index in (*taken, sentence.size):
        if first < index:
            stretch = trimmed(sentence, first, index)
            if stretch[0] < stretch[1]:
                found.append(stretch)
        first = index + 1
    return found


def trimmed(sentence: Sentence, first: int, last: int) -> tuple[int, int]:
    """The stretch without separators at its ends; empty if only marks remain."""
    while first < last and not _is_text(sentence, first, _MAY_BEGIN):
        first += 1
    while first < last and not _is_text(sentence, last - 1, _MAY_END):
        last -= 1
    has_text = any(token.kind in (Kind.WORD, Kind.NUMBER) for token in sentence.tokens[first:last])
    return (first, last) if has_text else (first, first)


def _is_text(sentence: Sentence, index: int, marks: frozenset[str]) -> bool:
    """Whether the token may be at an end of a text; of marks, only those in `marks` may."""
    kind = sentence.kind(index)
    if kind is Kind.MARK and sentence.low(index) in marks:
        if sentence.low(index) == sentence.packed:
            return False
        if marks is _MAY_END:
            # A dot with text on both sides is a separator: "Name.v01".
            return sentence.glued(index) and not (
                sentence.low(index) == "." and sentence.glued(index + 1)
            )
        return sentence.glued(index + 1) and not sentence.glued(index)
    return kind in (Kind.WORD, Kind.NUMBER)


def has_word(sentence: Sentence, first: int, last: int) -> bool:
    """Whether the tokens include a word, beside numbers and signs."""
    return any(
        token.kind is Kind.WORD and any(map(str.isalnum, token.text))
        for token in sentence.tokens[first:last]
    )
