"""What a file's name says, as texts of fields, to be shown beside its tags.

Used by the web API. No rules are applied and nothing is taken from folders; a value that its field
can't have is left out.
"""

from __future__ import annotations

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.metadata import ComicMetadata, set_field
from comicmaintainer.comics.rules.rules import FILENAME_ATTRIBUTES
from comicmaintainer.errors import InvalidInput


def name_texts(name: str) -> dict[str, str]:
    """Return the texts of the fields that the name of a file has a value for."""
    parsed = parse_filename(name)
    said = {field: getattr(parsed, part) for field, part in FILENAME_ATTRIBUTES.items()}
    if parsed.issue_from_volume:  # "Rain v01 (2019)" is the book, not its first issue
        said["issue"] = None
    return {field: text for field, text in said.items() if text and _is_allowed(field, text)}


def _is_allowed(field: str, text: str) -> bool:
    try:
        set_field(ComicMetadata(), field, text)
    except InvalidInput:
        return False
    return True
