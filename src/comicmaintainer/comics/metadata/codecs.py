"""Codecs between an XML text and a value, for the declarations of the formats.

`decode` returns `None` for text that is meaningless or invalid; `encode` returns `None` for an
empty value, and `KEEP` for one that the format can't express, in which case the file's text
stays. For every value, `encode(decode(encode(value))) == encode(value)`, so that writing twice is
the same as writing once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final

from comicmaintainer.comics.metadata.model import Manga
from comicmaintainer.comics.metadata.text import clean_line, clean_text, join_list, split_list

MAX_XS_INT = 2**31 - 1


class Keep(Enum):
    """The one value `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP

Encoded = str | None | Keep


@dataclass(frozen=True, slots=True)
class Codec:
    """Converts text to a value and back; the text is never empty."""

    decode: Callable[[str], Any]
    encode: Callable[[Any], Encoded]


def _encode_line(value: str | None) -> Encoded:
    return clean_line(value) or None if value else None


def _encode_text(value: str | None) -> Encoded:
    return clean_text(value) or None if value else None


def _decode_whole(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if 0 <= number <= MAX_XS_INT else None  # -1 is ComicInfo's "unknown"


def _encode_whole(value: int | None) -> Encoded:
    if value is None:
        return None
    return str(value) if 0 <= value <= MAX_XS_INT else KEEP


def _decode_positive(text: str) -> int | None:
    return _decode_whole(text) or None


def _encode_positive(value: int | None) -> Encoded:
    return _encode_whole(value) if value != 0 else KEEP


def _decode_yes_no(text: str) -> bool | None:
    return {"yes": True, "true": True, "no": False, "false": False}.get(text.casefold())


def _encode_yes_no(value: bool | None) -> Encoded:
    return None if value is None else ("Yes" if value else "No")


def _decode_manga(text: str) -> Manga | None:
    return next((manga for manga in Manga if manga.casefold() == text.casefold()), None)


def _encode_manga(value: Manga | None) -> Encoded:
    return None if value is None else value.value


def _encode_manga_yes_no(value: Manga | None) -> Encoded:
    return None if value is None else ("No" if value is Manga.NO else "Yes")


def _decode_rating(text: str) -> float | None:
    try:
        rating = Decimal(text)
    except InvalidOperation:
        return None
    return float(rating) if rating.is_finite() and 0 <= rating <= 5 else None


def rating_codec(digits: int) -> Codec:
    """ComicInfo 2.0 allows two digits after the point, 2.1 one."""

    def encode(value: float | None) -> Encoded:
        if value is None:
            return None
        text = f"{Decimal(str(value)):.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    return Codec(_decode_rating, encode)


def list_codec(separator: str = ", ") -> Codec:
    """Several items in one text; an item that contains the separator becomes two."""
    mark = separator.strip()

    def decode(text: str) -> tuple[str, ...]:
        return split_list(text, mark)

    def encode(value: tuple[str, ...]) -> Encoded:
        return join_list(value, separator) or None

    return Codec(decode, encode)


def _decode_addresses(text: str) -> tuple[str, ...]:
    # Spaces separate addresses; some writers use commas, which addresses may also contain.
    parts = (part.strip(",;") for part in re.split(r"\s+|,(?=\s*https?://)", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _encode_addresses(value: tuple[str, ...]) -> Encoded:
    text = clean_line(" ".join(value))
    return " ".join(_decode_addresses(text)) or None


def vocabulary_codec(
    allowed: frozenset[str],
    translate: Mapping[str, str],
    absent: str = "Unknown",
) -> Codec:
    """A closed list of words; others are translated if possible, else the file's text stays.

    The keys of `translate` are in lower case.
    """
    by_key = {word.casefold(): word for word in allowed}

    def decode(text: str) -> str | None:
        return None if text == absent else clean_line(text)

    def encode(value: str | None) -> Encoded:
        if not value:
            return None
        word = translate.get(value.casefold(), value)
        return by_key.get(word.casefold(), KEEP)

    return Codec(decode, encode)


LINE = Codec(clean_line, _encode_line)
TEXT = Codec(clean_text, _encode_text)
WHOLE = Codec(_decode_whole, _encode_whole)
POSITIVE = Codec(_decode_positive, _encode_positive)
YES_NO = Codec(_decode_yes_no, _encode_yes_no)
MANGA = Codec(_decode_manga, _encode_manga)
MANGA_YES_NO = Codec(_decode_manga, _encode_manga_yes_no)
LIST = list_codec()
ADDRESSES = Codec(_decode_addresses, _encode_addresses)
