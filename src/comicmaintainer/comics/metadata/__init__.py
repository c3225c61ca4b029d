"""Metadata of comics: the model, its fields, and the formats it is stored in.

`model`, `fields`, `members` and `text` need no XML library; the formats and `sources` do.
This package therefore exports only the former, and callers that open comics import
`comicmaintainer.comics.metadata.sources` themselves.
"""

from comicmaintainer.comics.metadata.field_values import FieldKind
from comicmaintainer.comics.metadata.fields import (
    FIELDS,
    Field,
    FieldChange,
    diff,
    field_named,
    from_dict,
    parse_assignments,
    set_field,
    to_dict,
)
from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
    Manga,
    PageInfo,
    Price,
    ReadingDirection,
    StoryArc,
    Universe,
)

__all__ = [
    "FIELDS",
    "AlternativeName",
    "ComicMetadata",
    "Credit",
    "Field",
    "FieldChange",
    "FieldKind",
    "Identifier",
    "Manga",
    "PageInfo",
    "Price",
    "ReadingDirection",
    "StoryArc",
    "Universe",
    "diff",
    "field_named",
    "from_dict",
    "parse_assignments",
    "set_field",
    "to_dict",
]
