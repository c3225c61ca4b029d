"""Splits a name into tokens: words, numbers, brackets, dashes, marks, regardless of meaning.

White space and underscores are not tokens; each token records whether a gap comes before it. Only
an underscore before a space is a mark: it replaces a colon, which a file name can't contain. In
scripts written without gaps, words are split at a known marker next to a number: "漫画第25话"
becomes 漫画, 第, 25, 话. One regular expression without nested repetition does the splitting, so
the time is linear in the length of the name.
"""

from __future__ import annotations

import re
from enum import Enum

from comicmaintainer.comics.filename import numerals
from comicmaintainer.comics.filename.vocabulary import (
    COUNTERS,
    CYRILLIC_LOOKALIKES,
    DAY_COUNTERS,
    MARKERS,
    MONTH_COUNTERS,
    ORDINAL_PREFIXES,
    TOTAL_PREFIXES,
    YEAR_COUNTERS,
)


class Kind(Enum):
    """The shapes of tokens."""

    WORD = "word"
    NUMBER = "number"
    OPEN = "open"
    CLOSE = "close"
    DASH = "dash"
    HASH = "hash"
    MARK = "mark"


BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "（": "）",
    "［": "］",
    "｛": "｝",
    "【": "】",
    "〔": "〕",
}  # noqa: RUF100
SQUARE_BRACKETS = frozenset("[［【〔")
_CLOSERS = "".join(BRACKETS.values())
_DASHES = "-–—−‐‑―"
_HASHES = "#＃№"
_MARKS = '.,:;!?&+=@%$~〜～*"“”/\\|<>^，、。：；！？…·・'
COLON = "_"
_FRACTIONS = "½¼¾⅓⅔⅛⅜⅝⅞"
# A year before a dot is a separate number: "Series.2018.05" is not issue 2018.05.
_NUMBER = (
    r"(?P<number>(?:19|20)\d\d(?=\.\d)|\d{1,3}(?:,\d{3})+(?!\d)|\d[⁄∕]\d+"
    rf"|\d+(?:\.%s(?!\d))*[{_FRACTIONS}]?|[{_FRACTIONS}])"
)
# If dots replace spaces, a dot before a zero separates two numbers: "Series.v2.012". Otherwise it
# does so only before three digits: "v2.012", but not "Ch.10.05" and "#0.0001".
_DECIMALS_WITH_GAPS = r"(?:(?!0\d)\d{1,3}|0\d|0\d{3,4})"
_DECIMALS_WITHOUT_GAPS = r"(?!0\d)\d{1,3}"
_OTHERS = (
    rf"|(?P<open>[{re.escape(''.join(BRACKETS))}])"
    rf"|(?P<close>[{re.escape(_CLOSERS)}])"
    rf"|(?P<dash>[{re.escape(_DASHES)}])"
    rf"|(?P<hash>[{_HASHES}])"
    rf"|(?P<mark>[{re.escape(_MARKS)}]|(?<!_){COLON}(?=\s))"
    rf"|(?P<word>[^\s_\d{_FRACTIONS}"
    rf"{re.escape(''.join(BRACKETS) + _CLOSERS + _DASHES + _HASHES + _MARKS)}]+)"
)
_LEXER = re.compile(_NUMBER % _DECIMALS_WITH_GAPS + _OTHERS)
_LEXER_WITHOUT_GAPS = re.compile(_NUMBER % _DECIMALS_WITHOUT_GAPS + _OTHERS)
_GAP = re.compile(r"[\s_]")
# After a series with spaces, dots separate: "The Long Tide.003.2018.digital.Group". One in "7.1" or
# "19.HU" belongs to the number.
_AFTER_POINT = r"\.(?:\d|[A-Z]{2,3})"
_DOTTED_TAIL = re.compile(
    rf"(?<=\w)\.(?=\d{{1,7}}(?:{_AFTER_POINT}|[^\W\d_]{{1,2}})?\.(?:19|20)\d\d\.[^\W\d_])"
)
_SEPARATING_DOT = re.compile(rf"(?!{_AFTER_POINT}\.(?:19|20)\d\d\.)\.")
_KINDS = {kind.value: kind for kind in Kind}


def writes_without_gaps(char: str) -> bool:
    """Whether a letter's script is written without gaps around numbers: Thai, Chinese, Korean."""
    return (
        "\u0e00" <= char < "\u0f00"
        or "\u2e80" <= char < "\ua4d0"
        or "\uac00" <= char < "\ufb00"
        or char >= "\U00020000"
    )


