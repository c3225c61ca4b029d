"""A name under analysis: its tokens, its brackets, and the claims on its tokens.

The rules of the grammar work on one Sentence in a fixed order. Later rules can't use a token that
an earlier rule has claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.filename.lexer import (
    BRACKETS,
    COLON,
    SQUARE_BRACKETS,
    Kind,
    Token,
    tokenize,
)
from comicmaintainer.comics.filename.model import PieceRole

DEEPEST_BRACKET = 8
"""How many unclosed brackets inside another one still allow it to be closed."""
_BRACKET_KINDS = (Kind.OPEN, Kind.CLOSE)


@dataclass(frozen=True, slots=True)
class Group:
    """An outermost bracket: tokens `first` (the opening) up to, not including, `last`."""

    first: int
    last: int
    inner_last: int
    square: bool


class Sentence:
    """Tokens with matched brackets, and the claims on them so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.groups = _match_brackets(self.tokens)
        self.size = len(self.tokens)
        self.claims: list[PieceRole] = []
        self.first_outside = next((i for i, t in enumerate(self.tokens) if t.group < 0), 0)
        self.gapless = not any(token.gap for token in self.tokens)
        self.packed = _packed_separator(self.tokens) if self.gapless else None

    def kind(self, index: int) -> Kind | None:
        """The kind of the token at `index`; None outside the name."""
        return self.tokens[index].kind if 0 <= index < self.size else None

    def glued(self, index: int) -> bool:
        """Whether the token at `index` touches the one before it."""
        return 0 < index < self.size and not self.tokens[index].gap

    def free(self, index: int) -> bool:
        """Whether no rule has claimed the token yet."""
        return self.tokens[index].owner < 0

    def claim(self, role: PieceRole, first: int, last: int) -> None:
        """Assigns the free tokens of `first:last` to `role`, as one piece."""
        number = len(self.claims)
        self.claims.append(role)
        for token in self.tokens[first:last]:
            if token.owner < 0:
                token.owner = number

    def role(self, index: int) -> PieceRole | None:
        """The role of a claimed token; None if it is free or outside the name."""
        owner = self.tokens[index].owner if 0 <= index < self.size else -1
        return None if owner < 0 else self.claims[owner]

    def low(self, index: int) -> str:
        """The token's text for vocabulary lookups; empty outside the name."""
        return self.tokens[index].low if 0 <= index < self.size else ""

    def closes(self, index: int) -> bool:
        """Whether a bracket or the end is at `index`."""
        return index >= self.size or self.tokens[index].kind in (Kind.OPEN, Kind.CLOSE)

    def prose(self, first: int, last: int) -> str:
        """The tokens of `first:last` as text: gaps and separating dots become single spaces."""
        pieces: list[str] = []
        for index in range(first, last):
            token = self.tokens[index]
            text = token.text
            if text == COLON:
                text = ":"
            elif token.gap and pieces:
                pieces.append(" ")
            if text in ".-" and first < index < last - 1 and self._separates(index):
                text = " "
            pieces.append(text)
        return "".join(pieces)

    def _separates(self, index: int) -> bool:
        """Whether a dot or dash replaces a space: "Avengers.Hulk", but not "U.N.C.L.E."."""
        text = self.tokens[index].text
        if not (self.glued(index) and self.glued(index + 1)):
            return False
        if text == self.packed:
            return True
        return (
            text == "."
            and self.kind(index - 1) is Kind.WORD
            and self.kind(index + 1) is Kind.WORD
            and min(len(self.tokens[index - 1].text), len(self.tokens[index + 1].text)) > 1
        )


def _match_brackets(tokens: list[Token]) -> list[Group]:
    """The outermost brackets; one that is never closed ends where the next opens."""
    brackets = [index for index, token in enumerate(tokens) if token.kind in _BRACKET_KINDS]
    partner = _partners(tokens, brackets)
    groups: list[Group] = []
    end = 0
    for number, first in enumerate(brackets):
        if first < end or tokens[first].kind is not Kind.OPEN:
            continue
        inner_last = partner.get(first)
        if inner_last is None:
            end = inner_last = _next_opening(tokens, brackets, number + 1)
        else:
            end = inner_last + 1
        for token in tokens[first:end]:
            token.group = len(groups)
        groups.append(Group(first, end, inner_last, tokens[first].text in SQUARE_BRACKETS))
    return groups


def _partners(tokens: list[Token], brackets: list[int]) -> dict[int, int]:
    """The closing bracket of each opening one, if it has one."""
    partner: dict[int, int] = {}
    stack: list[int] = []
    for index in brackets:
        token = tokens[index]
        if token.kind is Kind.OPEN:
            stack.append(index)
            continue
        for depth in range(1, min(DEEPEST_BRACKET, len(stack)) + 1):
            if BRACKETS[tokens[stack[-depth]].text] == token.text:
                partner[stack[-depth]] = index
                del stack[-depth:]
                break
    return partner


def _next_opening(tokens: list[Token], brackets: list[int], number: int) -> int:
    """The next opening bracket, or the end."""
    while number < len(brackets) and tokens[brackets[number]].kind is not Kind.OPEN:
        number += 1
    return brackets[number] if number < len(brackets) else len(tokens)


def _packed_separator(tokens: list[Token]) -> str | None:
    """The dot or dash that replaces every space of a name without spaces, or None."""
    for separator in ".-":
        if sum(token.text == separator for token in tokens) > 1 and any(
            before.text == separator and _may_follow_space(tokens, index)
            for index, before in enumerate(tokens)
        ):
            return separator
    return None


def _may_follow_space(tokens: list[Token], separator: int) -> bool:
    """Whether a number, perhaps negative, follows a separator: ".012", ".-001"."""
    at = separator + 1
    if tokens[separator].text == "." and at < len(tokens) and tokens[at].kind is Kind.DASH:
        at += 1
    return at < len(tokens) and tokens[at].kind is Kind.NUMBER
