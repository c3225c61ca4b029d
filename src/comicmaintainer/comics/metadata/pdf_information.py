"""A PDF's information dictionary as metadata: the declaration of its keys, and reading.

Source of the keys: ISO 32000-1, 14.3.3. Keywords may hold a whole ComicInfo document, as comicbox
writes it; what it says comes before the other keys. Creator and Producer name programs and
CreationDate is that of the file, so none of them says anything of the comic.
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
# What programs put there when nobody gave the document a title.
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
    told = ComicMetadata(
        title=_title(information.get("Title", "")),
        credits=tuple(Credit(name, (WRITER,)) for name in _authors(information.get("Author", ""))),
        genres=genres,
        summary=None if genres else subject or None,
        tags=tags,
    )
    return _completed(embedded, told)


def _completed(first: ComicMetadata, second: ComicMetadata) -> ComicMetadata:
    """`first`, and from `second` what it has not."""
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
    """The people; commas part them only where each part has a first and a last name."""
    people = [clean_line(part) for part in re.split(r"[;&]", text)]
    if len(people) == 1 and all(" " in part.strip() for part in text.split(",")):
        people = [clean_line(part) for part in text.split(",")]
    return list(dict.fromkeys(filter(None, people)))


def _genres(subject: str) -> tuple[str, ...]:
    """A subject of a few words is a list of genres; longer ones are a summary."""
    if "\n" in subject or subject.endswith((".", "!", "?", "…")):
        return ()
    parts = _split(subject)
    return tuple(dict.fromkeys(parts)) if all(len(p) <= MAX_GENRE_CHARS for p in parts) else ()


def _split(text: str) -> list[str]:
    return [part for part in map(clean_line, re.split(r"[,;\n]", text)) if part]
