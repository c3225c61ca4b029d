"""A PDF's information dictionary as metadata: the declaration of its keys, and its reader.

Source of the keys: ISO 32000-1, 14.3.3. Keywords may contain a whole ComicInfo document, as
comicbox writes it, which takes precedence over the other keys. Creator, Producer and CreationDate
describe the file, not the comic, so they are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from comicmaintainer.comics.metadata.comicinfo import read_comicinfo
from comicmaintainer.comics.metadata.model import ComicMetadata, Credit
from comicmaintainer.comics.metadata.text import clean_line, clean_text

WHERE = "the PDF's keywords"
WRITER = "Writer"
MAX_GENRE_CHARS = 40
MAX_TAGS = 100
# Titles that programs set by default.
NO_TITLE = re.compile(
    r"untitled.*|microsoft word - .*|.*\.(docx?|indd|pdf|qxd|pages|psd|cb[rz7t]|jpe?g|png|tiff?)",
    re.IGNORECASE,
)


def read_pdf_information(information: Mapping[str, str]) -> ComicMetadata:
    """Read Title, Author, Subject and Keywords.

    Raises: MalformedMetadata for a ComicInfo document in the keywords that can't be parsed.
    """
    keywords = information.get("Keywords", "").strip()
    embedded = ComicMetadata()
    tags: tuple[str, ...] = ()
    if keywords.startswith("<"):
        embedded = read_comicinfo(keywords.encode("utf-8", "replace"), WHERE)
    else:
        tags = tuple(dict.fromkeys(_split(keywords)))[:MAX_TAGS]
    subject = clean_text(information.get("Subject", ""))
    genres = _genres(subject)
    direct = ComicMetadata(
        title=_title(information.get("Title", "")),
        credits=tuple(Credit(name, (WRITER,)) for name in _authors(information.get("Author", ""))),
        genres=genres,
        summary=None if genres else subject or None,
        tags=tags,
    )
    return _completed(embedded, direct)


def _completed(first: ComicMetadata, second: ComicMetadata) -> ComicMetadata:
    """`first`, with its missing values from `second`."""
    missing: dict[str, Any] = {
        field.name: getattr(second, field.name)
        for field in fields(ComicMetadata)
        if getattr(first, field.name) in (None, ())
    }
    return replace(first, **missing)


def _title(text: str) -> str | None:
    title = clean_line(text)
    return None if not title or NO_TITLE.fullmatch(title) else title


def _authors(text: str) -> list[str]:
    """The people; commas separate them only if each part has a first and a last name."""
    people = [clean_line(part) for part in re.split(r"[;&]", text)]
    if len(people) == 1 and all(" " in part.strip() for part in text.split(",")):
        people = [clean_line(part) for part in text.split(",")]
    return list(dict.fromkeys(filter(None, people)))


def _genres(subject: str) -> tuple[str, ...]:
    """The genres in a short subject; a longer one is a summary."""
    if "\n" in subject or subject.endswith((".", "!", "?", "…")):
        return ()
    parts = _split(subject)
    return tuple(dict.fromkeys(parts)) if all(len(p) <= MAX_GENRE_CHARS for p in parts) else ()


def _split(text: str) -> list[str]:
    return [part for part in map(clean_line, re.split(r"[,;\n]", text)) if part]
