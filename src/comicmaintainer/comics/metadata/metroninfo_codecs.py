"""The codecs that only MetronInfo needs: languages, years, dates, times and its closed lists.

Used by its declaration in `metroninfo`.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from comicmaintainer.comics.metadata.codecs import KEEP, WHOLE, Codec, Encoded, vocabulary_codec
from comicmaintainer.comics.metadata.text import clean_line
from comicmaintainer.comics.metadata.vocabulary import (
    COMICINFO_TO_METRON_AGE,
    FORMAT_TO_METRON,
    METRON_AGE_RATINGS,
    METRON_FORMATS,
)

_TWO_LETTERS = re.compile(r"([A-Za-z]{2})(?:[-_].*)?")


def _encode_language(value: str | None) -> Encoded:
    if not value:
        return None
    match = _TWO_LETTERS.fullmatch(value)
    return match[1].lower() if match else KEEP


def _encode_year(value: int | None) -> Encoded:
    return None if value is None else f"{value:04}" if 0 < value <= 9999 else KEEP


def _encode_date(value: str | None) -> Encoded:
    if not value:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return KEEP


def _encode_time(value: str | None) -> Encoded:
    if not value:
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return KEEP
    return clean_line(value) if "T" in value else KEEP


def _decode_day(text: str) -> str | None:
    return text[:10] if _encode_date(text[:10]) is not KEEP else None


LANGUAGE = Codec(clean_line, _encode_language)
YEAR = Codec(WHOLE.decode, _encode_year)
DAY = Codec(_decode_day, _encode_date)
TIME = Codec(clean_line, _encode_time)
FORMAT = vocabulary_codec(METRON_FORMATS, FORMAT_TO_METRON)
AGE = vocabulary_codec(METRON_AGE_RATINGS, COMICINFO_TO_METRON_AGE)
