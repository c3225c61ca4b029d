"""A name under analysis: its tokens, its brackets, and which claim owns which token.

The rules of the grammar work on one Sentence, in a fixed order; a token that one rule has claimed
is out of reach of the later ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from comicmaintainer.comics.filename.lexer import BRACKETS, SQUARE_BRACKETS, Kind, Token, tokenize
from comicmaintainer.comics.filename.model import Role


@dataclass(frozen=True, slots=True)
class Group:
    """An outermost bracket: tokens `first` (the opening) up to, not including, `last`."""

    first: int
    last: int
    inner_last: int
    square: bool


class Sentence:
    """Tokens with brackets matched, and the claims made on them so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.groups = _match_brackets(self.tokens)
        self.size = len(self.tokens)
        self.claims: list[Role] = []
        self.first_outside = next((i for i, t in enumerate(self.tokens) if t.group < 0), 0)
        self.packed = _packed_separator(self.tokens)

    def kind(self, index: int) -> Kind | None:
        """The kind of the token at `index`; None outside the name."""
        return self.tokens[index].kind if 0 <= index < self.size else None

    def glued(self, index: int) -> bool:
        """Whether there is a token at `index` that touches the one before it."""
        return 0 < index < self.size and not self.tokens[index].gap

    def free(self, index: int) -> bool:
        """Whether no rule has claimed the token yet."""
        return self.tokens[index].owner < 0

    def claim(self, role: Role, first: int, last: int) -> None:
        """Gives the tokens of `first:last` that are still free to `role`, as one piece."""
        number = len(self.claims)
        self.claims.append(role)
        for token in self.tokens[first:last]:
            if token.owner < 0:
                token.owner = number

    def role(self, index: int) -> Role | None:
        """The role of a claimed token."""
        owner = self.tokens[index].owner
        return None if owner < 0 else self.claims[owner]

    def low(self, index: int) -> str:
        """The token's text for vocabulary look-ups; empty outside the name."""
        return self.tokens[index].low if 0 <= index < self.size else ""

    def closes(self, index: int) -> bool:
        """Whether nothing but a bracket or the end follows before `index`."""
        return index >= self.size or self.tokens[index].kind in (Kind.OPEN, Kind.CLOSE)

    def prose(self, first: int, last: int) -> str:
        """The tokens of `first:last` as text: gaps and separating dots become single spaces."""
        pieces: list[str] = []
        for index in range(first, last):
            token = self.tokens[index]
            if token.gap and pieces:
                pieces.append(" ")
            separates = self._separates(index) and first < index < last - 1
            pieces.append(" " if separates else token.text)
        return "".join(pieces)

    def _separates(self, index: int) -> bool:
        """Whether a dot or dash stands for a space: "Avengers.Hulk", but "U.N.C.L.E."."""
        text = self.tokens[index].text
        if text not in ".-" or not (self.glued(index) and self.glued(index + 1)):
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
    """Outermost brackets; one that is never closed ends where the next opens."""
    partner: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            stack.append(index)
        elif token.kind is Kind.CLOSE and any(
            BRACKETS[tokens[opened].text] == token.text for opened in stack[-8:]
        ):
            while BRACKETS[tokens[stack[-1]].text] != token.text:
                stack.pop()
            partner[stack.pop()] = index
    groups: list[Group] = []
    index = 0
    while index < len(tokens):
        if tokens[index].kind is not Kind.OPEN:
            index += 1
            continue
        inner_last = partner.get(index)
        if inner_last is None:
            inner_last = last = _next_opening(tokens, index + 1)
        else:
            last = inner_last + 1
        for token in tokens[index:last]:
            token.group = len(groups)
        groups.append(Group(index, last, inner_last, tokens[index].text in SQUARE_BRACKETS))
        index = last
    return groups


def _next_opening(tokens: list[Token], index: int) -> int:
    while index < len(tokens) and tokens[index].kind is not Kind.OPEN:
        index += 1
    return index


def _packed_separator(tokens: list[Token]) -> str | None:
    """The dot or dash that stands for every space of a name that has none, or None."""
    if any(token.gap for token in tokens):
        return None
    for separator in ".-":
        if sum(token.text == separator for token in tokens) > 1 and any(
            before.text == separator and token.kind is Kind.NUMBER
            for before, token in pairwise(tokens)
        ):
            return separator
    return None