# Affixes that are split off words of scripts written without gaps.
_BEFORE_NUMBER = frozenset(
    word for word in {*MARKERS, *ORDINAL_PREFIXES} if writes_without_gaps(word[0])
)
_AFTER_NUMBER = frozenset({*COUNTERS, *YEAR_COUNTERS, *MONTH_COUNTERS, *DAY_COUNTERS})
_LONGEST_AFFIX = max(len(word) for word in _BEFORE_NUMBER | _AFTER_NUMBER)


class Token:
    """A piece of the name from `start` to `end`; `low` is its text for vocabulary lookups."""

    __slots__ = ("end", "gap", "group", "kind", "low", "owner", "start", "text")

    def __init__(self, kind: Kind, text: str, start: int, gap: bool) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = start + len(text)
        self.gap = gap
        self.low = _folded(text) if kind is Kind.WORD else text
        self.group = -1
        self.owner = -1

    def __repr__(self) -> str:
        return f"Token({self.kind.value}, {self.text!r}, {self.start})"


def tokenize(text: str) -> list[Token]:
    """The tokens of a name, in order; their spans index `text`."""
    tokens: list[Token] = []
    end = 0
    dotted = text.count(".") > 1 and _GAP.search(text) is None
    if not dotted and (tail := _DOTTED_TAIL.search(text)) is not None:
        text = text[: tail.start()] + _separated(text[tail.start() :])
    for match in (_LEXER_WITHOUT_GAPS if dotted else _LEXER).finditer(text):
        start = match.start()
        kind = _KINDS[match.lastgroup or "mark"]
        tokens.append(Token(kind, match.group(), start, start > end))
        end = match.end()
    return tokens if text.isascii() else _cut_affixes(tokens)


def _separated(tail: str) -> str:
    """The tail with spaces for its dots, except for one within its number."""
    return _SEPARATING_DOT.sub(" ", tail)


def _folded(word: str) -> str:
    low = word.casefold()
    if not low.isascii() and any("а" <= char <= "я" for char in low):
        return low.translate(CYRILLIC_LOOKALIKES)
    return low


def _cut_affixes(tokens: list[Token]) -> list[Token]:
    cut: list[Token] = []
    for index, token in enumerate(tokens):
        if token.kind is not Kind.WORD or not any(map(writes_without_gaps, token.text)):
            cut.append(token)
            continue
        lengths: list[int] = []
        rest = token.text
        if index and not token.gap and tokens[index - 1].kind is Kind.NUMBER:
            lengths.append(_affix_length(rest, _AFTER_NUMBER, at_start=True))
            rest = rest[lengths[0] :]
        before = 0
        if index + 1 < len(tokens) and tokens[index + 1].kind is Kind.NUMBER:
            before = _affix_length(rest, _BEFORE_NUMBER, at_start=False)
        middle = rest[: len(rest) - before]
        lengths += _ordinal_lengths(middle)
        lengths.append(before)
        cut.extend(_pieces(token, lengths))
    return cut


def _affix_length(word: str, affixes: frozenset[str], *, at_start: bool) -> int:
    for length in range(min(_LONGEST_AFFIX, len(word)), 0, -1):
        if (word[:length] if at_start else word[-length:]) in affixes:
            return length
    return 0


def _ordinal_lengths(word: str) -> list[int]:
    """Lengths of the pieces of a word with Chinese numerals (第十二卷, 全三巻)."""
    for prefix in "第全":
        ordinal = word.find(prefix)
        stop = ordinal + 1
        while 0 < stop < len(word) and word[stop] in numerals.HAN_NUMERALS:
            stop += 1
        if ordinal < 0 or stop == ordinal + 1:
            continue
        counter = _affix_length(word[stop:], _AFTER_NUMBER, at_start=True)
        if counter or prefix not in TOTAL_PREFIXES:
            return [ordinal, 1, stop - ordinal - 1, counter, len(word) - stop - counter]
    return [len(word)]


def _pieces(token: Token, lengths: list[int]) -> list[Token]:
    pieces: list[Token] = []
    offset = 0
    for length in lengths:
        if not length:
            continue
        text = token.text[offset : offset + length]
        is_numeral = (
            bool(pieces)
            and pieces[-1].text in ORDINAL_PREFIXES
            and text[0] in numerals.HAN_NUMERALS
        )
        kind = Kind.NUMBER if is_numeral else Kind.WORD
        gap = token.gap and not pieces
        pieces.append(Token(kind, text, token.start + offset, gap))
        offset += length
    return pieces
